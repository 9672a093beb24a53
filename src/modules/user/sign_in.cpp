// Signing in and out; see sign_in.hpp. Jobs are repeatable: they capture data and change none of it.
#include "sign_in.hpp"

#include <log/log.hpp>
#include <user/api.hpp>

namespace cloudretail::user {

struct SignIn::Entered {
    User user;
    Uuid token_id;
    Timestamp at;
};

namespace {

Error wrong_credentials() { return Error(errors::invalid_credentials, "Check the e-mail and the password."); }

}  // namespace

Session session_of(UserId user_id, const Issued& issued, std::string device) {
    return {
        issued.token_id,  user_id, std::move(device), issued.issued_at, Activity::hour_of(issued.issued_at),
        issued.expires_at};
}

Task<Result<SignedIn>> SignIn::log_in(LogIn log_in) {
    const std::string email = rules::normal_email(log_in.email);
    auto attempt = guard_.password_attempt(email, log_in.address);
    if (!attempt) co_return attempt.error();
    // A password that is changed or hashed anew in between is looked at again, once.
    for (int round = 0; round < 2; ++round) {
        auto look = [email](db::Session& session) { return store::find_by_email(session, email); };
        auto account = co_await access_.database().read(std::move(look));
        // An unknown account verifies against nothing, which takes as long.
        const std::string stored = account ? account->password_hash : std::string();
        auto verified = co_await guard_.hasher().verify(stored, log_in.password);
        if (!verified) co_return verified.error();
        if (!account || !verified->ok) break;
        auto entered = co_await try_to_enter(*account, log_in);
        if (!entered) {
            if (entered.error().is(errors::invalid_credentials)) attempt->failed();
            co_return entered.error();
        }
        if (!*entered) continue;
        attempt->succeeded();
        if (verified->needs_rehash) co_await rehash(*account, log_in.password);
        auto issued = tokens_.issue((*entered)->user, (*entered)->token_id, (*entered)->at);
        co_return SignedIn{std::move((*entered)->user), std::move(issued)};
    }
    attempt->failed();
    co_return wrong_credentials();
}

/// The password is proven; nullopt: it was changed meanwhile.
Task<Result<std::optional<SignIn::Entered>>> SignIn::try_to_enter(Account known, LogIn log_in) {
    std::optional<Guard::Attempt> attempt;
    if (known.user.two_factor && !log_in.code.totp_code.empty()) {
        auto allowed = guard_.code_attempt(known.user.id);
        if (!allowed) co_return allowed.error();
        attempt.emplace(std::move(*allowed));
    }
    auto job = [this, known = std::move(known), log_in = std::move(log_in)](db::Tx& tx) {
        return enter(tx, known, log_in);
    };
    auto entered = co_await access_.database().write(std::move(job));
    if (attempt && entered && *entered) attempt->succeeded();
    if (attempt && !entered && entered.error().is(errors::invalid_credentials)) attempt->failed();
    co_return entered;
}

Result<std::optional<SignIn::Entered>> SignIn::enter(db::Tx& tx, const Account& known,
                                                     const LogIn& log_in) const {
    auto account = store::find_locked(tx, known.user.id);
    if (!account || account->password_hash != known.password_hash) return std::optional<Entered>();
    const UserId id = account->user.id;
    if (account->user.status == Status::disabled)
        return Error(errors::account_disabled, "Ask the store's administrator.");
    if (account->user.two_factor) {
        if (log_in.code.empty())
            return Error(errors::two_factor_required, "Send totpCode or recoveryCode with the password.");
        if (!two_factor_.accept(tx, *account, log_in.code))
            return Error(errors::invalid_credentials, "The code is wrong, too old, or was used already.");
    }
    Entered entered{std::move(account->user), make_uuid(), tx.now()};
    const auto epoch = store::epoch_of(tx.session(), id);
    if (epoch && epoch->ends(entered.token_id)) throw Unavailable("the clocks of the servers differ");
    store::insert(tx, Session{entered.token_id, id, log_in.device, entered.at, Activity::hour_of(entered.at),
                              entered.at.plus_ms(tokens_.ttl_ms())});
    return std::optional(std::move(entered));
}

// A convenience: whatever goes wrong, the log-in is good and the next one tries again.
Task<void> SignIn::rehash(Account account, std::string password) {
    try {
        auto hash = co_await guard_.hasher().hash(std::move(password));
        if (!hash) co_return;
        auto job = [id = account.user.id, before = account.password_hash, after = *hash](db::Tx& tx) {
            return store::replace_password(tx, id, before, after);
        };
        co_await access_.database().write(std::move(job));
    } catch (const std::exception& e) {
        log::warning("A password could not be hashed anew", {{"error", e.what()}});
    }
}

Task<Result<>> SignIn::log_out(Caller caller) {
    auto token_id = Uuid::parse(caller.token_id);
    if (!token_id) co_return signed_out();
    auto job = [token = RevokedToken{*token_id, caller.token_expires}](db::Tx& tx) -> Result<Cutting<Unit>> {
        store::revoke(tx, token);
        return Cutting<Unit>{{}, {.tokens = {token}, .epochs = {}}};
    };
    auto done = co_await access_.write(std::move(job));
    if (!done) co_return done.error();
    co_return Result<>();
}

Task<Result<>> SignIn::log_out_everywhere(Caller caller) {
    auto job = [this, caller](db::Tx& tx) -> Result<Cutting<Unit>> {
        if (!store::find_locked(tx, caller.id)) return signed_out();
        audit::record(tx, caller, "user.signed_out_everywhere", caller.id.to_string());
        return Cutting<Unit>{{}, access_.end_all(tx, caller.id)};
    };
    auto done = co_await access_.write(std::move(job));
    if (!done) co_return done.error();
    co_return Result<>();
}

}  // namespace cloudretail::user
