// SQL of messages, deliveries and tries; see delivery_store.hpp.
#include "delivery_store.hpp"

namespace cloudretail::webhook::store {

namespace {

constexpr int attempts_kept = 50;  // of one delivery
constexpr std::string_view columns =
    "id, webhook_id, message_id, type, state, attempts, tries, round_at, next_at, created_at, error, "
    "ended_at";
constexpr db::Columns kinds = "tttttiiiiiti";
/// Where nothing may be sent: whatever was due there is over.
constexpr std::string_view closed =
    "(w.active = 0 OR w.owner_active = 0 OR w.owner_role = 'customer' OR w.deleted_at IS NOT NULL)";

Delivery read(const db::Row& r) {
    Delivery d;
    d.id = r.id<DeliveryId>(0);
    d.webhook_id = r.id<WebhookId>(1);
    d.message_id = r.text(2);
    d.type = r.text(3);
    const auto state = state_from_text(r.text(4));
    CR_ASSERT(state);  // the table checks it
    d.state = *state;
    d.attempts = static_cast<int>(r.integer(5));
    d.tries = static_cast<int>(r.integer(6));
    d.round_at = r.time(7);
    d.next_at = r.time(8);
    d.created_at = r.time(9);
    d.error = r.text(10);
    d.ended_at = r.maybe_time(11);
    return d;
}

std::string select(std::string_view rest) {
    return "SELECT " + std::string(columns) + " FROM deliveries WHERE " + std::string(rest);
}

struct Question {
    std::string where = "1 = 1";
    std::vector<db::Bind> binds{};
    void add(std::string_view condition, db::Bind bind) {
        (where += " AND ") += condition;
        binds.push_back(std::move(bind));
    }
};

Question asked(const Filter& filter) {
    Question q;
    if (filter.webhook) q.add("webhook_id = :webhook", *filter.webhook);
    // Spelled out, so that the indexes of one state alone are found.
    if (filter.state) q.where += " AND state = '" + std::string(to_text(*filter.state)) + "'";
    return q;
}

void add_attempts(db::Session& session, std::vector<Delivery>& deliveries, int latest) {
    for (Delivery& delivery : deliveries)
        delivery.latest = session.query(
            "iiiitt",
            "SELECT number, at, duration_ms, status, error, response FROM attempts WHERE delivery_id = :id "
            "ORDER BY number DESC LIMIT :limit",
            [](const db::Row& r) {
                return Attempt{static_cast<int>(r.integer(0)), r.time(1), r.integer(2),
                               static_cast<int>(r.integer(3)), r.text(4), r.text(5)};
            },
            delivery.id, latest);
}

rules::Candidate candidate(const db::Row& r) { return {r.id<DeliveryId>(0), r.id<WebhookId>(1), r.flag(2)}; }

/// Up to `of_each` of each endpoint; an index look-up per endpoint, however much waits there.
constexpr std::string_view due_on_sqlite =
    "SELECT d.id, w.id, CASE WHEN w.failures >= :trial THEN 1 ELSE 0 END FROM webhooks w CROSS JOIN "
    "deliveries d ON d.id IN (SELECT x.id FROM deliveries x WHERE x.webhook_id = w.id AND x.state = "
    "'pending' AND x.next_at <= :now AND (x.lease_until <= :now OR x.lease_owner <> :owner) ORDER BY "
    "x.next_at, x.id "
    "LIMIT :each) WHERE w.id > :after AND w.active = 1 AND w.owner_active = 1 AND w.owner_role <> 'customer' "
    "AND w.deleted_at IS NULL AND w.held_until <= :now ORDER BY w.id, d.next_at, d.id LIMIT :limit";
constexpr std::string_view due_on_postgresql =
    "SELECT d.id, w.id, CASE WHEN w.failures >= :trial THEN 1 ELSE 0 END FROM webhooks w CROSS JOIN LATERAL "
    "(SELECT x.id, x.next_at FROM deliveries x WHERE x.webhook_id = w.id AND x.state = 'pending' AND "
    "x.next_at <= :now AND x.lease_until <= :now ORDER BY x.next_at, x.id LIMIT :each) d WHERE w.id > :after "
    "AND w.active = 1 AND w.owner_active = 1 AND w.owner_role <> 'customer' AND w.deleted_at IS NULL AND "
    "w.held_until <= :now ORDER BY w.id, d.next_at, d.id LIMIT :limit";

std::vector<rules::Candidate> due_behind(db::Session& session, const DueQuestion& q, WebhookId after,
                                         Timestamp now) {
    if (session.dialect() == db::Dialect::sqlite)
        return session.query("tti", due_on_sqlite, candidate, q.on_trial, now, q.owner, q.of_each, after,
                             q.limit);
    return session.query("tti", due_on_postgresql, candidate, q.on_trial, now, q.of_each, after, q.limit);
}

}  // namespace

void add_message(db::Tx& tx, const Message& m) {
    tx->exec(
        "INSERT INTO messages (id, form, type, body, traceparent, at) VALUES (:id, :form, :type, :body, "
        ":traceparent, :at) ON CONFLICT (id, form) DO NOTHING",
        m.id, m.form, m.type, m.body, m.traceparent, m.at);
}

DeliveryId add_delivery(db::Tx& tx, WebhookId webhook, const Message& message) {
    const DeliveryId id = DeliveryId::make();
    tx->exec(
        "INSERT INTO deliveries (id, webhook_id, message_id, message_form, type, state, round_at, next_at, "
        "created_at) VALUES (:id, :webhook, :message, :form, :type, 'pending', :now, :now, :now) ON CONFLICT "
        "(message_id, webhook_id) DO NOTHING",
        id, webhook, message.id, message.form, message.type, tx.now());
    return id;
}

std::vector<rules::Candidate> due(db::Session& session, const DueQuestion& q, Timestamp now) {
    auto found = due_behind(session, q, q.after, now);
    if (q.after == WebhookId{} || found.size() >= static_cast<std::size_t>(q.limit)) return found;
    for (auto& one : due_behind(session, q, WebhookId{}, now)) {
        if (q.after < one.webhook) break;
        found.push_back(one);
    }
    return found;
}

std::optional<Due> take(db::Tx& tx, DeliveryId id, std::string_view owner, Timestamp until) {
    std::int64_t taken = 0;
    if (tx->dialect() == db::Dialect::sqlite)
        taken = tx->exec(
            "UPDATE deliveries SET lease_owner = :owner, lease_until = :until WHERE id = :id AND state = "
            "'pending' AND next_at <= :now AND (lease_until <= :now OR lease_owner <> :owner)",
            owner, until, id, tx.now());
    else
        taken = tx->exec(
            "UPDATE deliveries SET lease_owner = :owner, lease_until = :until WHERE id IN (SELECT id FROM "
            "deliveries WHERE id = :id AND state = 'pending' AND next_at <= :now AND lease_until <= :now FOR "
            "UPDATE SKIP LOCKED)",
            owner, until, id, tx.now());
    if (taken != 1) return std::nullopt;
    static const std::string one = select("id = :id");
    Due due;
    due.delivery = tx->query_one(kinds, one, read, id).value();
    const auto filled = tx->query_one(
        "ttt",
        "SELECT w.url, m.body, m.traceparent FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id JOIN "
        "messages m ON m.id = d.message_id AND m.form = d.message_form WHERE d.id = :id",
        [&due](const db::Row& r) {
            due.url = r.text(0);
            due.body = r.text(1);
            due.traceparent = r.text(2);
            return true;
        },
        id);
    if (!filled) return std::nullopt;
    return due;
}

void give_back(db::Tx& tx, DeliveryId id, std::string_view owner) {
    tx->exec("UPDATE deliveries SET lease_until = 0 WHERE id = :id AND lease_owner = :owner", id, owner);
}

bool settle(db::Tx& tx, DeliveryId id, std::string_view owner, const Settlement& s) {
    std::optional<Timestamp> ended_at;
    if (s.state != State::pending) ended_at = tx.now();
    const auto settled = tx->exec(
        "UPDATE deliveries SET state = :state, attempts = :number, tries = tries + 1, next_at = :next, "
        "lease_until = 0, error = :error, ended_at = :ended WHERE id = :id AND lease_owner = :owner AND "
        "lease_until > 0 AND state = 'pending'",
        to_text(s.state), s.attempt.number, s.next_at, s.attempt.error, ended_at, id, owner);
    if (settled != 1) return false;
    tx->exec(
        "INSERT INTO attempts (delivery_id, number, at, duration_ms, status, error, response) VALUES (:id, "
        ":number, :at, :duration, :status, :error, :response)",
        id, s.attempt.number, s.attempt.at, s.attempt.duration_ms, s.attempt.status, s.attempt.error,
        s.attempt.response);
    if (s.attempt.number > attempts_kept)
        tx->exec("DELETE FROM attempts WHERE delivery_id = :id AND number <= :last", id,
                 s.attempt.number - attempts_kept);
    return true;
}

std::optional<Delivery> find(db::Session& session, WebhookId webhook, DeliveryId id) {
    static const std::string sql = select("id = :id AND webhook_id = :webhook");
    return session.query_one(kinds, sql, read, id, webhook);
}

std::optional<Delivery> pending_of(db::Session& session, WebhookId webhook, std::string_view type) {
    static const std::string sql =
        select("webhook_id = :webhook AND state = 'pending' AND type = :type ORDER BY next_at LIMIT 1");
    return session.query_one(kinds, sql, read, webhook, type);
}

void send_again(db::Tx& tx, DeliveryId id) {
    tx->exec(
        "UPDATE deliveries SET state = 'pending', tries = 0, round_at = :now, next_at = :now, error = '', "
        "ended_at = NULL WHERE id = :id AND lease_until <= :now",
        tx.now(), id);
}

std::vector<Delivery> list(db::Session& session, const Filter& filter, std::optional<DeliveryId> before,
                           std::int64_t offset, int limit, int attempts) {
    Question q = asked(filter);
    if (before) q.add("id < :before", *before);
    q.binds.emplace_back(limit);
    q.binds.emplace_back(offset);
    const std::string sql = select(q.where + " ORDER BY id DESC LIMIT :limit OFFSET :offset");
    auto found = session.query_with(kinds, sql, q.binds, read);
    add_attempts(session, found, attempts);
    return found;
}

std::int64_t count(db::Session& session, const Filter& filter) {
    const Question q = asked(filter);
    const auto rows = session.query_with("i", "SELECT COUNT(*) FROM deliveries WHERE " + q.where, q.binds,
                                         [](const db::Row& r) { return r.integer(0); });
    return rows.empty() ? 0 : rows.front();
}

std::int64_t bury(db::Tx& tx, int limit) {
    static const std::string sql =
        "UPDATE deliveries SET state = 'dead', error = 'the webhook is switched off', ended_at = :now WHERE "
        "id "
        "IN (SELECT d.id FROM webhooks w CROSS JOIN deliveries d WHERE d.webhook_id = w.id AND d.state = "
        "'pending' AND " +
        std::string(closed) + " AND d.lease_until <= :now LIMIT :limit";
    static const std::string locking = sql + " FOR UPDATE OF d SKIP LOCKED)", plain = sql + ")";
    return tx->exec(tx->dialect() == db::Dialect::sqlite ? plain : locking, tx.now(), limit);
}

std::int64_t forget(db::Tx& tx, int limit) {
    const auto ids = tx->query(
        "t",
        "SELECT d.id FROM webhooks w CROSS JOIN deliveries d WHERE d.webhook_id = w.id AND w.deleted_at "
        "IS NOT NULL ORDER BY w.id, d.id LIMIT :limit",
        [](const db::Row& r) { return r.id<DeliveryId>(0); }, limit);
    for (const DeliveryId& id : ids) {
        tx->exec("DELETE FROM attempts WHERE delivery_id = :id", id);
        tx->exec("DELETE FROM deliveries WHERE id = :id", id);
    }
    tx->exec(
        "DELETE FROM webhooks WHERE deleted_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE "
        "d.webhook_id = webhooks.id)");
    return static_cast<std::int64_t>(ids.size());
}

std::int64_t sweep_deliveries(db::Tx& tx, std::int64_t retention_ms, int limit) {
    const auto ids = tx->query(
        "t", "SELECT id FROM deliveries WHERE ended_at < :before ORDER BY ended_at LIMIT :limit",
        [](const db::Row& r) { return r.id<DeliveryId>(0); }, tx.now().plus_ms(-retention_ms), limit);
    for (const DeliveryId& id : ids) {
        tx->exec("DELETE FROM attempts WHERE delivery_id = :id", id);
        tx->exec("DELETE FROM deliveries WHERE id = :id AND ended_at IS NOT NULL", id);
    }
    return static_cast<std::int64_t>(ids.size());
}

std::int64_t sweep_messages(db::Tx& tx, std::int64_t retention_ms, int limit) {
    return tx->exec(
        "DELETE FROM messages WHERE (id, form) IN (SELECT m.id, m.form FROM messages m WHERE m.at < :before "
        "AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = m.id) ORDER BY m.at LIMIT :limit)",
        tx.now().plus_ms(-retention_ms), limit);
}

DeliveryCounts delivery_counts(db::Session& session) {
    DeliveryCounts counts;
    counts.pending = session.number("SELECT COUNT(*) FROM deliveries WHERE state = 'pending'");
    counts.dead = session.number("SELECT COUNT(*) FROM deliveries WHERE state = 'dead'");
    return counts;
}

std::vector<Fault> faults(db::Session& session, int limit) {
    std::vector<Fault> found;
    const auto look = [&](const char* rule, std::string_view sql) {
        for (auto& id : session.query(
                 "t", sql, [](const db::Row& r) { return r.text(0); }, limit))
            found.push_back({rule, std::move(id)});
    };
    look(
        "a delivery has its webhook and its message",
        "SELECT d.id FROM deliveries d WHERE NOT EXISTS (SELECT 1 FROM webhooks w WHERE w.id = d.webhook_id) "
        "OR NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = d.message_id AND m.form = d.message_form) "
        "LIMIT :limit");
    look("a delivery has ended if and only if it is not pending",
         "SELECT id FROM deliveries WHERE (state = 'pending') = (ended_at IS NOT NULL) LIMIT :limit");
    look("every webhook has one secret without an end",
         "SELECT w.id FROM webhooks w WHERE w.deleted_at IS NULL AND (SELECT COUNT(*) FROM secrets s WHERE "
         "s.webhook_id = w.id AND s.expires_at IS NULL) <> 1 LIMIT :limit");
    return found;
}

}  // namespace cloudretail::webhook::store
