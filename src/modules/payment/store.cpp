// SQL of the payment module; see store.hpp. The gateway's ledger is not touched here.
#include "store.hpp"

#include <algorithm>
#include <db/rows.hpp>
#include <span>

namespace cloudretail::payment::store {

namespace {

constexpr db::Columns columns = "tttiiiiittttiii";
#define PAYMENT_SELECT                                                                        \
    "SELECT id, order_id, payer_id, amount_minor, captured_minor, refunded_minor, "           \
    "lowered_minor, refunding_minor, currency, method, status, reason, version, created_at, " \
    "updated_at FROM payments "
constexpr db::Columns refund_columns = "ttitt";
#define REFUND_SELECT "SELECT id, payment_id, amount_minor, status, reason FROM refunds "

Status read_status(const std::string& text) {
    auto status = status_from_text(text);
    CR_ASSERT(status.has_value());
    return *status;
}

Payment read(const db::Row& r) {
    Payment p;
    p.id = r.id<PaymentId>(0);
    p.order_id = r.id<OrderId>(1);
    p.payer_id = r.id<UserId>(2);
    p.amount = r.money(3);
    p.captured = r.money(4);
    p.refunded = r.money(5);
    p.lowered = r.money(6);
    p.refunding = r.money(7);
    p.currency = r.text(8);
    p.method = r.text(9);
    p.status = read_status(r.text(10));
    p.reason = r.text(11);
    p.version = r.integer(12);
    p.created_at = r.time(13);
    p.updated_at = r.time(14);
    return p;
}

Refund read_refund(const db::Row& r) {
    auto status = refund_status_from_text(r.text(3));
    CR_ASSERT(status.has_value());
    return {r.text(0), r.id<PaymentId>(1), r.money(2), *status, r.text(4)};
}

/// The changes that led to the payments as they are, of those that were written.
void append_changes(db::Tx& tx, std::span<const Payment* const> payments, const std::vector<bool>& written) {
    db::Rows rows("payment_id, version, status, at", "titi");
    for (std::size_t i = 0; i < payments.size(); ++i) {
        const Payment& p = *payments[i];
        if (written[i]) rows.add(p.id, p.version, to_text(p.status), p.updated_at);
    }
    db::insert(tx.session(), "payment_history", rows);
}

template <class Id>
std::vector<db::Bind> binds_of(std::span<const Id> ids) {
    std::vector<db::Bind> binds;
    binds.reserve(ids.size());
    for (const Id& id : ids) binds.emplace_back(id);
    return binds;
}

/// Calls f with at most 256 ids at a time, so that few statement texts exist.
template <class Id, class F>
void in_chunks(const std::vector<Id>& ids, F f) {
    constexpr std::size_t chunk = 256;
    for (std::size_t at = 0; at < ids.size(); at += chunk)
        f(std::span(ids).subspan(at, std::min(chunk, ids.size() - at)));
}

std::string read_id(const db::Row& r) { return r.text(0); }

}  // namespace

std::vector<bool> insert(db::Tx& tx, std::span<const Payment* const> payments) {
    db::Rows rows(
        "id, order_id, payer_id, amount_minor, captured_minor, refunded_minor, currency, method, status, "
        "reason, version, created_at, updated_at",
        "tttiiittttiii");
    for (const Payment* p : payments)
        rows.add(p->id, p->order_id, p->payer_id, p->amount, p->captured, p->refunded, p->currency, p->method,
                 to_text(p->status), p->reason, p->version, p->created_at, p->updated_at);
    auto fresh = db::insert_new(tx.session(), "payments", "(id)", rows);
    append_changes(tx, payments, fresh);
    return fresh;
}

std::vector<bool> update(db::Tx& tx, std::span<const Payment* const> payments) {
    db::Rows rows("id, status, reason, captured, refunded, lowered, refunding, version, at", "tttiiiiii");
    for (const Payment* p : payments)
        rows.add(p->id, to_text(p->status), p->reason, p->captured, p->refunded, p->lowered, p->refunding,
                 p->version, p->updated_at);
    auto changed = db::update(
        tx.session(), "payments",
        "status = {status}, reason = {reason}, captured_minor = {captured}, refunded_minor = {refunded}, "
        "lowered_minor = {lowered}, refunding_minor = {refunding}, version = {version}, updated_at = {at}",
        "id = {id} AND version = {version} - 1", rows);
    append_changes(tx, payments, changed);
    return changed;
}

std::optional<Payment> find(db::Session& session, PaymentId id) {
    return session.query_one(columns, PAYMENT_SELECT "WHERE id = :id", read, id);
}

std::optional<Payment> find_locked(db::Tx& tx, PaymentId id) {
    // SQLite: the one writer is the lock.
    if (tx->dialect() == db::Dialect::sqlite) return find(tx.session(), id);
    return tx->query_one(columns, PAYMENT_SELECT "WHERE id = :id FOR UPDATE", read, id);
}

std::optional<Payment> find_by_order(db::Session& session, OrderId order) {
    return session.query_one(columns, PAYMENT_SELECT "WHERE order_id = :order", read, order);
}

std::vector<Payment> of_orders(db::Session& session, const std::vector<OrderId>& orders) {
    std::vector<Payment> found;
    in_chunks(orders, [&](std::span<const OrderId> some) {
        auto binds = binds_of(some);
        auto part = session.query_in(columns, PAYMENT_SELECT "WHERE order_id IN ({})", binds, read);
        found.insert(found.end(), part.begin(), part.end());
    });
    return found;
}

std::vector<Payment> page(db::Session& session, std::optional<UserId> payer, std::optional<PaymentId> before,
                          std::int64_t offset, int limit) {
    std::string sql = PAYMENT_SELECT "WHERE 1 = 1";
    std::vector<db::Bind> binds;
    if (payer) {
        sql += " AND id IN (SELECT payment_id FROM payment_payers WHERE payer_id = :payer)";
        binds.emplace_back(*payer);
    }
    if (before) {
        sql += " AND id < :before";
        binds.emplace_back(*before);
    }
    sql += " ORDER BY id DESC LIMIT :limit OFFSET :offset";
    binds.emplace_back(limit);
    binds.emplace_back(offset);
    return session.query_with(columns, sql, binds, read);
}

std::int64_t count(db::Session& session, std::optional<UserId> payer) {
    if (!payer) return session.number("SELECT COUNT(*) FROM payments");
    return session.number("SELECT COUNT(*) FROM payment_payers WHERE payer_id = :payer", *payer);
}

std::int64_t unindexed(db::Session& session) {
    return session.number(
        // In order, because PostgreSQL would else look for one by reading the table from its start.
        "SELECT COUNT(*) FROM (SELECT seq FROM payments WHERE seq > (SELECT value FROM payment_counters "
        "WHERE name = 'indexed_seq') ORDER BY seq LIMIT 1) AS tail");
}

std::int64_t index_payers(db::Tx& tx, int limit) {
    struct Reach {
        std::int64_t to, count;
    };
    auto reach = tx->query_one(
        "ii",
        "SELECT COALESCE(MAX(seq), 0), COUNT(*) FROM (SELECT seq FROM payments WHERE seq > (SELECT value "
        "FROM "
        "payment_counters WHERE name = 'indexed_seq') ORDER BY seq LIMIT :limit) AS tail",
        [](const db::Row& r) {
            return Reach{r.integer(0), r.integer(1)};
        },
        limit);
    if (!reach || reach->count == 0) return 0;
    tx->exec(
        "INSERT INTO payment_payers (payer_id, payment_id) SELECT payer_id, id FROM payments WHERE seq > "
        "(SELECT "
        "value FROM payment_counters WHERE name = 'indexed_seq') AND seq <= :to ORDER BY 1, 2 "
        "ON CONFLICT DO NOTHING",
        reach->to);
    tx->exec("UPDATE payment_counters SET value = :to WHERE name = 'indexed_seq'", reach->to);
    return reach->count;
}

bool trials_offered(db::Session& session) {
    return session.number(
               "SELECT COUNT(*) FROM payment_counters WHERE name = 'trials_offered' AND value = 1") > 0;
}

void offer_trials(db::Tx& tx, bool offered) {
    tx->exec(
        "INSERT INTO payment_counters (name, value) VALUES ('trials_offered', :value) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        offered ? 1 : 0);
}

std::vector<OrderId> orders_after(db::Session& session, OrderId after, int limit) {
    return session.query(
        "t", "SELECT order_id FROM payments WHERE order_id > :after ORDER BY order_id LIMIT :limit",
        [](const db::Row& r) { return r.id<OrderId>(0); }, after, limit);
}

std::map<PaymentId, std::vector<Change>> histories(db::Session& session, const std::vector<PaymentId>& ids) {
    struct Of {
        PaymentId id;
        Change change;
    };
    std::map<PaymentId, std::vector<Change>> all;
    in_chunks(ids, [&](std::span<const PaymentId> some) {
        auto binds = binds_of(some);
        auto rows = session.query_in("tti",
                                     "SELECT payment_id, status, at FROM payment_history WHERE payment_id IN "
                                     "({}) ORDER BY payment_id, version",
                                     binds, [](const db::Row& r) {
                                         return Of{r.id<PaymentId>(0), {read_status(r.text(1)), r.time(2)}};
                                     });
        for (const Of& row : rows) all[row.id].push_back(row.change);
    });
    return all;
}

void update_claims(db::Tx& tx, const Payment& p) {
    tx->exec("UPDATE payments SET refunding_minor = :refunding WHERE id = :id", p.refunding, p.id);
}

bool insert_refund(db::Tx& tx, const Refund& refund) {
    std::optional<Timestamp> ended;
    if (refund.status != RefundStatus::begun) ended = tx.now();
    return tx->exec(
               "INSERT INTO refunds (id, payment_id, amount_minor, status, begun_at, ended_at) "
               "VALUES (:id, :payment, :amount, :status, :begun, :ended) ON CONFLICT (id) DO NOTHING",
               refund.id, refund.payment_id, refund.amount, to_text(refund.status), tx.now(), ended) == 1;
}

bool end_refund(db::Tx& tx, const Refund& refund) {
    return tx->exec(
               "UPDATE refunds SET status = :status, reason = :reason, ended_at = :at "
               "WHERE id = :id AND status = 'begun'",
               to_text(refund.status), refund.reason, tx.now(), refund.id) == 1;
}

std::optional<Refund> find_refund(db::Session& session, const std::string& id) {
    return session.query_one(refund_columns, REFUND_SELECT "WHERE id = :id", read_refund, id);
}

std::optional<Refund> refund_under_way(db::Session& session, PaymentId id) {
    return session.query_one(refund_columns,
                             REFUND_SELECT
                             "WHERE payment_id = :payment AND status = 'begun' ORDER BY begun_at, id LIMIT 1",
                             read_refund, id);
}

std::int64_t declined_refunds(db::Session& session, PaymentId id) {
    return session.number("SELECT COUNT(*) FROM refunds WHERE payment_id = :payment AND status = 'declined'",
                          id);
}

DeclinedUndo declined_undo(db::Session& session, PaymentId id, const std::string& first_id) {
    DeclinedUndo declined;
    const std::string pattern = first_id + "%";
    const auto read_one = [&declined](const db::Row& r) {
        ++declined.count;
        declined.last = read_refund(r);
        declined.at = r.time(5);
        return 0;
    };
    session.query("ttitti",
                  "SELECT id, payment_id, amount_minor, status, reason, ended_at FROM refunds WHERE "
                  "payment_id = :payment AND status = 'declined' AND id LIKE :pattern ORDER BY ended_at",
                  read_one, id, pattern);
    return declined;
}

PendingPage pending_after(db::Session& session, std::int64_t after, Timestamp before, int limit) {
    PendingPage page;
    page.reach =
        std::max(after, session.number("SELECT COALESCE(MAX(seq), 0) FROM (SELECT seq, created_at FROM "
                                       "payments WHERE seq > :after ORDER BY seq LIMIT :limit) AS tail "
                                       "WHERE created_at < :before",
                                       after, limit, before));
    if (page.reach == after) return page;
    page.pending = session.query(
        "t",
        "SELECT id FROM payments WHERE seq > :after AND seq <= :reach AND status = 'pending' ORDER BY seq",
        [](const db::Row& r) { return r.id<PaymentId>(0); }, after, page.reach);
    return page;
}

std::vector<OldRefund> old_refunds(db::Session& session, const OldRefund& after, Timestamp before,
                                   int limit) {
    return session.query(
        "itt",
        "SELECT begun_at, id, payment_id FROM refunds WHERE status = 'begun' AND begun_at < :before AND "
        "(begun_at, id) > (:after, :after_id) ORDER BY begun_at, id LIMIT :limit",
        [](const db::Row& r) {
            return OldRefund{r.time(0), r.text(1), r.id<PaymentId>(2)};
        },
        before, after.begun_at, after.id, limit);
}

void give_up(db::Tx& tx, OrderId order) {
    tx->exec("INSERT INTO given_up (order_id, at) VALUES (:order, :at) ON CONFLICT (order_id) DO NOTHING",
             order, tx.now());
}

void forget_given_up(db::Tx& tx, OrderId order) {
    tx->exec("DELETE FROM given_up WHERE order_id = :order", order);
}

std::vector<std::pair<PaymentId, OrderId>> given_up(db::Session& session, OrderId after, int limit) {
    return session.query(
        "tt",
        "SELECT p.id, g.order_id FROM given_up g JOIN payments p ON p.order_id = g.order_id WHERE "
        "g.order_id > :after ORDER BY g.order_id LIMIT :limit",
        [](const db::Row& r) { return std::pair(r.id<PaymentId>(0), r.id<OrderId>(1)); }, after, limit);
}

std::vector<std::string> with_wrong_amounts(db::Session& session) {
    return session.query(
        "t",
        "SELECT id FROM payments WHERE refunded_minor < 0 OR refunding_minor < 0 "
        "OR refunded_minor + refunding_minor > captured_minor "
        "OR lowered_minor < 0 OR lowered_minor > amount_minor "
        "OR (status IN ('pending', 'authorized', 'failed') AND captured_minor <> 0) "
        "OR (status IN ('captured', 'partially_refunded', 'refunded') "
        "AND captured_minor <> amount_minor - lowered_minor) "
        "OR (status = 'captured' AND refunded_minor <> 0) "
        "OR (status = 'partially_refunded' AND (refunded_minor = 0 OR refunded_minor = captured_minor)) "
        "OR (status = 'refunded' AND refunded_minor <> captured_minor) LIMIT 100",
        read_id);
}

std::vector<std::string> with_wrong_history(db::Session& session) {
    return session.query("t",
                         "SELECT p.id FROM payments p LEFT JOIN payment_history h "
                         "ON h.payment_id = p.id AND h.version = p.version "
                         "WHERE h.status IS NULL OR h.status <> p.status "
                         "OR EXISTS (SELECT 1 FROM payment_history n WHERE n.payment_id = p.id "
                         "AND n.version > p.version) LIMIT 100",
                         read_id);
}

std::vector<std::string> with_wrong_refunds(db::Session& session) {
    return session.query("t",
                         "SELECT p.id FROM payments p LEFT JOIN (SELECT payment_id, "
                         "SUM(CASE WHEN status = 'done' THEN amount_minor ELSE 0 END) AS done, "
                         "SUM(CASE WHEN status = 'begun' THEN amount_minor ELSE 0 END) AS begun "
                         "FROM refunds GROUP BY payment_id) r ON r.payment_id = p.id "
                         "WHERE p.refunded_minor + p.lowered_minor <> COALESCE(r.done, 0) "
                         "OR p.refunding_minor <> COALESCE(r.begun, 0) LIMIT 100",
                         read_id);
}

}  // namespace cloudretail::payment::store
