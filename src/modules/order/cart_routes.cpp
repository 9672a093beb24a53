// Routes of carts; see cart_routes.hpp. Bodies have passed the schema before they are read here.
#include "cart_routes.hpp"

#include <gateway/page.hpp>
#include "request.hpp"

namespace cloudretail::order {

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;
using http::Response;

std::string if_match_of(const Call& call) { return std::string(call.request.headers.get("If-Match")); }

Result<Response> shown(const Call& call, Result<ShownCart> cart) {
    if (!cart) return cart.error();
    return gateway::render_resource(call, 200, std::move(cart->body), cart->etag);
}

Task<Result<Response>> get(Carts& carts, Call& call) {
    auto cart = co_await carts.get(call.caller);
    co_return shown(call, std::move(cart));
}

Task<Result<Response>> replace(Carts& carts, Call& call) {
    auto lines = read_lines(call.body()["items"]);
    if (!lines) co_return lines.error();
    auto cart = co_await carts.replace(call.caller, std::move(*lines), if_match_of(call));
    co_return shown(call, std::move(cart));
}

Task<Result<Response>> merge(Carts& carts, Call& call) {
    auto lines = read_lines(call.body()["items"]);
    if (!lines) co_return lines.error();
    auto cart = co_await carts.merge(call.caller, std::move(*lines));
    co_return shown(call, std::move(cart));
}

Task<Result<Response>> clear(Carts& carts, Call& call) {
    auto cleared = co_await carts.clear(call.caller, if_match_of(call));
    if (!cleared) co_return cleared.error();
    Response response;
    response.status = 204;
    co_return response;
}

}  // namespace

std::vector<gateway::Route> cart_routes(Carts& carts) {
    auto to = [&carts](Task<Result<Response>> (*handler)(Carts&, Call&)) {
        return [&carts, handler](Call& call) { return handler(carts, call); };
    };
    return {
        {Method::get, "/api/cart", "getCart", Access::signed_in, to(get)},
        {Method::put, "/api/cart", "replaceCart", Access::signed_in, to(replace)},
        {Method::del, "/api/cart", "clearCart", Access::signed_in, to(clear)},
        {Method::post, "/api/cart/merge", "mergeCart", Access::signed_in, to(merge)},
    };
}

}  // namespace cloudretail::order
