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

json::Document read(const events::Event& event) {
    auto document = json::Document::parse(event.data);
    if (!document) throw std::runtime_error("an event's data is not JSON");
    return std::move(*document);
}

/// Without what is the order's own.
store::Noted noted(const events::Event& event, json::View data) {
    auto order = OrderId::parse(data["orderId"].text().value_or(""));
    if (!order) throw std::runtime_error("an event names no order");
    static const std::set<std::string_view> known{"orderId", "number", "customerId", "currency"};
    json::Writer w;
    w.begin_object();
    data.each_member([&](std::string_view name, json::View value) {
        if (!known.contains(name)) w.key(name).raw(value.dump());
    });
    w.end_object();
    return {*order, event.position, {event.type, event.at, w.take()}};
}

void take_payment(db::Tx& tx, const events::Event& event, OrderId id, json::View data) {
    // What a card pays is told by the checkout itself, once per order: not looked at again.
    const bool later = rules::paid_later(data["method"].text().value_or(""));
    if (event.type == payment::payment_failed || (event.type == payment::payment_captured && !later)) return;
    auto order = store::hold(tx, id);
    // Money may come before the order is confirmed: confirming keeps what is known by then.
    if (!order || (order->status != Status::pending && !rules::is_sold(order->status))) return;
    auto status = rules::later_of(order->payment_status, std::string(data["status"].text().value_or("")));
    if (status != order->payment_status) store::advance(tx, order->id, order->status, status);
}

}  // namespace

void note(db::Tx& tx, std::string_view source, std::span<const events::Event> some) {
    std::vector<store::Noted> items;
    for (const events::Event& event : some) items.push_back(noted(event, read(event).root()));
    store::add_timeline(tx, source, items);
}

void take_payments(db::Tx& tx, std::span<const events::Event> some) {
    std::vector<json::Document> documents;
    std::vector<store::Noted> items;
    for (const events::Event& event : some) {
        documents.push_back(read(event));
        items.push_back(noted(event, documents.back().root()));
    }
    store::add_timeline(tx, "payment", items);
    for (std::size_t i = 0; i < some.size(); ++i)
        take_payment(tx, some[i], items[i].order, documents[i].root());
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
