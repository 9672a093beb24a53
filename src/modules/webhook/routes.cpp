// See routes.hpp. Bodies and queries have passed the schemas of openapi.json before they are read here.
#include "routes.hpp"

#include <gateway/page.hpp>
#include "render.hpp"

namespace cloudretail::webhook {

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;
using http::Response;

std::optional<std::string> text_of(json::View view) {
    if (!view.is_string()) return std::nullopt;
    return std::string(*view.text());
}

Change read_change(json::View body) {
    Change change;
    change.url = text_of(body["url"]);
    change.description = text_of(body["description"]);
    if (body["description"].is_null()) change.description = "";
    change.active = body["active"].boolean();
    if (!body["events"].is_array()) return change;
    change.events.emplace();
    for (std::size_t i = 0; i < body["events"].size(); ++i)
        change.events->push_back(text_of(body["events"].at(i)).value_or(""));
    return change;
}

/// The page asked for, in a list of things with this kind of id.
template <class Id>
Result<Part<Id>> part_of(const gateway::PageRequest& page) {
    auto before = gateway::cursor_id<Id>(page);
    if (!before) return before.error();
    Part<Id> part;
    part.limit = page.limit;
    part.offset = page.offset();
    part.before = *before;
    return part;
}

template <class T>
Response rendered(const Call& call, const gateway::PageRequest& request, const Page<T>& page) {
    std::vector<std::string> items;
    items.reserve(page.items.size());
    for (const T& item : page.items) items.push_back(to_json(item));
    return gateway::render_page(call, request, items, page.total,
                                page.more ? page.items.back().id.to_string() : "");
}

std::string if_match(const Call& call) { return std::string(call.request.headers.get("If-Match")); }

Task<Result<Response>> create(Service& service, Call& call) {
    auto answer = co_await service.create(call.caller, read_change(call.body()), call.idempotency);
    if (!answer) co_return answer.error();
    co_return gateway::render_stored(std::move(*answer));
}

Task<Result<Response>> list(Service& service, Call& call) {
    auto request = gateway::read_page(call);
    if (!request) co_return request.error();
    auto part = part_of<WebhookId>(*request);
    if (!part) co_return part.error();
    auto found = co_await service.list(call.caller, *part);
    if (!found) co_return found.error();
    co_return rendered(call, *request, *found);
}

Task<Result<Response>> get(Service& service, Call& call) {
    auto id = call.id<WebhookId>();
    if (!id) co_return id.error();
    auto webhook = co_await service.get(call.caller, *id);
    if (!webhook) co_return webhook.error();
    co_return gateway::render_resource(call, 200, to_json(*webhook), etag_of(*webhook));
}

Task<Result<Response>> change(Service& service, Call& call) {
    auto id = call.id<WebhookId>();
    if (!id) co_return id.error();
    auto webhook = co_await service.change(call.caller, *id, read_change(call.body()), if_match(call));
    if (!webhook) co_return webhook.error();
    co_return gateway::render_resource(call, 200, to_json(*webhook), etag_of(*webhook));
}

Task<Result<Response>> remove(Service& service, Call& call) {
    auto id = call.id<WebhookId>();
    if (!id) co_return id.error();
    auto done = co_await service.remove(call.caller, *id, if_match(call));
    if (!done) co_return done.error();
    Response response;
    response.status = 204;
    co_return response;
}

Task<Result<Response>> rotate(Service& service, Call& call) {
    auto id = call.id<WebhookId>();
    if (!id) co_return id.error();
    auto rotated = co_await service.rotate(call.caller, *id);
    if (!rotated) co_return rotated.error();
    co_return gateway::render_resource(call, 200,
                                       to_json(rotated->webhook, rotated->secret, rotated->before_expires_at),
                                       etag_of(rotated->webhook));
}

Task<Result<Response>> test(Service& service, Call& call) {
    auto id = call.id<WebhookId>();
    if (!id) co_return id.error();
    auto delivery = co_await service.test(call.caller, *id);
    if (!delivery) co_return delivery.error();
    co_return http::json_response(202, to_json(*delivery));
}

Task<Result<Response>> redeliver(Service& service, Call& call) {
    auto id = call.id<WebhookId>();
    if (!id) co_return id.error();
    auto which = call.id<DeliveryId>(1);
    if (!which) co_return which.error();
    auto delivery = co_await service.send_again(call.caller, *id, *which);
    if (!delivery) co_return delivery.error();
    co_return http::json_response(202, to_json(*delivery));
}

Task<Result<Response>> deliveries(Service& service, Call& call) {
    auto id = call.id<WebhookId>();
    if (!id) co_return id.error();
    auto request = gateway::read_page(call);
    if (!request) co_return request.error();
    auto part = part_of<DeliveryId>(*request);
    if (!part) co_return part.error();
    std::optional<State> state;
    if (auto text = call.query("status")) state = state_from_text(*text);
    auto found = co_await service.deliveries(call.caller, *id, state, *part);
    if (!found) co_return found.error();
    co_return rendered(call, *request, *found);
}

Task<Result<Response>> dead(Service& service, Call& call) {
    auto request = gateway::read_page(call);
    if (!request) co_return request.error();
    auto part = part_of<DeliveryId>(*request);
    if (!part) co_return part.error();
    auto found = co_await service.dead(call.caller, *part);
    if (!found) co_return found.error();
    co_return rendered(call, *request, *found);
}

}  // namespace

std::vector<gateway::Route> routes(Service& service, db::Database& database) {
    const auto to = [&service](Task<Result<Response>> (*handler)(Service&, Call&)) {
        return [&service, handler](Call& call) { return handler(service, call); };
    };
    const std::string one = "/api/webhooks/{id}";
    return {
        {Method::get, "/api/webhooks", "listWebhooks", Access::vendor, to(list)},
        {Method::post, "/api/webhooks", "createWebhook", Access::vendor, to(create), &database},
        {Method::get, one, "getWebhook", Access::vendor, to(get)},
        {Method::patch, one, "changeWebhook", Access::vendor, to(change)},
        {Method::del, one, "deleteWebhook", Access::vendor, to(remove)},
        {Method::post, one + "/rotate", "rotateWebhookSecret", Access::vendor, to(rotate)},
        {Method::post, one + "/test", "testWebhook", Access::vendor, to(test)},
        {Method::get, one + "/deliveries", "listWebhookDeliveries", Access::vendor, to(deliveries)},
        {Method::post, one + "/deliveries/{deliveryId}/redeliver", "redeliverWebhook", Access::vendor,
         to(redeliver)},
        {Method::get, "/api/admin/webhook-dead-letters", "listWebhookDeadLetters", Access::admin, to(dead)},
    };
}

}  // namespace cloudretail::webhook
