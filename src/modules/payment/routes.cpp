// Routes of the payment module; see routes.hpp. Query parameters have passed the schema before they are read
// here.
#include "routes.hpp"

#include <gateway/page.hpp>
#include "render.hpp"

namespace cloudretail::payment {

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;
using http::Response;

Task<Result<Response>> methods(Service& service, Call&) {
    co_return http::json_response(200, to_json(co_await service.offer()));
}

Task<Result<Response>> get(Service& service, Call& call) {
    auto id = call.id<PaymentId>();
    if (!id) co_return id.error();
    auto found = co_await service.get(call.caller, *id);
    if (!found) co_return found.error();
    co_return gateway::render_resource(call, 200, to_json(*found), etag_of(found->payment));
}

Task<Result<Response>> list(Service& service, Call& call) {
    auto page = gateway::read_page(call);
    if (!page) co_return page.error();
    std::optional<OrderId> order;
    if (auto text = call.query("orderId")) order = OrderId::parse(*text);
    const auto before = gateway::cursor_id<PaymentId>(*page);
    if (!before) co_return before.error();
    const Listed found = co_await service.list(call.caller, order, *before, page->offset(), page->limit);
    std::vector<std::string> items;
    items.reserve(found.items.size());
    for (const Detailed& item : found.items) items.push_back(to_json(item));
    const std::string next = found.more ? found.items.back().payment.id.to_string() : "";
    co_return gateway::render_page(call, *page, items, found.total, next);
}

Task<Result<Response>> receive(Service& service, Call& call) {
    auto id = call.id<PaymentId>();
    if (!id) co_return id.error();
    auto answer = co_await service.receive(call.caller, *id, call.idempotency);
    if (!answer) co_return answer.error();
    co_return gateway::render_stored(std::move(*answer));
}

/// The body is taken as it was sent: the signature is over its bytes.
Task<Result<Response>> take_webhook(Webhooks& webhooks, Call& call) {
    auto header = [&](std::string_view name) { return std::string(call.request.headers.get(name)); };
    WebhookHeaders headers{header("webhook-id"), header("webhook-timestamp"), header("webhook-signature")};
    auto taken =
        co_await webhooks.receive(call.path_values.at(0), std::move(headers), std::move(call.request.body));
    if (!taken) co_return taken.error();
    co_return http::json_response(200, R"({"received":true})");
}

}  // namespace

std::vector<gateway::Route> routes(Service& service, Webhooks& webhooks, db::Database& database) {
    auto to = [&service](Task<Result<Response>> (*handler)(Service&, Call&)) {
        return [&service, handler](Call& call) { return handler(service, call); };
    };
    return {
        {Method::get, "/api/payments/methods", "listPaymentMethods", Access::anyone, to(methods)},
        {Method::get, "/api/payments", "listPayments", Access::signed_in, to(list)},
        {Method::get, "/api/payments/{id}", "getPayment", Access::signed_in, to(get)},
        {Method::post, "/api/payments/{id}/capture", "capturePayment", Access::admin, to(receive), &database},
        {Method::post, "/api/payments/webhook/{provider}", "takePaymentWebhook", Access::anyone,
         [&webhooks](Call& call) { return take_webhook(webhooks, call); }},
    };
}

}  // namespace cloudretail::payment
