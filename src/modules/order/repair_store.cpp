// See repair_store.hpp.
#include "repair_store.hpp"

namespace cloudretail::order::store {

std::int64_t mend_parties(db::Tx& tx) {
    const std::int64_t reach =
        tx->number("SELECT value FROM order_counters WHERE name = :name", "indexed_seq");
    return tx->exec(
        "INSERT INTO order_parties (party_id, order_id) SELECT customer_id, id FROM orders WHERE seq <= :to "
        "UNION SELECT l.vendor_id, l.order_id FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE "
        "o.seq <= :upto ORDER BY 1, 2 ON CONFLICT DO NOTHING",
        reach, reach);
}

}  // namespace cloudretail::order::store
