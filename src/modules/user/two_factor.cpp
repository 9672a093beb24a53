// The second factor; see two_factor.hpp. Jobs are repeatable: secrets and codes are made before them.
#include "two_factor.hpp"

#include <algorithm>
#include <security/qr_code.hpp>
#include <security/random.hpp>
#include <security/totp.hpp>
#include <user/api.hpp>

namespace cloudretail::user {

namespace {

constexpr std::size_t code_count = 10;
constexpr std::size_t code_bytes = 10;  // 80 bits: nobody tries them all, with the hash or without

std::string context_of(UserId id) { return "totp:" + id.to_string(); }

/// "ABCD-EFGH-IJKL-MNOP"
std::string make_recovery_code() {
    std::string code = security::base32(security::random_bytes(code_bytes));
    for (std::size_t at = 4; at < code.size(); at += 5) code.insert(at, 1, '-');
    return code;
}

/// Of the code as it is meant, however it was typed.
std::string hash_of(UserId id, std::string_view typed) {
    std::string text = id.to_string() + "\n";
    for (const char c : typed) {
        if (c == '-' || c == ' ') continue;
        text += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return security::sha256_hex(text);
}

struct RecoveryCodes {
    explicit RecoveryCodes(UserId id) {
        for (std::size_t i = 0; i < code_count; ++i) {
            codes.push_back(make_recovery_code());
            hashes.push_back(hash_of(id, codes.back()));
        }
    }
    std::vector<std::string> codes, hashes;
};

Error wrong_code() {
    return field_problem(errors::wrong_code, "/code", "is wrong, too old, or was used already");
}

/// A code in a place that takes either kind.
PresentedCode either(std::string code) {
    const bool totp =
        code.size() == 6 && std::ranges::all_of(code, [](char c) { return c >= '0' && c <= '9'; });
    PresentedCode presented;
    (totp ? presented.totp_code : presented.recovery_code) = std::move(code);
    return presented;
}

/// Tells the throttle how the job ended; other errors are nobody's guess.
template <class T>
void tell(Guard::Attempt& attempt, const Result<T>& done) {
    if (done)
        attempt.succeeded();
    else if (done.error().is(errors::wrong_code))
        attempt.failed();
}

}  // namespace

Task<Result<TwoFactorSetup>> TwoFactor::set_up(Caller caller) {
    const std::string secret = security::make_totp_secret();
    auto job = [id = caller.id,
                sealed = box_.seal(secret, context_of(caller.id))](db::Tx& tx) -> Result<std::string> {
        auto account = store::find_locked(tx, id);
        if (!account) return signed_out();
        if (account->user.two_factor)
            return Error(errors::two_factor_enabled, "Switch it off first to set up another one.");
        store::set_totp_secret(tx, id, sealed);
        return account->user.email;
    };
    auto email = co_await database_.write(std::move(job));
    if (!email) co_return email.error();
    TwoFactorSetup setup;
    setup.secret = security::base32(secret);
    setup.otpauth_uri = security::otpauth_uri(issuer_, *email, secret);
    setup.qr_svg = security::qr_svg(setup.otpauth_uri);
    co_return setup;
}

Task<Result<std::vector<std::string>>> TwoFactor::enable(Caller caller, std::string code) {
    auto attempt = guard_.code_attempt(caller.id);
    if (!attempt) co_return attempt.error();
    RecoveryCodes recovery(caller.id);
    auto job = [this, caller, code = std::move(code), hashes = recovery.hashes](db::Tx& tx) -> Result<> {
        auto account = store::find_locked(tx, caller.id);
        if (!account) return signed_out();
        if (account->user.two_factor) return Error(errors::two_factor_enabled, "Nothing is changed.");
        if (!account->totp_secret)
            return Error(errors::two_factor_not_set_up, "POST /api/users/me/2fa/setup comes first.");
        if (!accept_totp(tx, *account, code)) return wrong_code();
        store::enable_totp(tx, caller.id);
        store::set_recovery_codes(tx, caller.id, hashes);
        audit::record(tx, caller, "user.two_factor_enabled", caller.id.to_string());
        return {};
    };
    auto done = co_await database_.write(std::move(job));
    tell(*attempt, done);
    if (!done) co_return done.error();
    co_return std::move(recovery.codes);
}

Task<Result<>> TwoFactor::disable(Caller caller, std::string password, std::string code,
                                  std::string address) {
    auto confirmed =
        co_await guard_.confirm_password(caller.id, std::move(password), std::move(address), "/password");
    if (!confirmed) co_return confirmed.error();
    PresentedCode presented = either(std::move(code));
    std::optional<Guard::Attempt> attempt;
    if (!presented.totp_code.empty()) {  // a recovery code gets the owner out whoever guessed before
        auto allowed = guard_.code_attempt(caller.id);
        if (!allowed) co_return allowed.error();
        attempt.emplace(std::move(*allowed));
    }
    auto job = [this, caller, presented = std::move(presented)](db::Tx& tx) -> Result<> {
        auto account = store::find_locked(tx, caller.id);
        if (!account) return signed_out();
        if (!account->user.two_factor) return Error(errors::two_factor_not_set_up, "It is off already.");
        if (!accept(tx, *account, presented)) return wrong_code();
        drop(tx, caller.id);
        audit::record(tx, caller, "user.two_factor_disabled", caller.id.to_string());
        return {};
    };
    auto done = co_await database_.write(std::move(job));
    if (attempt) tell(*attempt, done);
    co_return done;
}

Task<Result<std::vector<std::string>>> TwoFactor::renew_recovery_codes(Caller caller, std::string code) {
    auto attempt = guard_.code_attempt(caller.id);
    if (!attempt) co_return attempt.error();
    RecoveryCodes recovery(caller.id);
    auto job = [this, caller, code = std::move(code), hashes = recovery.hashes](db::Tx& tx) -> Result<> {
        auto account = store::find_locked(tx, caller.id);
        if (!account) return signed_out();
        if (!account->user.two_factor)
            return Error(errors::two_factor_not_set_up, "Recovery codes belong to a second factor.");
        if (!accept_totp(tx, *account, code)) return wrong_code();
        store::set_recovery_codes(tx, caller.id, hashes);
        audit::record(tx, caller, "user.recovery_codes_renewed", caller.id.to_string());
        return {};
    };
    auto done = co_await database_.write(std::move(job));
    tell(*attempt, done);
    if (!done) co_return done.error();
    co_return std::move(recovery.codes);
}

void TwoFactor::drop(db::Tx& tx, UserId id) {
    store::set_totp_secret(tx, id, std::nullopt);
    store::set_recovery_codes(tx, id, {});
}

bool TwoFactor::accept(db::Tx& tx, const Account& account, const PresentedCode& presented) const {
    if (!presented.totp_code.empty()) return accept_totp(tx, account, presented.totp_code);
    return store::take_recovery_code(tx, account.user.id, hash_of(account.user.id, presented.recovery_code));
}

bool TwoFactor::accept_totp(db::Tx& tx, const Account& account, const std::string& code) const {
    if (!account.totp_secret) return false;
    const auto secret = box_.open(*account.totp_secret, context_of(account.user.id));
    if (!secret)
        throw std::runtime_error("a second factor is sealed with another key than auth.sealing_secret");
    const auto step = security::matching_totp_step(*secret, code, tx.now(), account.totp_step);
    // The row is asked again: on PostgreSQL another process may have taken the step.
    return step && store::take_totp_step(tx, account.user.id, *step);
}

}  // namespace cloudretail::user
