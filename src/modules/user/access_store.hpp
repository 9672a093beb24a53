// What lets a person in, in its tables: sessions, ended tokens, recovery codes, mailed secrets. SQL only,
// plain functions on a session or transaction. Decides nothing.
#pragma once

#include <db/database.hpp>
#include "revocations.hpp"

namespace cloudretail::user {

/// A log-in that is good. No address, and the browser's kind only.
struct Session {
    Uuid token_id;
    UserId user_id;
    std::string device;
    Timestamp created_at, seen_at, expires_at;  // seen_at: the hour
};

/// What a mailed secret is good for.
enum class Purpose { reset, verify };
std::string_view to_text(Purpose purpose);

/// A letter somebody asked for who is not signed in.
struct LetterRequest {
    Uuid id;
    Purpose purpose;
    std::string email;  // sealed
};

namespace store {

void insert(db::Tx& tx, const Session& session);
/// Newest first, of those not expired; with an id below `before` where one is given.
std::vector<Session> sessions(db::Session& session, UserId user_id, Timestamp now, std::optional<Uuid> before,
                              std::int64_t limit, std::int64_t offset);
std::int64_t count_sessions(db::Session& session, UserId user_id, Timestamp now);
std::optional<Session> find_session(db::Session& session, UserId user_id, const Uuid& token_id);
void set_seen(db::Tx& tx, const Uuid& token_id, Timestamp hour);
/// The last of a person's tokens to expire, and of everybody's; nullopt without any.
std::optional<Timestamp> last_expiry(db::Session& session, UserId user_id);
std::optional<Timestamp> last_expiry(db::Session& session);
/// The newest id of a person's tokens and epoch; nullopt without any.
std::optional<Uuid> newest_token(db::Session& session, UserId user_id);
/// Deletes a person's sessions, but for `kept`.
void delete_sessions(db::Tx& tx, UserId user_id, const std::optional<Uuid>& kept);

/// Ends one token and its session. Idempotent.
void revoke(db::Tx& tx, const RevokedToken& token);
/// Replaces the person's earlier epoch.
void set_epoch(db::Tx& tx, const TokenEpoch& epoch);
/// Everybody's epoch; all sessions and mailed secrets go.
void end_everybody(db::Tx& tx, const Uuid& first, Timestamp expires_at);
std::optional<TokenEpoch> epoch_of(db::Session& session, UserId user_id);
/// What was ended after `since` and has not expired by `now`.
CutOff ended(db::Session& session, Timestamp since, Timestamp now);

/// Replaces all codes of a person.
void set_recovery_codes(db::Tx& tx, UserId user_id, const std::vector<std::string>& hashes);
/// False where there is no such code (any more).
bool take_recovery_code(db::Tx& tx, UserId user_id, std::string_view hash);

void insert_mailed(db::Tx& tx, std::string_view hash, UserId user_id, Purpose purpose, Timestamp expires_at);
/// Whose it is; nullopt: unknown, used or expired by `now`.
std::optional<UserId> find_mailed(db::Session& session, std::string_view hash, Purpose purpose,
                                  Timestamp now);
/// False where another one was faster.
bool take_mailed(db::Tx& tx, std::string_view hash);
void delete_mailed(db::Tx& tx, UserId user_id, Purpose purpose);
std::int64_t count_mailed(db::Session& session, UserId user_id, Purpose purpose, Timestamp since);

void insert_request(db::Tx& tx, const LetterRequest& request);
/// Oldest first.
std::vector<LetterRequest> requests(db::Session& session, std::int64_t limit);
/// False where another process was faster.
bool take_request(db::Tx& tx, const Uuid& id);

/// Each deletes at most `limit` rows whose time is over by now.
std::int64_t sweep_revoked(db::Tx& tx, int limit);
std::int64_t sweep_epochs(db::Tx& tx, int limit);
std::int64_t sweep_sessions(db::Tx& tx, int limit);
std::int64_t sweep_mailed(db::Tx& tx, int limit);

}  // namespace store
}  // namespace cloudretail::user
