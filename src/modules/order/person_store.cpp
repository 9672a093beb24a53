// SQL of exporting and erasing customers; see person_store.hpp.
#include "person_store.hpp"

#include <db/idempotency.hpp>
#include "checkout_saga.hpp"

namespace cloudretail::order::store {

std::vector<OrderId> orders_of(db::Session& session, UserId customer, OrderId before, int limit) {
    return session.query(
        "t",
        "SELECT o.id FROM order_parties p JOIN orders o ON o.id = p.order_id WHERE p.party_id = :party AND "
        "o.customer_id = :customer AND p.order_id < :before ORDER BY p.order_id DESC LIMIT :limit",
        [](const db::Row& r) { return r.id<OrderId>(0); }, customer, customer, before, limit);
}

bool is_moving(db::Session& session, OrderId id) {
    return session.number(
               "SELECT COUNT(*) FROM orders WHERE id = :id AND (status IN ('pending', 'confirmed') OR "
               "cancelling = 1)",
               id) +
               session.number("SELECT COUNT(*) FROM refunds WHERE order_id = :id AND status = 'pending'",
                              id) +
               session.number("SELECT COUNT(*) FROM fulfilments WHERE order_id = :id AND step <> ''", id) >
           0;
}

void take_person_out(db::Tx& tx, UserId customer, OrderId id, std::string_view address) {
    tx->exec(
        "UPDATE orders SET customer_id = :nobody, shipping_address = :address, cancel_note = '', version = "
        "version + 1 WHERE id = :id",
        UserId{}, address, id);
    tx->exec("DELETE FROM order_parties WHERE party_id = :party AND order_id = :id", customer, id);
    db::forget(tx, id.to_string());
    db::forget(tx, cancel_subject(id));
    const auto refunds = tx->query(
        "t", "SELECT id FROM refunds WHERE order_id = :id", [](const db::Row& r) { return r.text(0); }, id);
    for (const auto& refund : refunds) db::forget(tx, refund);
    tx->exec("UPDATE refunds SET reason = '' WHERE order_id = :id", id);
}

}  // namespace cloudretail::order::store
