// From events of orders to letters; see order_letters.hpp.
#include "order_letters.hpp"

#include <order/events.hpp>
#include <stdexcept>
#include "letters.hpp"
#include "store.hpp"

namespace cloudretail::user {

namespace {

/// nullopt: nothing to say.
std::optional<Letter> letter_for(const std::string& type, const order::OrderChanged& change,
                                 const std::string& name, const std::string& shop) {
    const letters::Order order{change.order_id.to_string(), change.number, change.total, change.currency};
    if (type == order::order_created) return letters::confirmed(name, order, shop);
    if (type == order::order_shipped) return letters::shipped(name, order, change.tracking_number, shop);
    if (type == order::order_refunded) return letters::refunded(name, order, change.amount, shop);
    // One vendor's part alone: the refund is told of by itself.
    if (type == order::order_cancelled && !change.vendor_id) return letters::cancelled(name, order, shop);
    return std::nullopt;
}

}  // namespace

std::vector<std::string> order_letter_events() {
    return {order::order_created, order::order_shipped, order::order_refunded, order::order_cancelled};
}

void write_order_letters(db::Tx& tx, std::span<const events::Event> events, const std::string& public_url) {
    std::vector<order::OrderChanged> changes;
    std::vector<UserId> customers;
    for (const events::Event& event : events) {
        auto change = order::OrderChanged::from_json(event.data);
        if (!change) throw std::runtime_error("an order's event cannot be read");
        customers.push_back(change->customer_id);
        changes.push_back(std::move(*change));
    }
    const auto addressees = store::find_addressees(tx.session(), customers);
    std::string shop = public_url;
    while (shop.ends_with('/')) shop.pop_back();
    std::vector<Letter> letters;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto to = addressees.find(customers[i]);
        if (to == addressees.end()) continue;
        auto letter = letter_for(events[i].type, changes[i], to->second.first_name, shop);
        if (!letter) continue;
        letter->to = to->second.email;
        letter->reference = events[i].type + ":" + events[i].id.to_string();
        letters.push_back(std::move(*letter));
    }
    mailing::post(tx, letters);
}

}  // namespace cloudretail::user
