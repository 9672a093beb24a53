// Shipping and delivering, per vendor; see service.hpp.
#include <audit/audit.hpp>
#include <base/json.hpp>
#include <gateway/page.hpp>
#include <order/events.hpp>
#include "after_sale.hpp"
#include "render.hpp"
#include "service.hpp"
#include "store.hpp"

namespace cloudretail::order {

namespace {

/// The vendors a step moved, for the audit trail.
std::string details_of(const std::vector<UserId>& vendors) {
    json::Writer w;
    w.begin_object().key("vendors").begin_array();
    for (const auto& vendor : vendors) w.value(vendor);
    w.end_array().end_object();
    return w.take();
}

saga::Instance shipment(const Order& order, const std::vector<UserId>& vendors, const Caller& caller,
                        const std::string& tracking_number) {
    auto work = std::make_shared<AfterSale>();
    work->order_id = order.id;
    work->payment_id = order.payment_id;
    work->actor = caller.id;
    for (const auto& line : order.lines)
        if (std::ranges::find(vendors, line.vendor_id) != vendors.end())
            work->lines.push_back({line.product_id, line.quantity});
    work->tracking_number = tracking_number;
    work->traceparent = caller.traceparent;
    return after_sale_instance(make_uuid(), ship_type, std::move(work));
}

Error lost() { return Error(errors::illegal_transition, "Another step was quicker."); }

}  // namespace

Result<Service::Begun> Service::begin_step(db::Tx& tx, const Caller& caller, OrderId id,
                                           const ChangeStatus& change, const std::string& if_match) {
    auto order = store::hold(tx, id);
    const auto sight = order ? rules::sight(caller, *order) : rules::Sight::none;
    if (sight == rules::Sight::none) return Error(cloudretail::errors::not_found, "There is no such order.");
    auto shown = sight == rules::Sight::own_lines ? rules::own_lines(*order, caller.id) : *order;
    if (auto match = gateway::check_if_match(if_match, etag_of(shown)); !match) return match.error();
    auto vendors = rules::movable(caller, *order, change.to);
    if (!vendors) return vendors.error();
    audit::record(tx, caller, change.to == Progress::shipped ? "order.ship" : "order.deliver", id.to_string(),
                  details_of(*vendors));
    if (change.to == Progress::shipped) {
        auto instance = shipment(*order, *vendors, caller, change.tracking_number);
        if (!store::take_fulfilments(tx, id, *vendors, "shipping", instance.id)) return lost();
        sagas_.begin(tx, instance);
        return Begun{{}, std::move(instance)};
    }
    if (!store::deliver(tx, id, *vendors, change.tracking_number)) return lost();
    auto moved = store::find(tx.session(), id);
    store::advance(tx, id, rules::status_of(rules::fulfilments(*moved)), moved->payment_status);
    moved = store::find(tx.session(), id);
    for (const auto& vendor : *vendors)
        publish_fulfilment(tx, order_delivered, *moved, vendor, "", caller.traceparent);
    return Begun{{}, begin_collecting(tx, sagas_, *moved, caller.id, caller.traceparent)};
}

Task<Result<Changed>> Service::change_status(Caller caller, OrderId id, ChangeStatus change,
                                             std::string if_match) {
    auto job = [this, caller, id, change, if_match](db::Tx& tx) {
        return begin_step(tx, caller, id, change, if_match);
    };
    auto begun = co_await database_.write(job);
    if (!begun) co_return begun.error();
    auto ending = saga::Ending::completed;
    if (begun->instance) ending = co_await run(*begun->instance);
    if (ending == saga::Ending::compensated)
        co_return Error(errors::illegal_transition, "The goods are no longer held for the order.");
    auto view = co_await get(caller, id);
    if (!view) co_return view.error();
    co_return Changed{std::move(*view), ending == saga::Ending::completed};
}

}  // namespace cloudretail::order
