// SQL of the order module; see store.hpp.
#include "store.hpp"

#include <algorithm>
#include <db/rows.hpp>
#include <unordered_map>

namespace cloudretail::order::store {

namespace {

constexpr std::string_view order_columns =
    "o.id, o.number, o.customer_id, o.status, o.reason, o.total_minor, o.currency, o.shipping_address, "
    "o.payment_id, o.payment_method, o.payment_status, o.version, o.created_at, o.updated_at, o.cancelling, "
    "o.cancel_note";
constexpr db::Columns order_types = "tttttitttttiiiit";

Status read_status(const std::string& text) {
    auto status = status_from_text(text);
    CR_ASSERT(status.has_value());
    return *status;
}

Order read_order(const db::Row& r) {
    Order o;
    o.id = r.id<OrderId>(0);
    o.number = r.text(1);
    o.customer_id = r.id<UserId>(2);
    o.status = read_status(r.text(3));
    o.reason = r.maybe_text(4).value_or("");
    o.total = r.money(5);
    o.currency = r.text(6);
    o.shipping_address = r.text(7);
    o.payment_id = r.id<PaymentId>(8);
    o.payment_method = r.text(9);
    o.payment_status = r.text(10);
    o.version = r.integer(11);
    o.created_at = r.time(12);
    o.updated_at = r.time(13);
    o.cancelling = r.flag(14);
    o.cancel_note = r.text(15);
    return o;
}

std::vector<db::Bind> as_binds(const std::vector<OrderId>& ids) {
    std::vector<db::Bind> binds;
    binds.reserve(ids.size());
    for (const auto& id : ids) binds.emplace_back(id);
    return binds;
}

}  // namespace

void insert(db::Tx& tx, std::span<const Order* const> orders) {
    db::Rows rows(
        "id, number, customer_id, status, total_minor, currency, shipping_address, payment_id, "
        "payment_method, payment_status, created_at, updated_at",
        "ttttitttttii");
    db::Rows lines("order_id, line, product_id, vendor_id, name, unit_price_minor, quantity", "titttii");
    for (const Order* o : orders) {
        rows.add(o->id, o->number, o->customer_id, to_text(o->status), o->total, o->currency,
                 o->shipping_address, o->payment_id, o->payment_method, o->payment_status, o->created_at,
                 o->updated_at);
        std::int64_t number = 0;
        for (const auto& line : o->lines)
            lines.add(o->id, ++number, line.product_id, line.vendor_id, line.name, line.unit_price,
                      line.quantity);
    }
    db::insert(tx.session(), "orders", rows);
    db::insert(tx.session(), "order_lines", lines);
}

std::vector<Order> find_many(db::Session& session, const std::vector<OrderId>& ids) {
    auto binds = as_binds(ids);
    auto orders = session.query_in(
        order_types, "SELECT " + std::string(order_columns) + " FROM orders o WHERE o.id IN ({})", binds,
        read_order);
    std::unordered_map<OrderId, Order> by_id;
    for (auto& o : orders) by_id.emplace(o.id, std::move(o));
    struct LineOf {
        OrderId order;
        OrderLine line;
    };
    auto lines = session.query_in(
        "ttttii",
        "SELECT order_id, product_id, vendor_id, name, unit_price_minor, quantity FROM order_lines "
        "WHERE order_id IN ({}) ORDER BY order_id, line",
        binds, [](const db::Row& r) {
            return LineOf{r.id<OrderId>(0), OrderLine{r.id<ProductId>(1), r.id<UserId>(2), r.text(3),
                                                      r.money(4), r.integer(5)}};
        });
    for (auto& l : lines)
        if (auto at = by_id.find(l.order); at != by_id.end()) at->second.lines.push_back(std::move(l.line));
    std::vector<Order> out;
    for (const auto& id : ids)
        if (auto at = by_id.find(id); at != by_id.end())
            out.push_back(std::move(at->second)), by_id.erase(at);
    add_after_sale(session, ids, out);
    return out;
}

std::optional<Order> find(db::Session& session, OrderId id) {
    auto found = find_many(session, {id});
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

std::vector<bool> confirm(db::Tx& tx, std::span<const Confirmation> confirmations) {
    db::Rows rows("id, pstatus, at", "tti");
    for (const Confirmation& c : confirmations) rows.add(c.id, c.payment_status, c.updated_at);
    return db::update(
        tx.session(), "orders",
        "status = 'confirmed', "
        "payment_status = CASE payment_status WHEN 'pending' THEN {pstatus} ELSE payment_status END, "
        "updated_at = COALESCE(CAST({at} AS BIGINT), updated_at), version = version + 1",
        "id = {id} AND status = 'pending'", rows);
}

bool fail(db::Tx& tx, OrderId id, std::string_view reason, std::string_view payment_status) {
    return tx->exec(
               "UPDATE orders SET status = 'failed', reason = :reason, payment_status = :pstatus, updated_at "
               "= :at, "
               "version = version + 1 WHERE id = :id AND status = 'pending'",
               reason, payment_status, tx.now(), id) == 1;
}

std::optional<Order> hold(db::Tx& tx, OrderId id) {
    // Changes nothing; on PostgreSQL it locks the row, so that what is read next is what counts.
    if (tx->exec("UPDATE orders SET version = version WHERE id = :id", id) != 1) return std::nullopt;
    return find(tx.session(), id);
}

bool begin_cancel(db::Tx& tx, OrderId id, std::string_view note) {
    return tx->exec(
               "UPDATE orders SET cancelling = 1, cancel_note = :note, version = version + 1, "
               "updated_at = :at WHERE id = :id AND status = 'confirmed' AND cancelling = 0",
               note, tx.now(), id) == 1;
}

void end_cancel(db::Tx& tx, OrderId id, bool cancelled, std::string_view reason,
                std::string_view payment_status) {
    if (cancelled)
        tx->exec(
            "UPDATE orders SET status = 'cancelled', cancelling = 0, reason = :reason, payment_status = "
            ":pstatus, "
            "updated_at = :at, version = version + 1 WHERE id = :id AND cancelling = 1",
            reason, payment_status, tx.now(), id);
    else
        tx->exec("UPDATE orders SET cancelling = 0, updated_at = :at, version = version + 1 WHERE id = :id",
                 tx.now(), id);
}

Page list(db::Session& session, const std::optional<UserId>& party, const ListFilter& filter,
          const std::optional<OrderId>& before, std::int64_t offset, int limit) {
    std::string from_where;
    std::vector<db::Bind> binds;
    if (party) {
        // What is still pending or failed is its customer's alone.
        from_where =
            " FROM order_parties p JOIN orders o ON o.id = p.order_id WHERE p.party_id = :party"
            " AND (o.customer_id = :customer OR o.status NOT IN ('pending', 'failed'))";
        binds.emplace_back(*party);
        binds.emplace_back(*party);
    } else {
        from_where = " FROM orders o WHERE 1 = 1";
    }
    const char* id_column = party ? "p.order_id" : "o.id";
    if (filter.status) {
        from_where += " AND o.status = :status";
        binds.emplace_back(to_text(*filter.status));
    } else {
        from_where += " AND o.status <> 'failed'";
    }
    if (filter.from) {
        from_where += " AND o.created_at >= :from";
        binds.emplace_back(*filter.from);
    }
    if (filter.to) {
        from_where += " AND o.created_at < :to";
        binds.emplace_back(*filter.to);
    }
    Page page;
    auto counts = session.query_with("i", "SELECT COUNT(*)" + from_where, binds,
                                     [](const db::Row& r) { return r.integer(0); });
    page.total = counts.empty() ? 0 : counts.front();
    if (before) {
        from_where += std::string(" AND ") + id_column + " < :before";
        binds.emplace_back(*before);
    }
    binds.emplace_back(limit);
    binds.emplace_back(offset);
    page.ids = session.query_with("t",
                                  std::string("SELECT ") + id_column + from_where + " ORDER BY " + id_column +
                                      " DESC LIMIT :limit OFFSET :offset",
                                  binds, [](const db::Row& r) { return r.id<OrderId>(0); });
    return page;
}

std::int64_t unindexed(db::Session& session) {
    return session.number(
        // In order, because PostgreSQL would else look for one by reading the table from its start.
        "SELECT COUNT(*) FROM (SELECT seq FROM orders WHERE seq > (SELECT value FROM order_counters "
        "WHERE name = 'indexed_seq') ORDER BY seq LIMIT 1) AS tail");
}

std::int64_t index_parties(db::Tx& tx, int limit) {
    struct Reach {
        std::int64_t to, count;
    };
    auto reach = tx->query_one(
        "ii",
        "SELECT COALESCE(MAX(seq), 0), COUNT(*) FROM (SELECT seq FROM orders WHERE seq > (SELECT value FROM "
        "order_counters WHERE name = 'indexed_seq') ORDER BY seq LIMIT :limit) AS tail",
        [](const db::Row& r) {
            return Reach{r.integer(0), r.integer(1)};
        },
        limit);
    if (!reach || reach->count == 0) return 0;
    // CROSS, because SQLite's planner may else begin with all lines there are.
    tx->exec(
        "INSERT INTO order_parties (party_id, order_id) "
        "SELECT customer_id, id FROM orders WHERE seq > (SELECT value FROM order_counters WHERE name = "
        "'indexed_seq') "
        "AND seq <= :to UNION SELECT l.vendor_id, l.order_id FROM orders o CROSS JOIN order_lines l "
        "WHERE l.order_id = o.id AND "
        "o.seq > (SELECT value FROM order_counters WHERE name = 'indexed_seq') AND o.seq <= :upto "
        "ORDER BY 1, 2 ON CONFLICT DO NOTHING",
        reach->to, reach->to);
    tx->exec("UPDATE order_counters SET value = :to WHERE name = 'indexed_seq'", reach->to);
    return reach->count;
}

std::int64_t take_numbers(db::Tx& tx, std::int64_t count) {
    tx->exec("UPDATE order_counters SET value = value + :n WHERE name = 'next_number'", count);
    return tx->number("SELECT value FROM order_counters WHERE name = 'next_number'") - count;
}

std::vector<OrderId> ids_after(db::Session& session, OrderId after, int limit) {
    return session.query(
        "t", "SELECT id FROM orders WHERE id > :after ORDER BY id LIMIT :limit",
        [](const db::Row& r) { return r.id<OrderId>(0); }, after, limit);
}

std::vector<Uuid> open_sagas(db::Session& session, const std::vector<Uuid>& ids) {
    const std::vector<db::Bind> binds(ids.begin(), ids.end());
    return session.query_in("t", "SELECT id FROM sagas WHERE id IN ({})", binds,
                            [](const db::Row& r) { return r.id<Uuid>(0); });
}

std::vector<std::string> overdue_sagas(db::Session& session, Timestamp now, std::int64_t grace_ms) {
    return session.query(
        "t", "SELECT id FROM sagas WHERE deadline_at < :limit ORDER BY id LIMIT 1000",
        [](const db::Row& r) { return r.text(0); }, now.plus_ms(-grace_ms));
}

}  // namespace cloudretail::order::store
