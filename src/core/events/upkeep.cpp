// The SQL of upkeep.hpp.
#include <events/upkeep.hpp>

namespace cloudretail::events {
namespace {

/// A name's row is not written more often than this.
constexpr std::int64_t note_every_ms = 3'600'000;

}  // namespace

OutboxState outbox_state(db::Session& session) {
    const auto state = session.query_one(
        "iiii",
        "SELECT count(*), COALESCE(min(created_at), 0), "
        "COALESCE((SELECT max(position) FROM outbox) - (SELECT min(position) FROM outbox) + 1, 0), "
        "(SELECT count(*) FROM dead_letters) FROM outbox WHERE position IS NULL",
        [](const db::Row& row) {
            return OutboxState{.unpublished = row.integer(0),
                               .oldest_unpublished_at = row.time(1),
                               .kept = row.integer(2),
                               .dead_letters = row.integer(3)};
        });
    return state.value_or(OutboxState{});
}

std::vector<OutboxEntry> latest_events(db::Session& session, int limit, std::int64_t before_id) {
    return session.query(
        "itttiii",
        "SELECT id, event_id, type, subject, created_at, position, published_at FROM outbox "
        "WHERE id < :before ORDER BY id DESC LIMIT :limit",
        [](const db::Row& row) {
            return OutboxEntry{.id = row.integer(0),
                               .event_id = row.text(1),
                               .type = row.text(2),
                               .subject = row.text(3),
                               .at = row.time(4),
                               .position = row.maybe_integer(5),
                               .published_at = row.maybe_time(6)};
        },
        before_id, limit);
}

std::int64_t count_events(db::Session& session) { return session.number("SELECT count(*) FROM outbox"); }

std::int64_t sweep_subscriptions(db::Tx& tx, const std::vector<std::string>& names, std::int64_t retention_ms,
                                 int limit) {
    // Rows from before there was a note of it begin now.
    tx->exec("UPDATE subscriptions SET seen_at = :now WHERE seen_at = 0", tx.now());
    for (const std::string& name : names) {
        tx->exec("UPDATE subscriptions SET seen_at = :now WHERE name = :name AND seen_at < :long_ago",
                 tx.now(), name, tx.now().plus_ms(-note_every_ms));
    }
    return tx->exec(
        "DELETE FROM subscriptions WHERE name IN (SELECT name FROM subscriptions WHERE seen_at < :before "
        "ORDER BY seen_at LIMIT :limit)",
        tx.now().plus_ms(-retention_ms), limit);
}

}  // namespace cloudretail::events
