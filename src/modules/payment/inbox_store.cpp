// SQL of the webhook inbox; see inbox_store.hpp.
#include "inbox_store.hpp"

namespace cloudretail::payment::inbox {

bool insert(db::Tx& tx, const Received& event) {
    return tx->exec(
               "INSERT INTO webhook_inbox (provider, event_id, charge, state, next_try_at, received_at) "
               "VALUES (:provider, :event, :charge, 'received', :next, :at) ON CONFLICT (provider, event_id) "
               "DO UPDATE SET state = 'received', attempts = 0, next_try_at = excluded.next_try_at "
               "WHERE webhook_inbox.state = 'dead'",
               event.provider, event.event_id, event.charge, tx.now(), tx.now()) == 1;
}

std::vector<Received> due(db::Session& session, Timestamp now, int limit) {
    return session.query(
        "ttti",
        "SELECT provider, event_id, charge, attempts FROM webhook_inbox WHERE state = 'received' "
        "AND next_try_at <= :now ORDER BY next_try_at LIMIT :limit",
        [](const db::Row& r) {
            return Received{r.text(0), r.text(1), r.text(2), r.integer(3)};
        },
        now, limit);
}

bool begin_attempt(db::Tx& tx, const Received& event, Timestamp next) {
    return tx->exec(
               "UPDATE webhook_inbox SET attempts = attempts + 1, next_try_at = :next WHERE provider = "
               ":provider "
               "AND event_id = :event AND state = 'received' AND attempts = :attempts",
               next, event.provider, event.event_id, event.attempts) == 1;
}

void end_attempt(db::Tx& tx, const Received& event, std::string_view state, std::string_view error) {
    tx->exec(
        "UPDATE webhook_inbox SET state = :state, error = :error WHERE provider = :provider AND event_id = "
        ":event "
        "AND state = 'received'",
        state, error, event.provider, event.event_id);
}

std::int64_t dead(db::Session& session) {
    return session.number("SELECT COUNT(*) FROM webhook_inbox WHERE state = 'dead'");
}

std::int64_t sweep(db::Tx& tx, std::int64_t retention_ms, int limit) {
    return tx->exec(
        "DELETE FROM webhook_inbox WHERE (provider, event_id) IN (SELECT provider, event_id FROM "
        "webhook_inbox "
        "WHERE received_at < :before ORDER BY received_at LIMIT :limit)",
        tx.now().plus_ms(-retention_ms), limit);
}

}  // namespace cloudretail::payment::inbox
