// See repair_store.hpp.
#include "repair_store.hpp"

namespace cloudretail::inventory::store {

std::int64_t mend_reserved(db::Tx& tx) {
    // Other processes reserve too there; the sum must not be older than the row it is written to.
    if (tx->dialect() == db::Dialect::postgresql)
        tx->script("LOCK TABLE stock, reservations IN SHARE ROW EXCLUSIVE MODE");
    return tx->exec(
        "UPDATE stock SET reserved = CAST(w.total AS BIGINT), version = version + 1, updated_at = :now FROM "
        "(SELECT s.product_id, s.warehouse, COALESCE(r.total, 0) AS total FROM stock s LEFT JOIN (SELECT "
        "product_id, warehouse, SUM(quantity) AS total FROM reservations WHERE released_at IS NULL AND "
        "shipped_at IS NULL GROUP BY product_id, warehouse) r ON r.product_id = s.product_id AND r.warehouse "
        "= s.warehouse) w WHERE stock.product_id = w.product_id AND stock.warehouse = w.warehouse AND "
        "stock.reserved <> w.total AND w.total <= stock.quantity",
        tx.now());
}

}  // namespace cloudretail::inventory::store
