// Routes of the order module; see routes.hpp. Bodies have passed the schema before they are read here.
#include "routes.hpp"

#include "render.hpp"
#include "request.hpp"

namespace cloudretail::order {

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;
using http::Response;

Result<PlaceOrder> read_order(json::View body) {
    PlaceOrder command;
    auto lines = read_lines(body["items"]);
    if (!lines) return lines.error();
    command.lines = std::move(*lines);
    auto address = body["shippingAddress"];
    auto text = [](json::View v) { return std::string(v.text().value_or("")); };
    command.address = {text(address["street"]), text(address["city"]), text(address["state"]),
                       text(address["zipCode"]), text(address["country"])};
    auto payment = body["paymentMethod"];
    command.payment_method = payment.is_object() ? text(payment["type"]) : text(payment);
    if (command.payment_method.empty()) command.payment_method = "card";
    if (payment.is_object()) command.payment_token = text(payment["token"]);
    command.from_cart = body["fromCart"].boolean().value_or(false);
    return command;
}

Task<Result<Response>> place(Service& service, Call& call) {
    auto command = read_order(call.body());
    if (!command) co_return command.error();
    auto answer = co_await service.place(call.caller, std::move(*command), call.idempotency);
    if (!answer) co_return answer.error();
    co_return gateway::render_stored(std::move(*answer));
}

Task<Result<Response>> cancel(Service& service, Call& call) {
    auto id = call.id<OrderId>();
    if (!id) co_return id.error();
    std::string note(call.body()["reason"].text().value_or(""));
    auto answer = co_await service.cancel(call.caller, *id, std::move(note), call.idempotency);
    if (!answer) co_return answer.error();
    co_return gateway::render_stored(std::move(*answer));
}

Result<WantedRefund> read_refund(json::View body) {
    WantedRefund wanted;
    wanted.reason = std::string(body["reason"].text().value_or(""));
    if (body["amount"].present()) {
        auto amount = body["amount"].money();
        if (!amount) return invalid_field("/amount", amount.error());
        wanted.amount = *amount;
    }
    auto items = body["items"];
    for (std::size_t i = 0; i < items.size(); ++i) {
        auto item = items.at(i);
        auto id = ProductId::parse(item["productId"].text().value_or(""));
        if (!id) return invalid_field("/items/" + std::to_string(i) + "/productId", "is not a UUID");
        wanted.lines.push_back(
            {*id, item["quantity"].integer().value_or(0), item["restock"].boolean().value_or(false)});
    }
    return wanted;
}

Task<Result<Response>> refund(Service& service, Call& call) {
    auto id = call.id<OrderId>();
    if (!id) co_return id.error();
    auto wanted = read_refund(call.body());
    if (!wanted) co_return wanted.error();
    auto answer = co_await service.refund(call.caller, *id, std::move(*wanted), call.idempotency);
    if (!answer) co_return answer.error();
    co_return gateway::render_stored(std::move(*answer));
}

std::string render(const OrderView& view) {
    return view.sight == rules::Sight::own_lines ? to_vendor_json(view.order) : to_json(view.order);
}

Task<Result<Response>> get(Service& service, Call& call) {
    auto id = call.id<OrderId>();
    if (!id) co_return id.error();
    auto view = co_await service.get(call.caller, *id);
    if (!view) co_return view.error();
    co_return gateway::render_resource(call, 200, render(*view), etag_of(view->order));
}

Result<ChangeStatus> read_change(json::View body) {
    ChangeStatus change;
    change.to = body["status"].text() == "delivered" ? Progress::delivered : Progress::shipped;
    change.tracking_number = std::string(body["trackingNumber"].text().value_or(""));
    if (!rules::is_tracking_number(change.tracking_number))
        return invalid_field("/trackingNumber", "is made of letters, digits, spaces and - . / alone");
    return change;
}

Task<Result<Response>> change_status(Service& service, Call& call) {
    auto id = call.id<OrderId>();
    if (!id) co_return id.error();
    auto change = read_change(call.body());
    if (!change) co_return change.error();
    std::string if_match(call.request.headers.get("If-Match"));
    auto changed = co_await service.change_status(call.caller, *id, std::move(*change), std::move(if_match));
    if (!changed) co_return changed.error();
    const auto& view = changed->view;
    co_return gateway::render_resource(call, changed->settled ? 200 : 202, render(view), etag_of(view.order));
}

Task<Result<Response>> timeline(Service& service, Call& call) {
    auto id = call.id<OrderId>();
    if (!id) co_return id.error();
    auto items = co_await service.timeline(call.caller, *id);
    if (!items) co_return items.error();
    co_return http::json_response(200, to_json(*items));
}

Result<ListFilter> read_filter(const Call& call) {
    ListFilter filter;
    if (auto status = call.query("status")) filter.status = status_from_text(*status);
    if (auto from = call.query("from")) {
        filter.from = Timestamp::parse(*from);
        if (!filter.from) return invalid_field("query/from", "is not a date and time (RFC 3339)");
    }
    if (auto to = call.query("to")) {
        filter.to = Timestamp::parse(*to);
        if (!filter.to) return invalid_field("query/to", "is not a date and time (RFC 3339)");
    }
    return filter;
}

Task<Result<Response>> list(Service& service, Call& call) {
    auto filter = read_filter(call);
    if (!filter) co_return filter.error();
    auto page = gateway::read_page(call);
    if (!page) co_return page.error();
    auto found = co_await service.list(call.caller, *filter, *page);
    if (!found) co_return found.error();
    std::vector<std::string> items;
    items.reserve(found->orders.size());
    for (const auto& view : found->orders) items.push_back(render(view));
    std::string next = found->more ? found->orders.back().order.id.to_string() : "";
    co_return gateway::render_page(call, *page, items, found->total, next);
}

}  // namespace

std::vector<gateway::Route> routes(Service& service, db::Database& database) {
    auto to = [&service](Task<Result<Response>> (*handler)(Service&, Call&)) {
        return [&service, handler](Call& call) { return handler(service, call); };
    };
    gateway::Route placing{Method::post,      "/api/orders", "placeOrder",
                           Access::signed_in, to(place),     &database};
    placing.claims_first = true;
    return {
        placing,
        {Method::get, "/api/orders", "listOrders", Access::signed_in, to(list)},
        {Method::get, "/api/orders/{id}", "getOrder", Access::signed_in, to(get)},
        {Method::get, "/api/orders/{id}/timeline", "getOrderTimeline", Access::signed_in, to(timeline)},
        {Method::patch, "/api/orders/{id}/status", "changeOrderStatus", Access::vendor, to(change_status)},
        {Method::post, "/api/orders/{id}/cancel", "cancelOrder", Access::signed_in, to(cancel), &database},
        {Method::post, "/api/orders/{id}/refund", "refundOrder", Access::admin, to(refund), &database},
    };
}

}  // namespace cloudretail::order
