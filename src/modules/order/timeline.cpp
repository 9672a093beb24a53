// What happened to an order: kept from the events of order and payment, shown to whom it concerns; see
// timeline.hpp and service.hpp.
#include "timeline.hpp"

#include <base/json.hpp>
#include <payment/events.hpp>
#include <set>
#include <stdexcept>
#include "rules.hpp"
#include "service.hpp"
#include "store.hpp"

namespace cloudretail::order {

namespace {

/// Without what is the order's own.
store::Noted noted(const events::Event& event) {
    auto document = json::Document::parse(event.data);
    if (!document) throw std::runtime_error("an event's data is not JSON");
    auto order = OrderId::parse(document->root()["orderId"].text().value_or(""));
    if (!order) throw std::runtime_error("an event names no order");
    static const std::set<std::string_view> known{"orderId", "number", "customerId", "currency"};
    json::Writer w;
    w.begin_object();
    document->root().each_member([&](std::string_view name, json::View value) {
        if (!known.contains(name)) w.key(name).raw(value.dump());
    });
    w.end_object();
    return {*order, event.position, {event.type, event.at, w.take()}};
}

void take_payment(db::Tx& tx, const events::Event& event) {
    auto document = json::Document::parse(event.data);
    CR_ASSERT(document.has_value());  // note() has read it
    auto root = document->root();
    // What a card pays is told by the checkout itself, once per order: not looked at again.
    const bool later = rules::paid_later(root["method"].text().value_or(""));
    if (event.type == payment::payment_failed || (event.type == payment::payment_captured && !later)) return;
    auto order = store::hold(tx, OrderId::parse(root["orderId"].text().value_or("")).value());
    // Money may come before the order is confirmed: confirming keeps what is known by then.
    if (!order || (order->status != Status::pending && !rules::is_sold(order->status))) return;
    auto status = rules::later_of(order->payment_status, std::string(root["status"].text().value_or("")));
    if (status != order->payment_status) store::advance(tx, order->id, order->status, status);
}

}  // namespace

void note(db::Tx& tx, std::string_view source, std::span<const events::Event> some) {
    std::vector<store::Noted> items;
    for (const events::Event& event : some) items.push_back(noted(event));
    store::add_timeline(tx, source, items);
}

void take_payments(db::Tx& tx, std::span<const events::Event> some) {
    note(tx, "payment", some);
    for (const events::Event& event : some) take_payment(tx, event);
}

Task<Result<std::vector<TimelineItem>>> Service::timeline(Caller caller, OrderId id) {
    auto view = co_await get(caller, id);
    if (!view) co_return view.error();
    auto load = [id](db::Session& session) { return store::timeline(session, id); };
    auto items = co_await database_.read(load);
    if (view->sight == rules::Sight::whole) co_return items;
    std::vector<TimelineItem> visible;
    for (auto& item : items)
        if (rules::visible_to_vendor(item, caller.id)) visible.push_back(std::move(item));
    co_return visible;
}

}  // namespace cloudretail::order
