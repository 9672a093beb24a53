// SQL of what becomes of a confirmed order: fulfilments, refunds, the timeline; see store.hpp.
#include <algorithm>
#include <db/rows.hpp>
#include "store.hpp"

namespace cloudretail::order::store {

namespace {

Progress read_progress(const std::string& text) {
    auto progress = progress_from_text(text);
    CR_ASSERT(progress.has_value());
    return *progress;
}

template <class T>
struct Of {
    OrderId order;
    T value;
};

using Held = Of<Fulfilment>;
using Given = Of<Refund>;

struct GivenLine {
    Uuid refund;
    RefundLine line;
};

}  // namespace

void add_after_sale(db::Session& session, const std::vector<OrderId>& ids, std::vector<Order>& orders) {
    const std::vector<db::Bind> binds(ids.begin(), ids.end());
    auto fulfilments = session.query_in(
        "tttttt",
        "SELECT order_id, vendor_id, status, step, step_id, tracking_number FROM fulfilments "
        "WHERE order_id IN ({}) ORDER BY order_id, vendor_id",
        binds, [](const db::Row& r) {
            return Held{r.id<OrderId>(0),
                        {r.id<UserId>(1), read_progress(r.text(2)), r.text(3), r.text(4), r.text(5)}};
        });
    auto refunds = session.query_in(
        "ttttiti",
        "SELECT order_id, id, kind, status, amount_minor, reason, created_at FROM refunds "
        "WHERE order_id IN ({}) ORDER BY order_id, id",
        binds, [](const db::Row& r) {
            return Given{r.id<OrderId>(0),
                         {r.id<Uuid>(1), r.text(2), r.text(3), r.money(4), r.text(5), r.time(6), {}}};
        });
    if (!refunds.empty()) {
        auto lines = session.query_in(
            "ttii",
            "SELECT refund_id, product_id, quantity, restock FROM refund_lines WHERE order_id IN ({}) "
            "ORDER BY order_id, refund_id, product_id",
            binds, [](const db::Row& r) {
                return GivenLine{r.id<Uuid>(0), {r.id<ProductId>(1), r.integer(2), r.flag(3)}};
            });
        for (auto& given : refunds)
            for (const auto& l : lines)
                if (l.refund == given.value.id) given.value.lines.push_back(l.line);
    }
    for (auto& order : orders) {
        for (const auto& held : fulfilments)
            if (held.order == order.id) order.fulfilments.push_back(held.value);
        for (const auto& given : refunds)
            if (given.order == order.id) order.refunds.push_back(given.value);
    }
}

bool take_fulfilments(db::Tx& tx, OrderId id, const std::vector<UserId>& vendors, std::string_view step,
                      const Uuid& saga) {
    for (const auto& vendor : vendors) {
        tx->exec(
            "INSERT INTO fulfilments (order_id, vendor_id, status, updated_at) "
            "VALUES (:order, :vendor, 'pending', :at) ON CONFLICT DO NOTHING",
            id, vendor, tx.now());
        if (tx->exec("UPDATE fulfilments SET step = :step, step_id = :saga, updated_at = :at "
                     "WHERE order_id = :order AND vendor_id = :vendor AND status = 'pending' AND step = ''",
                     step, saga, tx.now(), id, vendor) != 1)
            return false;
    }
    return true;
}

void give_up_fulfilments(db::Tx& tx, OrderId id, const Uuid& saga) {
    tx->exec(
        "UPDATE fulfilments SET step = '', step_id = '', updated_at = :at "
        "WHERE order_id = :order AND step_id = :saga AND step <> ''",
        tx.now(), id, saga);
}

void finish_fulfilments(db::Tx& tx, OrderId id, const Uuid& saga, Progress to) {
    tx->exec(
        "UPDATE fulfilments SET status = :status, step = '', updated_at = :at "
        "WHERE order_id = :order AND step_id = :saga AND step <> ''",
        to_text(to), tx.now(), id, saga);
}

void set_tracking(db::Tx& tx, OrderId id, const Uuid& saga, std::string_view tracking_number) {
    tx->exec("UPDATE fulfilments SET tracking_number = :tracking WHERE order_id = :order AND step_id = :saga",
             tracking_number, id, saga);
}

bool deliver(db::Tx& tx, OrderId id, const std::vector<UserId>& vendors, std::string_view tracking_number) {
    for (const auto& vendor : vendors)
        if (tx->exec("UPDATE fulfilments SET status = 'delivered', updated_at = :at, "
                     "tracking_number = COALESCE(NULLIF(:tracking, ''), tracking_number) "
                     "WHERE order_id = :order AND vendor_id = :vendor AND status = 'shipped' AND step = ''",
                     tx.now(), tracking_number, id, vendor) != 1)
            return false;
    return true;
}

void advance(db::Tx& tx, OrderId id, Status status, std::string_view payment_status) {
    tx->exec(
        "UPDATE orders SET status = :status, payment_status = :pstatus, updated_at = :at, "
        "version = version + 1 WHERE id = :id",
        to_text(status), payment_status, tx.now(), id);
}

void set_reason(db::Tx& tx, OrderId id, std::string_view reason) {
    tx->exec("UPDATE orders SET reason = :reason WHERE id = :id", reason, id);
}

void insert_refund(db::Tx& tx, OrderId id, const Refund& refund) {
    tx->exec(
        "INSERT INTO refunds (order_id, id, kind, status, amount_minor, reason, created_at, updated_at) "
        "VALUES (:order, :id, :kind, :status, :amount, :reason, :at, :upd)",
        id, refund.id, refund.kind, refund.status, refund.amount, refund.reason, tx.now(), tx.now());
    for (const auto& line : refund.lines)
        tx->exec(
            "INSERT INTO refund_lines (order_id, refund_id, product_id, quantity, restock) "
            "VALUES (:order, :refund, :product, :quantity, :restock)",
            id, refund.id, line.product_id, line.quantity, line.restock);
}

void end_refund(db::Tx& tx, OrderId id, const Uuid& refund, bool done) {
    tx->exec(
        "UPDATE refunds SET status = :status, updated_at = :at "
        "WHERE order_id = :order AND id = :id AND status = 'pending'",
        done ? "done" : "failed", tx.now(), id, refund);
}

void add_timeline(db::Tx& tx, std::string_view source, std::span<const Noted> items) {
    db::Rows rows("order_id, at, source, position, type, data", "tititt");
    for (const auto& [order, position, item] : items)
        rows.add(order, item.at, source, position, std::string_view(item.type), std::string_view(item.data));
    db::insert_new(tx.session(), "timeline", "", rows);
}

std::vector<TimelineItem> timeline(db::Session& session, OrderId id) {
    // Within one millisecond, what happened to the payment came before what the order made of it.
    return session.query(
        "tit",
        "SELECT type, at, data FROM timeline WHERE order_id = :order ORDER BY at, source DESC, position",
        [](const db::Row& r) {
            return TimelineItem{r.text(0), r.time(1), r.text(2)};
        },
        id);
}

}  // namespace cloudretail::order::store
