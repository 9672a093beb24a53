// The order module's invariants; see checks.hpp.
#include "checks.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include "rules.hpp"
#include "store.hpp"

namespace cloudretail::order {

namespace {

constexpr int chunk = 500;
constexpr std::int64_t overdue_grace_ms = 60'000;
constexpr int looks = 3;
constexpr std::int64_t look_again_ms = 300;

using Found = std::map<OrderId, std::vector<app::Violation>>;

/// An order with which of its processes are open.
struct Row {
    Order order;
    std::set<Uuid> open;
    [[nodiscard]] bool is_open(const Uuid& saga) const { return open.contains(saga); }
};

std::vector<Uuid> processes_of(const Order& order) {
    std::vector<Uuid> ids{order.id.uuid, order.payment_id.uuid};
    for (const auto& f : order.fulfilments)
        if (auto saga = Uuid::parse(f.step_id); saga && !f.step.empty()) ids.push_back(*saga);
    for (const auto& r : order.refunds)
        if (r.status == "pending") ids.push_back(r.id);
    return ids;
}

std::vector<Row> load_rows(db::Session& session, const std::vector<OrderId>& ids) {
    std::vector<Row> rows;
    std::vector<Uuid> sagas;
    for (auto& order : store::find_many(session, ids)) {
        auto processes = processes_of(order);
        sagas.insert(sagas.end(), processes.begin(), processes.end());
        rows.push_back({std::move(order), {}});
    }
    auto found = store::open_sagas(session, sagas);
    const std::set<Uuid> open(found.begin(), found.end());
    for (auto& row : rows)
        for (const auto& id : processes_of(row.order))
            if (open.contains(id)) row.open.insert(id);
    return rows;
}

using Say = std::function<void(std::string)>;
struct Goods {
    std::map<ProductId, std::int64_t> reserved, shipped;
};

/// Steps under way are driven by somebody.
void judge_processes(const Row& row, const Say& say) {
    const auto& order = row.order;
    if (order.status == Status::pending && !row.is_open(order.id.uuid))
        say("a pending order has an open saga");
    if (order.cancelling && !row.is_open(order.id.uuid)) say("an order being cancelled has an open saga");
    for (const auto& f : order.fulfilments) {
        auto saga = Uuid::parse(f.step_id);
        if (!f.step.empty() && !(saga && row.is_open(*saga))) say("a fulfilment's step has an open saga");
    }
    for (const auto& r : order.refunds)
        if (r.status == "pending" && !row.is_open(r.id)) say("a refund under way has an open saga");
    if (order.status == Status::delivered && order.payment_method == "cash_on_delivery" &&
        order.payment_status == payment::to_text(payment::Status::authorized) &&
        !row.is_open(order.payment_id.uuid))
        say("a delivered order is paid");
}

/// What is to be shipped is reserved, what was shipped has left, and nothing else.
void judge_stock(const Order& order, Goods goods, const Say& say) {
    const auto all = rules::fulfilments(order);
    for (const auto& line : order.lines) {
        auto f = std::find_if(all.begin(), all.end(),
                              [&](const Fulfilment& x) { return x.vendor_id == line.vendor_id; });
        const bool to_ship = rules::is_sold(order.status) && f->status == Progress::pending;
        const bool gone = f->status == Progress::shipped || f->status == Progress::delivered;
        const std::int64_t held = goods.reserved[line.product_id];
        if (to_ship && held != line.quantity) say("a line that is not shipped holds its reservation");
        if (!to_ship && held != 0) say("a line that was shipped or cancelled holds no reservation");
        if (goods.shipped[line.product_id] != (gone ? line.quantity : 0))
            say("exactly the lines that were shipped have left the stock");
    }
}

void judge_money(const Order& order, const payment::Summary* paid, const Say& say) {
    using payment::Status;
    if (!rules::is_sold(order.status)) {
        if (paid && paid->amount != paid->refunded &&
            (paid->status == Status::captured || paid->status == Status::authorized ||
             paid->status == Status::pending))
            say("a failed or cancelled order has no open payment");
        return;
    }
    Money given_back;
    for (const auto& r : order.refunds)
        if (r.status == "done") given_back = given_back + r.amount;
    if (!paid)
        say("a confirmed order has a payment");
    else if (paid->status == Status::pending || (paid->status == Status::failed && given_back != order.total))
        say("a confirmed order is paid or authorized");
    else if (paid->amount - paid->refunded != order.total - given_back)
        say("captured less refunded is the total less the refunds");
}

void judge(const Row& row, const Goods& goods, const payment::Summary* paid, Found& found) {
    const auto& order = row.order;
    Say say = [&](std::string rule) {
        found[order.id].push_back({std::move(rule), "order " + order.id.to_string()});
    };
    if (order.total != rules::total(order.lines)) say("an order's total is the sum of its lines");
    if (rules::is_sold(order.status) && order.status != rules::status_of(rules::fulfilments(order)))
        say("an order's status follows its fulfilments");
    judge_processes(row, say);
    if (!row.open.empty() || order.status == Status::pending) return;
    judge_stock(order, goods, say);
    judge_money(order, paid, say);
}

Task<void> judge_rows(std::vector<Row> rows, inventory::Stock& stock, payment::Payments& payments,
                      Found& found) {
    std::vector<OrderId> ids;
    for (const auto& row : rows) ids.push_back(row.order.id);
    auto reserved = co_await stock.reserved(ids);
    auto shipped = co_await stock.shipped(ids);
    auto paid = co_await payments.find(ids);
    std::map<OrderId, Goods> goods;
    for (const auto& line : reserved) goods[line.order_id].reserved[line.product_id] += line.quantity;
    for (const auto& line : shipped) goods[line.order_id].shipped[line.product_id] += line.quantity;
    std::map<OrderId, const payment::Summary*> payment_of;
    for (const auto& p : paid) {
        if (!payment_of.emplace(p.order_id, &p).second)
            found[p.order_id].push_back({"an order has one payment", "order " + p.order_id.to_string()});
    }
    for (const auto& row : rows) {
        auto p = payment_of.find(row.order.id);
        judge(row, goods[row.order.id], p == payment_of.end() ? nullptr : p->second, found);
    }
}

/// Reservations and payments must belong to an order.
Task<void> judge_owners(std::vector<OrderId> ids, std::string rule, db::Database& database, Found& found) {
    auto load = [ids](db::Session& s) { return store::find_many(s, ids); };
    auto orders = co_await database.read(load);
    std::set<OrderId> known;
    for (const auto& order : orders) known.insert(order.id);
    for (const auto& id : ids)
        if (!known.contains(id)) found[id].push_back({rule, "order " + id.to_string()});
}

Task<Found> look(db::Database& database, inventory::Stock& stock, payment::Payments& payments) {
    Found found;
    for (OrderId after{};;) {
        auto load = [after](db::Session& s) { return load_rows(s, store::ids_after(s, after, chunk)); };
        auto rows = co_await database.snapshot(load);
        if (rows.empty()) break;
        after = rows.back().order.id;
        co_await judge_rows(std::move(rows), stock, payments, found);
    }
    for (OrderId after{};;) {
        auto ids = co_await stock.holders(after, chunk);
        if (ids.empty()) break;
        after = ids.back();
        co_await judge_owners(std::move(ids), "a reservation belongs to an order", database, found);
    }
    for (OrderId after{};;) {
        auto ids = co_await payments.orders_with_payment(after, chunk);
        if (ids.empty()) break;
        after = ids.back();
        co_await judge_owners(std::move(ids), "a payment belongs to an order", database, found);
    }
    co_return found;
}

}  // namespace

Task<std::vector<app::Violation>> check_orders(db::Database& database, inventory::Stock& stock,
                                               payment::Payments& payments) {
    auto found = co_await look(database, stock, payments);
    for (int again = 1; again < looks && !found.empty(); ++again) {
        co_await runtime::sleep_ms(look_again_ms);
        std::vector<OrderId> ids;
        for (const auto& [id, violations] : found) ids.push_back(id);
        Found still;
        auto load = [ids](db::Session& s) { return load_rows(s, ids); };
        auto rows = co_await database.snapshot(load);
        std::set<OrderId> known;
        for (const auto& row : rows) known.insert(row.order.id);
        co_await judge_rows(std::move(rows), stock, payments, still);
        for (const auto& id : ids)
            if (!known.contains(id)) still[id] = found[id];
        found = std::move(still);
    }
    std::vector<app::Violation> out;
    for (auto& [id, violations] : found)
        for (auto& v : violations) out.push_back(std::move(v));
    auto overdue = [now = database.clock().now()](db::Session& s) {
        return store::overdue_sagas(s, now, overdue_grace_ms);
    };
    for (auto& id : co_await database.read(overdue))
        out.push_back({"no saga is open past its deadline", "saga " + id});
    co_return out;
}

}  // namespace cloudretail::order
