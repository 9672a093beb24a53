// SQL of exporting and erasing customers; see person_store.hpp.
#include "person_store.hpp"

#include <db/idempotency.hpp>
#include "checkout_saga.hpp"

namespace cloudretail::order::store {

namespace {

constexpr std::string_view number_member = ",\"trackingNumber\":\"";  // never the first member

struct TimelineEntry {
    std::string source;
    std::int64_t position;
    std::string data;
};

std::vector<TimelineEntry> entries_with_number(db::Session& session, OrderId id) {
    auto all = session.query(
        "tit", "SELECT source, position, data FROM timeline WHERE order_id = :id AND source = 'order'",
        [](const db::Row& r) {
            return TimelineEntry{r.text(0), r.integer(1), r.text(2)};
        },
        id);
    std::erase_if(all,
                  [](const TimelineEntry& e) { return e.data.find(number_member) == std::string::npos; });
    return all;
}

/// Tracking numbers hold no character that JSON escapes (rules), so the next quote ends one.
std::string without_number(std::string data) {
    const auto begin = data.find(number_member);
    data.erase(begin, data.find('"', begin + number_member.size()) + 1 - begin);
    return data;
}

}  // namespace

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
    // At the carrier a tracking number leads to its receiver.
    tx->exec("UPDATE fulfilments SET tracking_number = '' WHERE order_id = :id", id);
    for (const TimelineEntry& entry : entries_with_number(tx.session(), id))
        tx->exec(
            "UPDATE timeline SET data = :data WHERE order_id = :id AND source = :source AND position = :at",
            without_number(entry.data), id, entry.source, entry.position);
}

}  // namespace cloudretail::order::store
