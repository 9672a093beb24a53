// What administrators and housekeeping ask of a module's event tables: how the outbox stands, its latest
// events, and whose subscription rows are no longer anybody's. Not the loops. Thread rule: plain functions on
// the session they are given.
#pragma once

#include <db/database.hpp>
#include <events/event.hpp>
#include <optional>
#include <string>
#include <vector>

namespace cloudretail::events {

struct OutboxState {
    std::int64_t unpublished = 0;       // written and without a position yet
    Timestamp oldest_unpublished_at{};  // 0 = none
    std::int64_t kept = 0;              // published and still kept
    std::int64_t dead_letters = 0;      // parked in this database
};

/// Cheap enough for every two seconds: counts only what is small, and `kept` from positions.
OutboxState outbox_state(db::Session& session);

/// An event of the outbox without its data.
struct OutboxEntry {
    std::int64_t id = 0;
    std::string event_id, type, subject;
    Timestamp at{};
    std::optional<std::int64_t> position{};
    std::optional<Timestamp> published_at{};
};

/// Newest first, those with an id below `before_id`.
std::vector<OutboxEntry> latest_events(db::Session& session, int limit, std::int64_t before_id);

/// How many events the outbox holds.
std::int64_t count_events(db::Session& session);

/// Notes that `names` are subscribed now, then deletes at most `limit` rows of names that nobody has
/// subscribed for longer than the retention (what they had not read is gone by then); answers how many.
std::int64_t sweep_subscriptions(db::Tx& tx, const std::vector<std::string>& names, std::int64_t retention_ms,
                                 int limit = 1000);

}  // namespace cloudretail::events
