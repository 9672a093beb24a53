// Accounts in their table: SQL only, plain functions on a session or transaction. Decides nothing. Sessions,
// tokens and codes are access_store.hpp's.
#pragma once

#include <db/database.hpp>
#include <map>
#include <span>
#include "rules.hpp"

namespace cloudretail::user {

/// A user with what never leaves the module.
struct Account {
    User user;
    std::string password_hash;
    std::optional<std::string> totp_secret{};  // sealed; may be set up and not in use yet
    std::int64_t totp_step = -1;               // the last one accepted
};

/// What a list of users is asked for; what is absent does not matter.
struct UserFilter {
    std::optional<Role> role{};
    std::optional<Status> status{};
    std::optional<bool> vendor_requested{};
    std::string text{};  // part of e-mail or name, without regard to the case of ASCII letters
};

namespace store {

/// False where the e-mail is taken (nothing is written then).
bool insert(db::Tx& tx, const Account& account, std::optional<Timestamp> consent_at);
std::optional<Account> find_by_email(db::Session& session, std::string_view normal_email);
std::optional<User> find(db::Session& session, UserId id);
/// Whom a letter goes to.
struct Addressee {
    std::string email, first_name;
};
/// Of those of the ids that have an account.
std::map<UserId, Addressee> find_addressees(db::Session& session, std::span<const UserId> ids);
std::optional<Account> find_account(db::Session& session, UserId id);
/// As find_account; other processes cannot change the account until this transaction ends.
std::optional<Account> find_locked(db::Tx& tx, UserId id);
/// Ids of the active administrators, whose roles and status no other process can change until this
/// transaction ends. Before any other account is locked.
std::vector<UserId> lock_admins(db::Tx& tx);

/// Newest first, with an id below `before` where one is given.
std::vector<User> list(db::Session& session, const UserFilter& filter, std::optional<UserId> before,
                       std::int64_t limit, std::int64_t offset);
std::int64_t count(db::Session& session, const UserFilter& filter);

/// Writes names, phone, addresses, role, status and the wish to be a vendor as in `user`, whose version has
/// been raised by one; false where somebody else changed the account in between.
bool update(db::Tx& tx, const User& user);
/// Replaces the hash, provided it is still `before`.
bool replace_password(db::Tx& tx, UserId id, std::string_view before, std::string_view after);

/// A secret that waits to be confirmed, sealed; nullopt: the second factor is gone.
void set_totp_secret(db::Tx& tx, UserId id, const std::optional<std::string>& sealed);
/// The second factor is asked for from now on.
void enable_totp(db::Tx& tx, UserId id);
/// False where this step or a later one was accepted before: each is good once.
bool take_totp_step(db::Tx& tx, UserId id, std::int64_t step);

void set_email_verified(db::Tx& tx, UserId id);

/// User ids that break an invariant, at most 100.
std::vector<std::string> with_wrong_email(db::Session& session);
std::vector<std::string> without_consent(db::Session& session);

}  // namespace store
}  // namespace cloudretail::user
