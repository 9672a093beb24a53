// See render.hpp.
#include "render.hpp"

#include <base/json.hpp>

namespace cloudretail::inventory {

std::string render(ProductId product, std::span<const StockRow> rows, bool owners_view) {
    const Level level = level_of(rows);
    json::Writer w;
    w.begin_object().member("productId", product).member("available", level.available);
    w.member("availability", to_text(level.availability));
    if (owners_view) {
        w.key("warehouses").begin_array();
        for (const StockRow& row : rows) {
            w.begin_object().member("warehouseLocation", row.warehouse).member("quantity", row.quantity);
            w.member("reserved", row.reserved).member("available", row.available());
            w.member("lowStockThreshold", row.low_stock_threshold).end_object();
        }
        w.end_array();
    }
    w.end_object();
    return w.take();
}

std::string render(const store::LedgerEntry& entry) {
    json::Writer w;
    w.begin_object().member("id", entry.id.to_string()).member("warehouseLocation", entry.warehouse);
    w.member("delta", entry.delta).member("kind", entry.kind);
    if (entry.reason) w.member("reason", *entry.reason);
    w.member("actorId", entry.actor_id);
    if (entry.order_id) w.member("orderId", *entry.order_id);
    if (entry.refund_id) w.member("refundId", *entry.refund_id);
    w.member("createdAt", entry.at).end_object();
    return w.take();
}

}  // namespace cloudretail::inventory
