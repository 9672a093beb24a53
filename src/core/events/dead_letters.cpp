// Dead letters: parking, listing, and handing one to its handler again. Thread rule: the functions run on the
// session they are given; retry is a coroutine on the caller's executor.
#include "bus_impl.hpp"

namespace cloudretail::events {
namespace {

constexpr std::string_view letter_columns = "ittttttiitiitt";
constexpr std::string_view select_one =
    "SELECT id, subscription, source, event_id, type, subject, data, event_at, event_position, traceparent, "
    "attempts, "
    "parked_at, error, audience FROM dead_letters WHERE id = :id";
constexpr std::string_view select_newest =
    "SELECT id, subscription, source, event_id, type, subject, data, event_at, event_position, traceparent, "
    "attempts, "
    "parked_at, error, audience FROM dead_letters WHERE id < :before ORDER BY id DESC LIMIT :limit";

DeadLetter letter_of(const db::Row& row) {
    auto event_id = Uuid::parse(row.text(3));
    CR_ASSERT(event_id.has_value());
    return DeadLetter{.id = row.integer(0),
                      .subscription = row.text(1),
                      .source = row.text(2),
                      .event = Event{.id = *event_id,
                                     .type = row.text(4),
                                     .subject = row.text(5),
                                     .data = row.text(6),
                                     .traceparent = row.maybe_text(9).value_or(std::string()),
                                     .audience = row.text(13),
                                     .at = row.time(7),
                                     .position = row.integer(8)},
                      .error = row.text(12),
                      .attempts = static_cast<int>(row.integer(10)),
                      .parked_at = row.time(11)};
}

void insert(db::Tx& tx, const std::string& subscription, std::string_view source, const Event& event,
            std::string_view error, int attempts) {
    tx->exec(
        "INSERT INTO dead_letters (subscription, source, event_id, type, subject, data, traceparent, "
        "event_at, "
        "event_position, error, attempts, parked_at, audience) VALUES (:subscription, :source, :event_id, "
        ":type, "
        ":subject, :data, "
        ":traceparent, :event_at, :event_position, :error, :attempts, :parked_at, :audience)",
        subscription, source, event.id, event.type, event.subject, event.data, event.traceparent, event.at,
        event.position, error, attempts, tx.now(), event.audience);
}

}  // namespace

void insert_dead_letter(db::Tx& tx, const Subscription& subscription, const Event& event,
                        std::string_view error, int attempts) {
    insert(tx, subscription.name, subscription.source, event, error, attempts);
}

void park(db::Tx& tx, const std::string& subscription, const Event& event, std::string_view error,
          int attempts) {
    insert(tx, subscription, tx.module(), event, error, attempts);
}

std::int64_t unpark(db::Tx& tx, std::string_view subscription, const Uuid& event_id) {
    return tx->exec("DELETE FROM dead_letters WHERE subscription = :subscription AND event_id = :event",
                    subscription, event_id);
}

std::vector<DeadLetter> dead_letters(db::Session& session, int limit, std::int64_t before_id) {
    return session.query(letter_columns, select_newest, letter_of, before_id, limit);
}

std::optional<DeadLetter> discard_dead_letter(db::Tx& tx, std::int64_t id) {
    auto letter = tx->query_one(letter_columns, select_one, letter_of, id);
    // Of two who take it at once, the second finds nothing.
    if (letter && tx->exec("DELETE FROM dead_letters WHERE id = :id", id) != 1) letter.reset();
    return letter;
}

std::int64_t sweep_dead_letters(db::Tx& tx, std::int64_t retention_ms, int limit) {
    // Ids follow time, so looking at the oldest `limit` rows finds what is due without a scan.
    return tx->exec(
        "DELETE FROM dead_letters WHERE id IN (SELECT id FROM ("
        "SELECT id, parked_at FROM dead_letters ORDER BY id LIMIT :limit) AS oldest "
        "WHERE parked_at < :before)",
        limit, tx.now().plus_ms(-retention_ms));
}

Task<Result<>> Bus::retry(db::Database& database, std::int64_t id, RetryNote record) {
    const std::shared_ptr<Impl> impl = impl_;
    db::Database* where = &database;
    auto again = [impl, where, id, record](db::Tx& tx) -> Result<> {
        const auto letter = tx->query_one(letter_columns, select_one, letter_of, id);
        if (!letter) return Error(cloudretail::errors::not_found, "There is no such dead letter.");
        const Subscriber* subscriber = impl->subscriber_of(*where, letter->subscription);
        if (subscriber == nullptr)
            return Error(cloudretail::errors::not_found, "Nobody subscribes to it any more.");
        // Removed first: of two who retry at once, the second finds nothing and has no effect.
        if (!discard_dead_letter(tx, id)) {
            return Error(cloudretail::errors::not_found, "There is no such dead letter.");
        }
        handle(tx, subscriber->subscription, letter->event);
        if (record) record(tx, *letter, true);
        return {};
    };
    std::exception_ptr trouble;
    try {
        Result<> result = co_await where->write(again);
        if (result) ++impl->delivered;
        co_return result;
    } catch (const Unavailable&) {
        throw;
    } catch (...) {
        trouble = std::current_exception();
    }
    ++impl->failures;
    const std::string error = text_of(trouble);
    auto note = [id, error, record](db::Tx& tx) {
        const auto letter = tx->query_one(letter_columns, select_one, letter_of, id);
        if (letter && record) record(tx, *letter, false);
        return tx->exec("UPDATE dead_letters SET attempts = attempts + 1, error = :error WHERE id = :id",
                        error, id);
    };
    co_await where->write(note);
    co_return Error(errors::retry_failed, "The handler failed again; the dead letter stays.");
}

}  // namespace cloudretail::events
