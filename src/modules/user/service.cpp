// The user module's use-cases; see service.hpp. Jobs are repeatable: they capture data and change none of it.
#include "service.hpp"

#include <events/outbox.hpp>
#include <gateway/formats.hpp>
#include <gateway/page.hpp>
#include <security/random.hpp>
#include <user/events.hpp>
#include "erasure_store.hpp"
#include "guard.hpp"
#include "render.hpp"
#include "sign_in.hpp"

namespace cloudretail::user {

namespace {

void publish(db::Tx& tx, const char* type, const User& user, const std::string& traceparent) {
    UserChanged event{user.id, user.role};
    events::publish(tx, type, user.id.to_string(), event.to_json(), user.id, traceparent);
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

Error changed_meanwhile() { return Error(cloudretail::errors::stale, "Read it again and repeat."); }

std::string answer_context(const std::string& subject) { return "registration:" + subject; }

Error invalid(std::string pointer, std::string detail) {
    return field_problem(cloudretail::errors::validation, std::move(pointer), std::move(detail));
}

}  // namespace

/// All that a registration writes, made before its job.
struct Service::Enrolment {
    Account account;
    Issued issued;
    std::string device, verify_secret;
    db::IdempotencyKey key;
    std::string traceparent;
};

Result<db::StoredAnswer> Service::write_account(db::Tx& tx, const Enrolment& enrolment) const {
    const db::IdempotencyKey& key = enrolment.key;
    Account account = enrolment.account;
    const std::string subject = account.user.id.to_string();
    auto claimed = db::claim(tx, key, subject);
    if (!claimed) return claimed.error();
    if (*claimed && (*claimed)->status == 0) return again(std::move(**claimed));
    if (*claimed) return std::move(**claimed);  // a refusal
    account.user.created_at = account.user.updated_at = tx.now();
    if (!store::insert(tx, account, tx.now())) {
        const Error taken(errors::email_taken,
                          "There is already an account with this e-mail. Sign in instead.");
        return gateway::keep_refusal(tx, key, taken, {.instance = "/api/users/register", .request_id = {}});
    }
    store::set_consent_text(tx, account.user.id, consent_text_);
    store::insert(tx, session_of(account.user.id, enrolment.issued, enrolment.device));
    passwords_.mail_secret(tx, account.user, Purpose::verify, enrolment.verify_secret);
    publish(tx, user_registered, account.user, enrolment.traceparent);
    db::StoredAnswer answer;
    answer.status = 201;
    answer.body = signed_in_json(account.user, enrolment.issued, true);
    answer.location = "/api/users/me";
    answer.etag = etag_of(account.user);
    answer.subject = subject;
    // The body holds a token, so what is kept is sealed; as status 0 the gateway leaves it to us (again()).
    db::StoredAnswer kept = answer;
    kept.status = 0;
    if (key.present()) kept.body = box_.seal(answer.body, answer_context(subject));
    db::keep(tx, key, kept);
    return answer;
}

/// The answer of the first request with this key, whose account is made in one commit with it.
Result<db::StoredAnswer> Service::again(db::StoredAnswer kept) const {
    auto body = box_.open(kept.body, answer_context(kept.subject));
    if (!body)  // sealed with a key that is gone
        return Error(errors::email_taken, "The account was made with this key before. Sign in instead.");
    kept.status = 201;
    kept.body = std::move(*body);
    return kept;
}

/// Makes or promotes the administrator; `hash` is empty where no password was given.
Result<Cutting<std::string>> Service::write_admin(db::Tx& tx, const std::string& email,
                                                  const std::string& hash) const {
    using Answer = Cutting<std::string>;
    auto existing = store::find_by_email(tx.session(), email);
    if (!existing) {
        if (hash.empty())
            return invalid("/password", "There is no such account yet: a new one needs a password.");
        Account account{new_user(email, "Store", "Administrator", Role::admin), hash};
        account.user.created_at = account.user.updated_at = tx.now();
        if (!store::insert(tx, account, std::nullopt)) return changed_meanwhile();
        publish(tx, user_registered, account.user, "");
        audit::record_system(tx, "user.admin_made", account.user.id.to_string());
        return Answer{"Made an administrator's account for " + email + "."};
    }
    const User& before = existing->user;
    const std::string subject = before.id.to_string();
    const User user = rules::decided(before, {Role::admin, Status::active}, tx.now());
    if (user.version != before.version && !store::update(tx, user)) return changed_meanwhile();
    if (before.role != Role::admin) {
        publish(tx, user_role_changed, user, "");
        audit::record_system(tx, "user.admin_made", subject);
    }
    if (before.status != Status::active) audit::record_system(tx, "user.enabled", subject);
    if (!hash.empty()) {
        if (!store::replace_password(tx, user.id, existing->password_hash, hash)) return changed_meanwhile();
        store::delete_mailed(tx, user.id, Purpose::reset);
        audit::record_system(tx, "user.password_changed", subject);
    }
    std::string said = before.role != Role::admin ? "Made " + email + " an administrator"
                                                  : email + " was an administrator already";
    said += hash.empty() ? "; the password stays." : "; the password is changed.";
    if (hash.empty() && before.role == Role::admin) return Answer{std::move(said)};
    if (before.role == Role::admin) return Answer{std::move(said), access_.end_all(tx, user.id)};
    return Answer{std::move(said), access_.end_all_and_keys(tx, user.id)};
}

Service::Service(AccessWriter& access, security::PasswordHasher& hasher, const Tokens& tokens,
                 const Passwords& passwords, const security::SealedBox& box, VendorRegistration vendors,
                 std::string consent_text)
    : access_(access),
      hasher_(hasher),
      tokens_(tokens),
      passwords_(passwords),
      box_(box),
      vendors_(vendors),
      consent_text_(std::move(consent_text)) {}

Task<Result<db::StoredAnswer>> Service::register_account(NewAccount account, std::string device,
                                                         db::IdempotencyKey key, std::string traceparent) {
    auto accepted = rules::accepted(std::move(account), vendors_);
    if (!accepted) co_return accepted.error();
    auto hash = co_await hasher_.hash(accepted->password);
    if (!hash) co_return hash.error();
    Enrolment enrolment;
    enrolment.account = {new_user(accepted->email, accepted->first_name, accepted->last_name, accepted->role),
                         *hash};
    enrolment.account.user.vendor_requested = accepted->vendor_requested;
    enrolment.issued = tokens_.issue(enrolment.account.user);
    enrolment.device = std::move(device);
    enrolment.verify_secret = security::random_token();
    enrolment.key = std::move(key);
    enrolment.traceparent = std::move(traceparent);
    auto job = [this, enrolment = std::move(enrolment)](db::Tx& tx) { return write_account(tx, enrolment); };
    co_return co_await access_.database().write(std::move(job));
}

Task<Result<User>> Service::me(Caller caller) {
    auto look = [id = caller.id](db::Session& session) { return store::find(session, id); };
    auto user = co_await access_.database().read(std::move(look));
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
    co_return co_await access_.database().write(std::move(job));
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
    auto job = [this, normal, hash](db::Tx& tx) { return write_admin(tx, normal, hash); };
    auto made = co_await access_.write(std::move(job));
    if (!made) co_return made.error();
    co_return std::move(made->answer);
}

}  // namespace cloudretail::user
