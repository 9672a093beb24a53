// The order module's invariants; see checks.hpp.
#include "checks.hpp"

#include <map>
#include <set>
#include "store.hpp"

namespace cloudretail::order {

namespace {

constexpr int chunk = 500;
constexpr std::int64_t overdue_grace_ms = 60'000;
constexpr int looks = 3;
constexpr std::int64_t look_again_ms = 300;

using Found = std::map<OrderId, std::vector<app::Violation>>;

void judge(const store::CheckRow& row, std::int64_t reserved, const payment::Summary* paid, Found& found) {
    auto say = [&](std::string rule) {
        found[row.id].push_back({std::move(rule), "order " + row.id.to_string()});
    };
    if (row.total != row.lines_total) say("an order's total is the sum of its lines");
    if (row.open_saga) return;
    switch (row.status) {
        case Status::pending:
            say("a pending order has an open saga");
            return;
        case Status::failed:
        case Status::cancelled:
            if (reserved != 0) say("a failed or cancelled order holds no reservation");
            if (paid &&
                (paid->status == payment::Status::captured || paid->status == payment::Status::authorized ||
                 paid->status == payment::Status::pending))
                say("a failed or cancelled order has no open payment");
            return;
        case Status::confirmed:
            if (reserved == 0) say("a confirmed order holds its reservation");
            [[fallthrough]];
        case Status::shipped:
        case Status::delivered:
            if (!paid)
                say("a confirmed order has a payment");
            else if (paid->amount != row.total)
                say("a confirmed order's payment is its total");
            else if (paid->status != payment::Status::captured &&
                     paid->status != payment::Status::authorized &&
                     paid->status != payment::Status::partially_refunded &&
                     paid->status != payment::Status::refunded)
                say("a confirmed order is paid or authorized");
            return;
    }
}

Task<void> judge_rows(std::vector<store::CheckRow> rows, inventory::Stock& stock, payment::Payments& payments,
                      Found& found) {
    std::vector<OrderId> ids;
    for (const auto& row : rows) ids.push_back(row.id);
    auto reserved = co_await stock.reserved(ids);
    auto paid = co_await payments.find(ids);
    std::map<OrderId, std::int64_t> quantity;
    for (const auto& line : reserved) quantity[line.order_id] += line.quantity;
    std::map<OrderId, const payment::Summary*> payment_of;
    for (const auto& p : paid) {
        if (!payment_of.emplace(p.order_id, &p).second)
            found[p.order_id].push_back({"an order has one payment", "order " + p.order_id.to_string()});
    }
    for (const auto& row : rows) {
        auto p = payment_of.find(row.id);
        judge(row, quantity[row.id], p == payment_of.end() ? nullptr : p->second, found);
    }
}

/// Reservations and payments must belong to an order.
Task<void> judge_owners(std::vector<OrderId> ids, std::string rule, db::Database& database, Found& found) {
    auto load = [ids](db::Session& s) { return store::check_rows(s, ids); };
    auto rows = co_await database.read(load);
    std::set<OrderId> known;
    for (const auto& row : rows) known.insert(row.id);
    for (const auto& id : ids)
        if (!known.contains(id)) found[id].push_back({rule, "order " + id.to_string()});
}

Task<Found> look(db::Database& database, inventory::Stock& stock, payment::Payments& payments) {
    Found found;
    for (OrderId after{};;) {
        auto load = [after](db::Session& s) { return store::check_page(s, after, chunk); };
        auto rows = co_await database.read(load);
        if (rows.empty()) break;
        after = rows.back().id;
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
        auto load = [ids](db::Session& s) { return store::check_rows(s, ids); };
        auto rows = co_await database.read(load);
        std::set<OrderId> known;
        for (const auto& row : rows) known.insert(row.id);
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
