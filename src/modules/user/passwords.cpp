// Passwords and mailed secrets; see passwords.hpp. Jobs are repeatable: secrets are made before them.
#include "passwords.hpp"

#include <security/random.hpp>
#include <user/api.hpp>
#include "mailing.hpp"
#include "secret_letters.hpp"
#include "two_factor.hpp"

namespace cloudretail::user {

namespace {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::string_view request_context = "letter request";

Error bad_token() {
    return field_problem(errors::invalid_token, "/token", "is not good: wrong, too old, or used already");
}

Error bad_password(std::string problem) {
    return field_problem(cloudretail::errors::validation, "/newPassword", std::move(problem));
}

/// What a reset finds before it hashes: the account, while the secret is still good.
std::optional<Account> account_of(db::Session& session, const std::string& hash, Purpose purpose,
                                  Timestamp now) {
    const auto id = store::find_mailed(session, hash, purpose, now);
    if (!id) return std::nullopt;
    auto account = store::find_account(session, *id);
    if (account && account->user.status == Status::disabled) return std::nullopt;
    return account;
}

}  // namespace

Task<Result<>> Passwords::change(Caller caller, std::string current, std::string next, std::string address) {
    auto account = co_await guard_.confirm_password(caller.id, std::move(current), std::move(address),
                                                    "/currentPassword");
    if (!account) co_return account.error();
    if (auto problem = security::password_problem(next, account->user.email); !problem.empty())
        co_return bad_password(std::move(problem));
    auto hash = co_await guard_.hasher().hash(std::move(next));
    if (!hash) co_return hash.error();
    auto job = [this, caller, before = account->password_hash,
                after = std::move(*hash)](db::Tx& tx) -> Result<Cutting<Unit>> {
        auto locked = store::find_locked(tx, caller.id);
        const auto token = Uuid::parse(caller.token_id);
        const auto epoch = store::epoch_of(tx.session(), caller.id);
        if (!locked || locked->user.status == Status::disabled || !token || (epoch && epoch->ends(*token)))
            return signed_out();
        if (!store::replace_password(tx, caller.id, before, after))
            return Error(cloudretail::errors::stale, "The password was changed meanwhile.");
        store::delete_mailed(tx, caller.id, Purpose::reset);
        audit::record(tx, caller, "user.password_changed", caller.id.to_string());
        return Cutting<Unit>{{}, access_.end_all(tx, caller.id, token)};
    };
    auto done = co_await access_.write(std::move(job));
    if (!done) co_return done.error();
    co_return Result<>();
}

Task<void> Passwords::request_mail(Purpose purpose, std::string email) {
    const LetterRequest request{make_uuid(), purpose, box_.seal(rules::normal_email(email), request_context)};
    auto job = [request](db::Tx& tx) {
        store::insert_request(tx, request);
        return Unit{};
    };
    co_await access_.database().write(std::move(job));
    requested_ = true;
}

Task<void> Passwords::work_off() {
    constexpr std::int64_t at_once = 16;
    try {
        for (;;) {
            auto waiting = co_await access_.database().read(
                [](db::Session& session) { return store::requests(session, at_once); });
            if (waiting.empty()) co_return;
            for (LetterRequest& request : waiting) {
                auto job = [this, request = std::move(request),
                            secret = security::random_token()](db::Tx& tx) {
                    answer_request(tx, request, secret);
                    return Unit{};
                };
                co_await access_.database().write(std::move(job));
            }
        }
    } catch (...) {
        requested_ = true;  // they still wait
        throw;
    }
}

void Passwords::answer_request(db::Tx& tx, const LetterRequest& request, const std::string& secret) const {
    if (!store::take_request(tx, request.id)) return;
    const auto email = box_.open(request.email, request_context);
    if (!email) return;  // sealed with a key that is gone: whoever asked asks again
    const auto account = store::find_by_email(tx.session(), *email);
    if (!account || account->user.status == Status::disabled) return;
    const User& user = account->user;
    if (request.purpose == Purpose::verify && user.email_verified) return;
    const Timestamp since = tx.now().plus_ms(-hour_ms);
    if (store::count_mailed(tx.session(), user.id, request.purpose, since) >= settings_.per_hour) return;
    mail_secret(tx, user, request.purpose, secret);
}

void Passwords::mail_secret(db::Tx& tx, const User& user, Purpose purpose, const std::string& secret) const {
    const std::int64_t good_for_ms = purpose == Purpose::reset ? settings_.reset_ms : settings_.verify_ms;
    store::insert_mailed(tx, security::sha256_hex(secret), user.id, purpose, tx.now().plus_ms(good_for_ms));
    mailing::post(
        tx, letters::secret(user, purpose, secret, good_for_ms, settings_.store_name, settings_.public_url));
}

Task<Result<>> Passwords::reset(std::string token, std::string next, std::string request_id) {
    const std::string hash = security::sha256_hex(token);
    const Timestamp now = access_.database().clock().now();
    auto look = [hash, now](db::Session& session) { return account_of(session, hash, Purpose::reset, now); };
    auto account = co_await access_.database().read(std::move(look));
    if (!account) co_return bad_token();
    if (auto problem = security::password_problem(next, account->user.email); !problem.empty())
        co_return bad_password(std::move(problem));
    auto hashed = co_await guard_.hasher().hash(std::move(next));
    if (!hashed) co_return hashed.error();
    Caller owner;
    owner.id = account->user.id;
    owner.role = account->user.role;
    owner.request_id = std::move(request_id);
    auto job = [this, owner, hash, password = std::move(*hashed)](db::Tx& tx) -> Result<Cutting<Unit>> {
        auto current = store::find_locked(tx, owner.id);
        const bool good = current && current->user.status == Status::active &&
                          store::find_mailed(tx.session(), hash, Purpose::reset, tx.now()) == owner.id;
        if (!good || !store::take_mailed(tx, hash)) return bad_token();
        store::replace_password(tx, owner.id, current->password_hash, password);
        // Whoever set up a second factor before the address was proven may have been somebody else.
        if (!current->user.email_verified && current->totp_secret) {
            TwoFactor::drop(tx, owner.id);
            audit::record(tx, owner, "user.two_factor_reset", owner.id.to_string());
        }
        store::set_email_verified(tx, owner.id);
        store::delete_mailed(tx, owner.id, Purpose::reset);
        audit::record(tx, owner, "user.password_reset", owner.id.to_string());
        return Cutting<Unit>{{}, access_.end_all(tx, owner.id)};
    };
    auto done = co_await access_.write(std::move(job));
    if (!done) co_return done.error();
    co_return Result<>();
}

Task<Result<>> Passwords::verify_email(std::string token) {
    auto job = [hash = security::sha256_hex(token)](db::Tx& tx) -> Result<> {
        const auto account = account_of(tx.session(), hash, Purpose::verify, tx.now());
        if (!account || !store::take_mailed(tx, hash)) return bad_token();
        store::set_email_verified(tx, account->user.id);
        store::delete_mailed(tx, account->user.id, Purpose::verify);
        return {};
    };
    co_return co_await access_.database().write(std::move(job));
}

}  // namespace cloudretail::user
