// See reservations.hpp.
#include "reservations.hpp"

#include <algorithm>
#include <events/outbox.hpp>
#include <inventory/events.hpp>

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

void publish(db::Tx& tx, const char* type, ProductId product, const Level& level,
             const std::string& traceparent) {
    const StockLevel data{product, level.available, std::string(to_text(level.availability))};
    events::publish(tx, type, product.to_string(), data.to_json(), traceparent);
}

}  // namespace

void publish_change(db::Tx& tx, ProductId product, const Level& before, const Level& after, bool always,
                    const std::string& traceparent) {
    // From low to in stock is no event of its own, but whoever shows availability must hear of it.
    const bool changed = before.availability != after.availability;
    const char* crossed = crossing(before.availability, after.availability);
    if (always || (changed && crossed == nullptr)) publish(tx, stock_adjusted, product, after, traceparent);
    if (crossed != nullptr) publish(tx, crossed, product, after, traceparent);
}

Result<> reserve(db::Tx& tx, OrderId order, const std::vector<Line>& lines, const std::string& traceparent) {
    const auto held = store::reservations_of(tx.session(), order);
    if (!held.empty()) {
        if (!held.front().released) return {};
        return Error(errors::order_released, "The order was given up before its stock was reserved.");
    }
    std::vector<ProductId> products;
    products.reserve(lines.size());
    for (const Line& line : lines) products.push_back(line.product_id);
    auto rows = store::stock_of(tx.session(), products, true);

    std::vector<std::vector<Take>> takes;
    std::vector<Shortage> shortages;
    takes.reserve(lines.size());
    for (const Line& line : lines) {
        const auto own = rows_of(rows, line.product_id);
        takes.push_back(allocate(own, line.quantity));
        if (takes.back().empty())
            shortages.push_back({line.product_id, line.quantity, level_of(own).available});
    }
    if (!shortages.empty()) return insufficient(shortages);

    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto own = rows_of(rows, lines[i].product_id);
        const Level before = level_of(own);
        for (const Take& take : takes[i]) {
            store::reserve(tx, order, own[take.row], take.quantity);
            own[take.row].reserved += take.quantity;
        }
        publish_change(tx, lines[i].product_id, before, level_of(own), false, traceparent);
    }
    return {};
}

Result<> release(db::Tx& tx, OrderId order, const std::string& traceparent) {
    auto held = store::reservations_of(tx.session(), order);
    if (held.empty()) {
        store::mark_released(tx, order);
        return {};
    }
    if (held.front().released) return {};
    std::vector<ProductId> products;
    for (const auto& reservation : held) products.push_back(reservation.product_id);
    std::sort(products.begin(), products.end());
    products.erase(std::unique(products.begin(), products.end()), products.end());
    auto rows = store::stock_of(tx.session(), products, true);
    for (const ProductId product : products) {
        const auto own = rows_of(rows, product);
        const Level before = level_of(own);
        for (const auto& reservation : held) {
            if (reservation.product_id != product) continue;
            store::give_back(tx, reservation);
            for (StockRow& row : own) {
                if (row.warehouse == reservation.warehouse) row.reserved -= reservation.quantity;
            }
        }
        publish_change(tx, product, before, level_of(own), false, traceparent);
    }
    store::close(tx, order);
    return {};
}

}  // namespace cloudretail::inventory
