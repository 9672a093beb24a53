// The SQL of the outbox: writing, numbering, reading and sweeping events. Not the loops that call it
// (relay.cpp, follower.cpp). Thread rule: plain functions on the session they are given.
#include <events/outbox.hpp>

#include <algorithm>
#include <db/rows.hpp>

namespace cloudretail::events {
namespace {

/// A reader of few events among many asks again after so many.
constexpr std::int64_t looked_at_once = 20'000;

Event event_of(const db::Row& row) {
    auto id = Uuid::parse(row.text(0));
    CR_ASSERT(id.has_value());
    return Event{.id = *id,
                 .type = row.text(1),
                 .subject = row.text(2),
                 .data = row.text(3),
                 .traceparent = row.maybe_text(4).value_or(std::string()),
                 .audience = row.text(5),
                 .at = row.time(6),
                 .position = row.integer(7)};
}

/// The counter, locked against other processes until the commit; nullopt while another process numbers.
std::optional<std::int64_t> lock_counter(db::Tx& tx) {
    // PostgreSQL does not wait here: two batches that wait for each other's rows would be a deadlock.
    const char* sql = tx->dialect() == db::Dialect::postgresql
                          ? "SELECT position FROM relay_state WHERE id = 1 FOR UPDATE SKIP LOCKED"
                          : "SELECT position FROM relay_state WHERE id = 1";
    return tx->query_one("i", sql, [](const db::Row& row) { return row.integer(0); });
}

}  // namespace

void publish(db::Tx& tx, std::string type, std::string subject, std::string data, const Audience& audience,
             std::string traceparent) {
    const NewEvent one{std::move(type), std::move(subject), std::move(data), audience,
                       std::move(traceparent)};
    publish(tx, std::span(&one, 1));
}

void publish(db::Tx& tx, std::span<const NewEvent> events) {
    if (events.empty()) return;
    std::optional<std::int64_t> position;
    std::optional<Timestamp> published_at;
    if (numbered_when_published(tx->dialect())) {
        const auto count = static_cast<std::int64_t>(events.size());
        tx->exec("UPDATE relay_state SET position = position + :count WHERE id = 1", count);
        position = tx->number("SELECT position FROM relay_state WHERE id = 1") - count;
        published_at = tx.now();
    }
    db::Rows rows("event_id, type, subject, data, traceparent, audience, created_at, position, published_at",
                  "ttttttiii");
    for (const NewEvent& e : events) {
        if (position) ++*position;
        rows.add(make_uuid(), e.type, e.subject, e.data, e.traceparent, e.audience.text(), tx.now(), position,
                 published_at);
    }
    db::insert(tx.session(), "outbox", rows);
    tx.mark_published();
}

std::vector<Event> read_after(db::Session& session, std::int64_t position, int limit) {
    return session.query(
        "ttttttii",
        "SELECT event_id, type, subject, data, traceparent, audience, created_at, position FROM outbox "
        "WHERE position > :position ORDER BY position LIMIT :limit",
        event_of, position, limit);
}

Window window_after(db::Session& session, std::int64_t position, std::optional<UserId> seen_by, int limit) {
    Window window;
    const std::int64_t head = session.number("SELECT position FROM relay_state WHERE id = 1");
    const std::int64_t oldest = session.number("SELECT COALESCE(min(position), 0) FROM outbox");
    const std::int64_t before_oldest = oldest == 0 ? head : oldest - 1;
    if (position < 0) position = before_oldest;
    window.kept = position >= before_oldest && position <= head;
    if (!window.kept) return window;
    window.until = std::min(head, position + looked_at_once);
    constexpr std::string_view all =
        "SELECT event_id, type, subject, data, traceparent, audience, created_at, position FROM outbox "
        "WHERE position > :position AND position <= :until ORDER BY position LIMIT :limit";
    // A word at least as long as an id cannot be part of two.
    constexpr std::string_view own_sqlite =
        "SELECT event_id, type, subject, data, traceparent, audience, created_at, position FROM outbox "
        "WHERE position > :position AND position <= :until AND instr(audience, :id) > 0 "
        "ORDER BY position LIMIT :limit";
    constexpr std::string_view own_postgresql =
        "SELECT event_id, type, subject, data, traceparent, audience, created_at, position FROM outbox "
        "WHERE position > :position AND position <= :until AND strpos(audience, :id) > 0 "
        "ORDER BY position LIMIT :limit";
    const bool sqlite = session.dialect() == db::Dialect::sqlite;
    if (seen_by) {
        window.events = session.query("ttttttii", sqlite ? own_sqlite : own_postgresql, event_of, position,
                                      window.until, *seen_by, limit);
    } else {
        window.events = session.query("ttttttii", all, event_of, position, window.until, limit);
    }
    if (window.events.size() == static_cast<std::size_t>(limit)) window.until = window.events.back().position;
    window.more = window.until < head;
    return window;
}

std::int64_t number_unpublished(db::Tx& tx, int limit) {
    const auto base = lock_counter(tx);
    if (!base) return 0;
    // By "no position yet", never by "id above the last": on PostgreSQL ids become visible out of order.
    const std::int64_t count = tx->exec(
        "UPDATE outbox SET position = numbered.given, published_at = :now FROM ("
        "SELECT id, CAST(:base AS BIGINT) + row_number() OVER (ORDER BY id) AS given FROM ("
        "SELECT id FROM outbox WHERE position IS NULL ORDER BY id LIMIT :limit) AS waiting) AS numbered "
        "WHERE outbox.id = numbered.id",
        tx.now(), *base, limit);
    if (count == 0) return 0;
    const std::int64_t last = *base + count;
    tx->exec("UPDATE relay_state SET position = :position WHERE id = 1", last);
    return last;
}

std::int64_t sweep(db::Tx& tx, std::int64_t retention_ms, int limit, std::int64_t read_by_all) {
    // Positions follow time, so looking at the oldest `limit` rows finds what is due without a scan.
    return tx->exec(
        "DELETE FROM outbox WHERE id IN (SELECT id FROM ("
        "SELECT id, published_at, position FROM outbox WHERE position IS NOT NULL ORDER BY position "
        "LIMIT :limit) AS oldest WHERE published_at < :before AND position <= :read_by_all)",
        limit, tx.now().plus_ms(-retention_ms), read_by_all);
}

}  // namespace cloudretail::events
