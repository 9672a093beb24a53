// API keys over HTTP; see routes.hpp. Bodies have passed the schema before they are read here.
#include <gateway/page.hpp>
#include "render.hpp"
#include "routes.hpp"

namespace cloudretail::user {

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;
using http::Response;

NewKey read_key(json::View body) {
    NewKey key;
    key.name = text_of(body["name"]);
    const json::View scopes = body["scopes"];
    for (std::size_t i = 0; i < scopes.size(); ++i) key.scopes.push_back(text_of(scopes.at(i)));
    if (auto at = body["expiresAt"].text()) key.expires_at = Timestamp::parse(*at);
    return key;
}

Result<Uuid> id_in(const Call& call) {
    auto id = Uuid::parse(call.path_values.at(0));
    if (!id) return Error(cloudretail::errors::not_found, "No such id.");
    return *id;
}

Task<Result<Response>> make_key(ApiKeys& keys, Call& call) {
    auto made = co_await keys.make(call.caller, read_key(call.body()));
    if (!made) co_return made.error();
    auto response = private_answer(http::json_response(201, to_json(made->key, made->secret)));
    response.headers.add("Location", "/api/api-keys/" + made->key.id.to_string());
    co_return response;
}

Task<Result<Response>> list_keys(ApiKeys& keys, Call& call) {
    auto page = gateway::read_page(call);
    if (!page) co_return page.error();
    auto found = co_await keys.list(call.caller, *page);
    if (!found) co_return found.error();
    std::vector<std::string> items;
    for (const ApiKey& key : found->keys) items.push_back(to_json(key));
    const bool full = items.size() == static_cast<std::size_t>(page->limit);
    const std::string next = full ? found->keys.back().id.to_string() : "";
    co_return gateway::render_page(call, *page, items, found->total, next);
}

Task<Result<Response>> get_key(ApiKeys& keys, Call& call) {
    auto id = id_in(call);
    if (!id) co_return id.error();
    auto key = co_await keys.get(call.caller, *id);
    if (!key) co_return key.error();
    co_return gateway::render_resource(call, 200, to_json(*key), etag_of(*key));
}

Task<Result<Response>> end_key(ApiKeys& keys, Call& call) {
    auto id = id_in(call);
    if (!id) co_return id.error();
    auto done = co_await keys.end(call.caller, *id);
    if (!done) co_return done.error();
    Response response;
    response.status = 204;
    co_return response;
}

}  // namespace

std::vector<gateway::Route> api_key_routes(ApiKeys& keys) {
    auto to = [&keys](Task<Result<Response>> (*handler)(ApiKeys&, Call&)) {
        return [&keys, handler](Call& call) { return handler(keys, call); };
    };
    return {
        {Method::post, "/api/api-keys", "createApiKey", Access::signed_in, to(make_key)},
        {Method::get, "/api/api-keys", "listApiKeys", Access::signed_in, to(list_keys)},
        {Method::get, "/api/api-keys/{id}", "getApiKey", Access::signed_in, to(get_key)},
        {Method::del, "/api/api-keys/{id}", "deleteApiKey", Access::signed_in, to(end_key)},
    };
}

}  // namespace cloudretail::user
