// The transactional outbox: an event is written in the transaction of the change it tells of. Each has a
// dense position in the order of the commits: where one process writes (SQLite) from the start, else given by
// a relay per module. The relay wakes the subscribers; they read by position, so nothing is missed and
// nothing is handed over twice with effect.
#pragma once

#include <db/database.hpp>
#include <events/audience.hpp>
#include <events/event.hpp>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cloudretail::events {

/// Adds an event to the outbox of tx's module, in tx. `data` is a JSON object.
void publish(db::Tx& tx, std::string type, std::string subject, std::string data, const Audience& audience,
             std::string traceparent = {});

/// An event to be: what publish() is told.
struct NewEvent {
    std::string type, subject, data;
    Audience audience;
    std::string traceparent;
};
/// Many at once, in their order.
void publish(db::Tx& tx, std::span<const NewEvent> events);

/// Whether events have their position from publish() on, because nobody else's can come between.
inline bool numbered_when_published(db::Dialect dialect) { return dialect == db::Dialect::sqlite; }

/// Published events after `position`, ascending, at most `limit`.
std::vector<Event> read_after(db::Session& session, std::int64_t position, int limit);

/// Part of the log of one module, from a position on.
struct Window {
    bool kept = true;           // false: events after the position are no longer kept, or it was never given
    std::vector<Event> events;  // ascending, at most the limit
    std::int64_t until = 0;     // nothing that was asked for is left up to here
    bool more = false;          // the log goes on behind it
};

/// Events after `position` (−1: from the oldest kept), only those in whose audience `seen_by` is, if given.
/// Looks at a bounded number of events, so it may find none although there is more. In one snapshot.
Window window_after(db::Session& session, std::int64_t position, std::optional<UserId> seen_by, int limit);

/// Gives positions to events that have none yet (at most `limit`); answers the last position given, 0 if
/// none.
std::int64_t number_unpublished(db::Tx& tx, int limit);

/// Deletes published events older than the retention that every subscription has read (position up to
/// `read_by_all`); answers how many. At most `limit` a call.
std::int64_t sweep(db::Tx& tx, std::int64_t retention_ms, int limit = 1000,
                   std::int64_t read_by_all = std::numeric_limits<std::int64_t>::max());

}  // namespace cloudretail::events
