// The user module's use-cases; see service.hpp. Jobs are repeatable: they capture data and change none of it.
#include "service.hpp"

#include <events/outbox.hpp>
#include <gateway/formats.hpp>
#include <gateway/page.hpp>
#include <log/log.hpp>
#include <user/events.hpp>
#include "render.hpp"

namespace cloudretail::user {

namespace {

constexpr int sweep_limit = 100;  // expired tokens deleted with each log-out: more than it adds

void publish(db::Tx& tx, const char* type, const User& user, const std::string& traceparent) {
    UserChanged event{user.id, user.role};
    events::publish(tx, type, user.id.to_string(), event.to_json(), traceparent);
}

User new_user(std::string email, std::string first_name, std::string last_name, Role role) {
    User user;
    user.id = UserId::make();
    user.email = std::move(email);
    user.first_name = std::move(first_name);
    user.last_name = std::move(last_name);
    user.role = role;
    return user;
}

Error signed_out() {
    return Error(cloudretail::errors::unauthenticated, "The account is gone; sign in again.");
}

Error changed_meanwhile() { return Error(cloudretail::errors::stale, "Read it again and repeat."); }

Error invalid(std::string pointer, std::string detail) {
    Error error(cloudretail::errors::validation, detail);
    error.fields.push_back({std::move(pointer), std::move(detail)});
    return error;
}

Result<db::StoredAnswer> write_account(db::Tx& tx, Account account, const Issued& issued,
                                       const db::IdempotencyKey& key, const std::string& traceparent) {
    const std::string subject = account.user.id.to_string();
    auto claimed = db::claim(tx, key, subject);
    if (!claimed) return claimed.error();
    if (*claimed) {
        if ((*claimed)->status == 0) return Error(cloudretail::errors::idempotency_in_progress);
        return std::move(**claimed);
    }
    account.user.created_at = account.user.updated_at = tx.now();
    if (!store::insert(tx, account, tx.now()))
        return Error(errors::email_taken, "There is already an account with this e-mail. Sign in instead.");
    publish(tx, user_registered, account.user, traceparent);
    db::StoredAnswer answer;
    answer.status = 201;
    answer.body = signed_in_json(account.user, issued, true);
    answer.location = "/api/users/me";
    answer.etag = etag_of(account.user);
    answer.subject = subject;
    db::keep(tx, key, answer);
    return answer;
}

/// Makes or promotes the administrator; `hash` is empty where no password was given.
Result<std::string> write_admin(db::Tx& tx, const std::string& email, const std::string& hash) {
    auto existing = store::find_by_email(tx.session(), email);
    if (!existing) {
        if (hash.empty())
            return invalid("/password", "There is no such account yet: a new one needs a password.");
        Account account{new_user(email, "Store", "Administrator", Role::admin), hash};
        account.user.created_at = account.user.updated_at = tx.now();
        if (!store::insert(tx, account, std::nullopt)) return changed_meanwhile();
        publish(tx, user_registered, account.user, "");
        return "Made an administrator's account for " + email + ".";
    }
    const bool promoted = existing->user.role != Role::admin;
    if (promoted) {
        User user = existing->user;
        user.role = Role::admin;
        user.version += 1;
        user.updated_at = tx.now();
        if (!store::update(tx, user)) return changed_meanwhile();
        publish(tx, user_role_changed, user, "");
    }
    if (!hash.empty() && !store::replace_password(tx, existing->user.id, existing->password_hash, hash))
        return changed_meanwhile();
    std::string said =
        promoted ? "Made " + email + " an administrator" : email + " was an administrator already";
    return said + (hash.empty() ? "; the password stays." : "; the password is changed.");
}

}  // namespace

Service::Service(db::Database& database, security::PasswordHasher& hasher, const Tokens& tokens,
                 Revocations& revocations, ThrottleSettings throttle)
    : database_(database), hasher_(hasher), tokens_(tokens), revocations_(revocations), throttle_(throttle) {}

Task<Result<db::StoredAnswer>> Service::register_account(NewAccount account, db::IdempotencyKey key,
                                                         std::string traceparent) {
    auto accepted = rules::accepted(std::move(account));
    if (!accepted) co_return accepted.error();
    auto hash = co_await hasher_.hash(accepted->password);
    if (!hash) co_return hash.error();
    Account made{new_user(accepted->email, accepted->first_name, accepted->last_name, accepted->role), *hash};
    auto issued = tokens_.issue(made.user);
    auto job = [made = std::move(made), issued = std::move(issued), key = std::move(key),
                traceparent = std::move(traceparent)](db::Tx& tx) {
        return write_account(tx, made, issued, key, traceparent);
    };
    co_return co_await database_.write(std::move(job));
}

Task<Result<SignedIn>> Service::log_in(std::string email, std::string password, std::string address) {
    const std::string normal = rules::normal_email(email);
    auto attempt = throttle_.attempt(normal, address, database_.clock().now());
    if (attempt.wait_s() > 0) {
        Error error(errors::too_many_failures,
                    "Too many failed log-ins from here to this account; wait a while.");
        error.retry_after_s = attempt.wait_s();
        co_return error;
    }
    auto look = [normal](db::Session& session) { return store::find_by_email(session, normal); };
    auto account = co_await database_.read(std::move(look));
    // An unknown account verifies against nothing, which takes as long.
    const std::string stored = account ? account->password_hash : std::string();
    auto verified = co_await hasher_.verify(stored, password);
    if (!verified) co_return verified.error();
    if (!account || !verified->ok) {
        attempt.failed();
        co_return Error(errors::invalid_credentials, "Check the e-mail and the password.");
    }
    attempt.succeeded();
    if (verified->needs_rehash) co_await rehash(*account, password);
    auto issued = tokens_.issue(account->user);
    co_return SignedIn{std::move(account->user), std::move(issued)};
}

// A convenience: whatever goes wrong, the log-in is good and the next one tries again.
Task<void> Service::rehash(Account account, std::string password) {
    try {
        auto hash = co_await hasher_.hash(std::move(password));
        if (!hash) co_return;
        auto job = [id = account.user.id, before = account.password_hash, after = *hash](db::Tx& tx) {
            return store::replace_password(tx, id, before, after);
        };
        co_await database_.write(std::move(job));
    } catch (const std::exception& e) {
        log::warning("A password could not be hashed anew", {{"error", e.what()}});
    }
}

Task<Result<>> Service::log_out(Caller caller) {
    auto token_id = Uuid::parse(caller.token_id);
    if (!token_id) co_return signed_out();
    RevokedToken token{*token_id, caller.token_expires};
    auto job = [token](db::Tx& tx) {
        store::revoke(tx, token);
        return store::sweep_revoked(tx, sweep_limit);
    };
    co_await database_.write(std::move(job));
    revocations_.add({token}, database_.clock().now());
    co_return Result<>();
}

Task<Result<User>> Service::me(Caller caller) {
    auto look = [id = caller.id](db::Session& session) { return store::find(session, id); };
    auto user = co_await database_.read(std::move(look));
    if (!user) co_return signed_out();
    co_return std::move(*user);
}

Task<Result<User>> Service::change_profile(Caller caller, ProfileChange change, std::string if_match) {
    auto job = [id = caller.id, change = std::move(change),
                if_match = std::move(if_match)](db::Tx& tx) -> Result<User> {
        auto user = store::find(tx.session(), id);
        if (!user) return signed_out();
        if (auto match = gateway::check_if_match(if_match, etag_of(*user)); !match) return match.error();
        auto changed = rules::changed(std::move(*user), change, tx.now());
        if (!changed) return changed;
        if (!store::update(tx, *changed)) return changed_meanwhile();
        return changed;
    };
    co_return co_await database_.write(std::move(job));
}

Task<Result<std::string>> Service::make_admin(std::string email, std::string password) {
    const std::string normal = rules::normal_email(email);
    if (!gateway::is_email(normal)) co_return invalid("/email", "This is not an e-mail address.");
    std::string hash;
    if (!password.empty()) {
        if (auto problem = security::password_problem(password, normal); !problem.empty())
            co_return invalid("/password", std::move(problem));
        auto hashed = co_await hasher_.hash(std::move(password));
        if (!hashed) co_return hashed.error();
        hash = std::move(*hashed);
    }
    auto job = [normal, hash](db::Tx& tx) { return write_admin(tx, normal, hash); };
    co_return co_await database_.write(std::move(job));
}

}  // namespace cloudretail::user
