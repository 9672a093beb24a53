// Accounts for administrators over HTTP; see routes.hpp. Bodies and queries have passed the schema before
// they are read here.
#include <gateway/page.hpp>
#include "render.hpp"
#include "routes.hpp"

namespace cloudretail::user {

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;
using http::Response;

UserFilter read_filter(const Call& call) {
    UserFilter filter;
    if (auto role = call.query("role")) filter.role = role_from_text(*role);
    if (auto status = call.query("status")) filter.status = status_from_text(*status);
    if (auto wish = call.query("vendorRequested")) filter.vendor_requested = *wish == "true";
    if (auto text = call.query("search")) filter.text = rules::trimmed(*text);
    return filter;
}

Task<Result<Response>> list_users(Administration& administration, Call& call) {
    auto page = gateway::read_page(call);
    if (!page) co_return page.error();
    auto found = co_await administration.list(call.caller, read_filter(call), *page);
    if (!found) co_return found.error();
    std::vector<std::string> items;
    for (const User& user : found->users) items.push_back(to_json(user));
    const bool full = items.size() == static_cast<std::size_t>(page->limit);
    const std::string next = full ? found->users.back().id.to_string() : "";
    co_return gateway::render_page(call, *page, items, found->total, next);
}

Task<Result<Response>> get_user(Administration& administration, Call& call) {
    auto id = call.id<UserId>();
    if (!id) co_return id.error();
    auto user = co_await administration.get(call.caller, *id);
    if (!user) co_return user.error();
    co_return gateway::render_resource(call, 200, to_json(*user), etag_of(*user));
}

Task<Result<Response>> change_user(Administration& administration, Call& call) {
    auto id = call.id<UserId>();
    if (!id) co_return id.error();
    AccountDecision decision;
    if (auto role = call.body()["role"].text()) decision.role = role_from_text(*role);
    if (auto status = call.body()["status"].text()) decision.status = status_from_text(*status);
    decision.two_factor_off = call.body()["twoFactorEnabled"].boolean() == false;
    std::string if_match(call.request.headers.get("If-Match"));
    auto user = co_await administration.decide(call.caller, *id, decision, std::move(if_match));
    if (!user) co_return user.error();
    co_return gateway::render_resource(call, 200, to_json(*user), etag_of(*user));
}

}  // namespace

std::vector<gateway::Route> admin_routes(Administration& administration) {
    auto to = [&administration](Task<Result<Response>> (*handler)(Administration&, Call&)) {
        return [&administration, handler](Call& call) { return handler(administration, call); };
    };
    return {
        {Method::get, "/api/users", "listUsers", Access::admin, to(list_users)},
        {Method::get, "/api/users/{id}", "getUser", Access::admin, to(get_user)},
        {Method::patch, "/api/users/{id}", "changeUser", Access::admin, to(change_user)},
    };
}

}  // namespace cloudretail::user
