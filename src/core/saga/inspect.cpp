// The SQL of inspect.hpp.
#include <saga/inspect.hpp>

namespace cloudretail::saga {
namespace {

Listed listed_of(const db::Row& row) {
    auto id = Uuid::parse(row.text(0));
    CR_ASSERT(id.has_value());
    return Listed{.id = *id,
                  .type = row.text(1),
                  .state = row.text(2),
                  .reason = row.text(3),
                  .attempts = static_cast<int>(row.integer(4)),
                  .deadline = row.time(5),
                  .lease_until = row.time(6),
                  .created_at = row.time(7),
                  .updated_at = row.time(8)};
}

}  // namespace

std::vector<Listed> list(db::Session& session, const Filter& filter, std::string_view before_id, int limit) {
    // Above every UUID as text.
    const std::string_view before = before_id.empty() ? std::string_view("~") : before_id;
    return session.query("ttttiiiii",
                         "SELECT id, type, state, reason, attempts, deadline_at, lease_until, created_at, "
                         "updated_at FROM sagas WHERE id < :before AND (:type = '' OR type = :type) "
                         "AND (:state = '' OR state = :state) ORDER BY id DESC LIMIT :limit",
                         listed_of, before, filter.type, filter.state, limit);
}

std::int64_t count(db::Session& session, const Filter& filter) {
    return session.number(
        "SELECT count(*) FROM sagas WHERE (:type = '' OR type = :type) AND (:state = '' OR state = :state)",
        filter.type, filter.state);
}

Counts counts(db::Session& session, Timestamp now) {
    const auto found = session.query_one(
        "iiii",
        "SELECT COALESCE(sum(CASE WHEN state = 'running' THEN 1 ELSE 0 END), 0), "
        "COALESCE(sum(CASE WHEN state = 'pending' THEN 1 ELSE 0 END), 0), "
        "COALESCE(sum(CASE WHEN state = 'compensating' THEN 1 ELSE 0 END), 0), "
        "COALESCE(sum(CASE WHEN deadline_at < :now THEN 1 ELSE 0 END), 0) FROM sagas",
        [](const db::Row& row) {
            return Counts{.running = row.integer(0),
                          .pending = row.integer(1),
                          .compensating = row.integer(2),
                          .overdue = row.integer(3)};
        },
        now);
    return found.value_or(Counts{});
}

}  // namespace cloudretail::saga
