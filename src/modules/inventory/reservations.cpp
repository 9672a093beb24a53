// See reservations.hpp.
#include "reservations.hpp"

#include <algorithm>
#include <events/outbox.hpp>
#include <inventory/events.hpp>
#include <map>
#include <set>

#include "store.hpp"

namespace cloudretail::inventory {

namespace {

/// The rows of one product among rows that ascend by product.
std::span<StockRow> rows_of(std::vector<StockRow>& rows, ProductId product) {
    const auto [first, last] =
        std::equal_range(rows.begin(), rows.end(), StockRow{product, {}, {}, 0, 0, 0, 0},
                         [](const StockRow& a, const StockRow& b) { return a.product_id < b.product_id; });
    return {first, last};
}

std::vector<ProductId> products_of(const std::vector<Line>& lines) {
    std::vector<ProductId> products;
    products.reserve(lines.size());
    for (const Line& line : lines) products.push_back(line.product_id);
    return products;
}

/// `rows` are the product's, as they are now.
events::NewEvent event_of(const char* type, std::span<const StockRow> rows, const std::string& traceparent) {
    CR_ASSERT(!rows.empty());
    const StockRow& any = rows.front();
    const Level level = level_of(rows);
    const StockLevel data{any.product_id, level.available, std::string(to_text(level.availability))};
    return {type, any.product_id.to_string(), data.to_json(), any.vendor_id, traceparent};
}

void add_change(std::vector<events::NewEvent>& events, const Level& before, std::span<const StockRow> rows,
                bool always, const std::string& traceparent) {
    const Level after = level_of(rows);
    // From low to in stock is no event of its own, but whoever shows availability must hear of it.
    const bool changed = before.availability != after.availability;
    const char* crossed = crossing(before.availability, after.availability);
    if (always || (changed && crossed == nullptr))
        events.push_back(event_of(stock_adjusted, rows, traceparent));
    if (crossed != nullptr) events.push_back(event_of(crossed, rows, traceparent));
}

/// What is held already by orders that wish, and what the wishes before took.
struct Shelves {
    std::vector<StockRow> rows;
    std::map<OrderId, std::vector<store::Reservation>> held;
    std::vector<store::Taken> taken;
    std::vector<events::NewEvent> events;
};

/// Takes all lines off the shelves, or none.
Result<> take(Shelves& shelves, const Wish& wish) {
    auto& held = shelves.held[wish.order];
    if (!held.empty()) {
        using State = store::Reservation::State;
        const bool given_up =
            std::all_of(held.begin(), held.end(), [](const auto& r) { return r.state == State::released; });
        if (!given_up) return {};
        return Error(errors::order_released, "The order was given up before its stock was reserved.");
    }
    std::vector<std::vector<Take>> takes;
    std::vector<Shortage> shortages;
    takes.reserve(wish.lines.size());
    for (const Line& line : wish.lines) {
        const auto own = rows_of(shelves.rows, line.product_id);
        takes.push_back(allocate(own, line.quantity));
        if (takes.back().empty())
            shortages.push_back({line.product_id, line.quantity, level_of(own).available});
    }
    if (!shortages.empty()) return insufficient(shortages);

    for (std::size_t i = 0; i < wish.lines.size(); ++i) {
        const auto own = rows_of(shelves.rows, wish.lines[i].product_id);
        const Level before = level_of(own);
        for (const Take& take : takes[i]) {
            StockRow& row = own[take.row];
            shelves.taken.push_back({wish.order, &row, take.quantity});
            row.reserved += take.quantity;
            held.push_back({row.product_id, row.warehouse, take.quantity});
        }
        add_change(shelves.events, before, own, false, wish.traceparent);
    }
    return {};
}

/// Releases what the order holds of `products`, which ascend. Their stock is locked before it is asked what
/// that is: so whoever else ends a reservation of theirs has done so, or will find it ended.
void give_back(db::Tx& tx, OrderId order, const std::vector<ProductId>& products,
               const std::string& traceparent) {
    auto rows = store::stock_of(tx.session(), products, true);
    const auto held = store::reservations_of(tx.session(), order);
    for (const ProductId product : products) {
        const auto own = rows_of(rows, product);
        const Level before = level_of(own);
        for (const auto& reservation : held) {
            if (reservation.product_id != product || !reservation.is_open()) continue;
            store::release(tx, order, reservation);
            for (StockRow& row : own) {
                if (row.warehouse == reservation.warehouse) row.reserved -= reservation.quantity;
            }
        }
        publish_change(tx, before, own, false, traceparent);
    }
}

}  // namespace

void publish_change(db::Tx& tx, const Level& before, std::span<const StockRow> rows, bool always,
                    const std::string& traceparent) {
    std::vector<events::NewEvent> events;
    add_change(events, before, rows, always, traceparent);
    events::publish(tx, events);
}

void publish_again(db::Tx& tx, const std::vector<ProductId>& products) {
    auto rows = store::stock_of(tx.session(), products, true);
    std::vector<events::NewEvent> events;
    for (const ProductId product : products)
        events.push_back(event_of(stock_adjusted, rows_of(rows, product), {}));
    events::publish(tx, events);
}

std::vector<Result<>> reserve(db::Tx& tx, std::span<Wish* const> wishes) {
    std::vector<OrderId> orders;
    std::set<ProductId> products;
    for (const Wish* wish : wishes) {
        orders.push_back(wish->order);
        for (const Line& line : wish->lines) products.insert(line.product_id);
    }
    // Held before it is asked what the orders have: another process may release one at this moment.
    Shelves shelves;
    shelves.rows = store::hold_with_stock(tx, orders, std::vector(products.begin(), products.end()));
    shelves.held = store::reservations_of(tx.session(), orders);
    std::vector<Result<>> out;
    for (const Wish* wish : wishes) out.push_back(take(shelves, *wish));
    store::reserve(tx, shelves.taken);
    events::publish(tx, shelves.events);
    return out;
}

Result<> release(db::Tx& tx, OrderId order, const std::string& traceparent) {
    auto held = store::reservations_of(tx.session(), order);
    if (held.empty()) {
        store::hold(tx, order);
        held = store::reservations_of(tx.session(), order);
        if (held.empty()) store::mark_released(tx, order);
    }
    std::vector<ProductId> products;
    for (const auto& reservation : held) {
        const bool known = !products.empty() && products.back() == reservation.product_id;
        if (reservation.is_open() && !known) products.push_back(reservation.product_id);
    }
    give_back(tx, order, products, traceparent);
    return {};
}

Result<> release_lines(db::Tx& tx, OrderId order, const std::vector<ProductId>& products,
                       const std::string& traceparent) {
    give_back(tx, order, products, traceparent);
    return {};
}

Result<> ship(db::Tx& tx, OrderId order, const std::vector<ProductId>& products, UserId actor,
              const std::string& traceparent) {
    auto rows = store::stock_of(tx.session(), products, true);
    auto held = store::reservations_of(tx.session(), order);
    std::erase_if(held, [](const auto& reservation) { return !reservation.is_open(); });
    const auto left = store::departures(tx.session(), order);
    for (const ProductId product : products) {
        const auto of_product = [product](const auto& row) { return row.product_id == product; };
        if (std::any_of(held.begin(), held.end(), of_product)) continue;
        if (std::any_of(left.begin(), left.end(), of_product)) continue;
        return Error(errors::order_released, "The order does not hold what is to be shipped.");
    }
    for (const ProductId product : products) {
        bool leaves = false;
        for (const auto& reservation : held) {
            if (reservation.product_id != product) continue;
            store::ship(tx, order, reservation);
            store::append(
                tx, {product, reservation.warehouse, -reservation.quantity, "shipped", {}, actor, order});
            leaves = true;
        }
        const auto own = rows_of(rows, product);  // what is available stays the same
        if (leaves) publish_change(tx, level_of(own), own, true, traceparent);
    }
    return {};
}

Result<> restock(db::Tx& tx, OrderId order, const Uuid& refund, const std::vector<Line>& lines, UserId actor,
                 const std::string& traceparent) {
    const auto products = products_of(lines);
    auto rows = store::stock_of(tx.session(), products, true);
    if (store::returned(tx.session(), order, refund)) return {};
    const auto left = store::departures(tx.session(), order);
    for (const Line& line : lines) {
        const auto back = take_back(left, line);
        if (back.empty())
            return Error(errors::not_shipped, "Less of a product is away than would come back.");
        const auto own = rows_of(rows, line.product_id);
        const Level before = level_of(own);
        for (const auto& [warehouse, quantity] : back) {
            store::put_back(tx, line.product_id, warehouse, quantity);
            store::append(tx, {line.product_id, warehouse, quantity, "returned", {}, actor, order, refund});
            for (StockRow& row : own) {
                if (row.warehouse == warehouse) row.quantity += quantity;
            }
        }
        publish_change(tx, before, own, true, traceparent);
    }
    return {};
}

}  // namespace cloudretail::inventory
