// The provider's events in their table: SQL only, plain functions on a session or transaction. Decides
// nothing. Thread rule: the session's.
#pragma once

#include <db/database.hpp>
#include <string>
#include <vector>

namespace cloudretail::payment::inbox {

/// One event of the provider that waits to be acted on.
struct Received {
    std::string provider, event_id, charge;
    std::int64_t attempts = 0;  // so far
};

/// Stores a new event, due at once; false where it is known already. A dead one that comes again is tried
/// again.
bool insert(db::Tx& tx, const Received& event);
/// Events whose time has come, at most `limit`.
std::vector<Received> due(db::Session& session, Timestamp now, int limit);
/// Counts one more attempt, the next at `next`; false where somebody else has begun it.
bool begin_attempt(db::Tx& tx, const Received& event, Timestamp next);
/// How the attempt ended: "done", "dead", or "received" to try again.
void end_attempt(db::Tx& tx, const Received& event, std::string_view state, std::string_view error);
std::int64_t dead(db::Session& session);
/// Deletes what was received longer ago; answers how many, at most `limit`.
std::int64_t sweep(db::Tx& tx, std::int64_t retention_ms, int limit);

}  // namespace cloudretail::payment::inbox
