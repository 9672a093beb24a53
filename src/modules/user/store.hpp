// Accounts and revoked tokens in their tables: SQL only, plain functions on a session or transaction. Decides
// nothing.
#pragma once

#include <db/database.hpp>
#include "revocations.hpp"
#include "rules.hpp"

namespace cloudretail::user {

/// A user with what never leaves the module.
struct Account {
    User user;
    std::string password_hash;
};

namespace store {

/// False where the e-mail is taken (nothing is written then).
bool insert(db::Tx& tx, const Account& account, std::optional<Timestamp> consent_at);
std::optional<Account> find_by_email(db::Session& session, std::string_view normal_email);
std::optional<User> find(db::Session& session, UserId id);
/// Writes names, phone, addresses and role as in `user`, whose version has been raised by one; false where
/// somebody else changed the account in between.
bool update(db::Tx& tx, const User& user);
/// Replaces the hash, provided it is still `before`.
bool replace_password(db::Tx& tx, UserId id, std::string_view before, std::string_view after);

/// Idempotent.
void revoke(db::Tx& tx, const RevokedToken& token);
/// Tokens revoked after `since` that have not expired by `now`.
std::vector<RevokedToken> revoked(db::Session& session, Timestamp since, Timestamp now);
/// Deletes at most `limit` rows of tokens that have expired by now.
std::int64_t sweep_revoked(db::Tx& tx, int limit);

/// User ids that break an invariant, at most 100.
std::vector<std::string> with_wrong_email(db::Session& session);
std::vector<std::string> without_consent(db::Session& session);

}  // namespace store
}  // namespace cloudretail::user
