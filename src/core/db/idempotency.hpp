// Idempotency keys (IETF draft-ietf-httpapi-idempotency-key-header): the record is written in the transaction
// of the effect, in the database of the module that has the effect, and kept for idempotency.retention.
#pragma once

#include <db/database.hpp>
#include <optional>
#include <string>

namespace cloudretail::db {

/// What identifies a request. Empty scope = no key was sent: claim and keep do nothing.
struct IdempotencyKey {
    std::string scope;        // SHA-256 (hex, first 32 chars) of caller + method + path + key
    std::string fingerprint;  // SHA-256 (hex, first 32 chars) of the body
    [[nodiscard]] bool present() const { return !scope.empty(); }
};

/// An answer as it is kept and sent again.
struct StoredAnswer {
    int status = 0;  // HTTP status; 0 = the first request is under way, or the handler's to answer (sealed)
    std::string body;
    std::string location;  // Location header, may be empty
    std::string etag;
    std::string subject;  // id of what was made, e.g. the order
    bool replayed = false;
};

/// How far back look-ups reach (idempotency.retention, 24 h unless told; at least 12 h). Once, at start.
void set_idempotency_retention(std::int64_t retention_ms);

/// Inside the effect's transaction. nullopt: the key is new and now claimed, holding `prepared` (status 0:
/// under way). A value: answer that instead and do nothing. Errors: idempotency_key_reused (other
/// fingerprint), idempotency_in_progress is the caller's to make from status 0.
Result<std::optional<StoredAnswer>> claim(Tx& tx, const IdempotencyKey& key, std::string_view subject,
                                          const StoredAnswer& prepared = {});
/// Sets the final answer of a claimed key (in the same transaction or a later one).
void keep(Tx& tx, const IdempotencyKey& key, const StoredAnswer& answer);
/// By subject, for sagas that end later: the key itself is no longer at hand. Where several keys were claimed
/// for one subject, the first is meant: the one that made it. No row: nothing is done.
void keep_for(Tx& tx, std::string_view subject, const StoredAnswer& answer);
/// Looks a key up before the effect is begun (the gateway).
Result<std::optional<StoredAnswer>> look_up(Session& session, const IdempotencyKey& key, Timestamp now);
/// Deletes all records about a subject (a person is erased); answers how many.
std::int64_t forget(Tx& tx, std::string_view subject);
/// Deletes records older than `retention_ms`, up to 12 h later; answers how many. At most `limit` a call.
std::int64_t sweep(Tx& tx, std::int64_t retention_ms, int limit = 1000);

}  // namespace cloudretail::db
