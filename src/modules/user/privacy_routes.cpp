// A person's data over HTTP: taking it along and having it erased; see routes.hpp. Bodies have passed the
// schema before they are read here.
#include "erasure.hpp"
#include "routes.hpp"

namespace cloudretail::user {

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;
using http::Response;

/// 204 when nothing is left, 202 with what it waits for.
Response answer(const ErasureState& state) {
    Response response;
    response.status = 204;
    if (state.ended_at) return response;
    json::Writer w;
    w.begin_object().member("userId", state.user_id).member("status", "erasing");
    if (!state.waits_for.empty()) w.member("waitsFor", state.waits_for);
    w.member("askedAt", state.asked_at).end_object();
    return http::json_response(202, w.take());
}

Task<Result<Response>> export_me(Erasure& erasure, Call& call) {
    auto data = co_await erasure.show(call.caller);
    if (!data) co_return data.error();
    auto response = private_answer(http::json_response(200, std::move(*data)));
    response.headers.set("Content-Disposition", "attachment; filename=\"personal-data.json\"");
    co_return response;
}

Task<Result<Response>> erase_me(Erasure& erasure, Call& call) {
    auto password = text_of(call.body()["password"]);
    std::string if_match(call.request.headers.get("If-Match"));
    auto state =
        co_await erasure.erase_me(call.caller, std::move(password), call.client_address, std::move(if_match));
    if (!state) co_return state.error();
    co_return answer(*state);
}

Task<Result<Response>> erase_user(Erasure& erasure, Call& call) {
    auto id = call.id<UserId>();
    if (!id) co_return id.error();
    std::string if_match(call.request.headers.get("If-Match"));
    auto state = co_await erasure.erase(call.caller, *id, std::move(if_match));
    if (!state) co_return state.error();
    co_return answer(*state);
}

}  // namespace

std::vector<gateway::Route> privacy_routes(Erasure& erasure) {
    auto to = [&erasure](Task<Result<Response>> (*handler)(Erasure&, Call&)) {
        return [&erasure, handler](Call& call) { return handler(erasure, call); };
    };
    return {
        {Method::get, "/api/users/me/export", "exportMe", Access::signed_in, to(export_me), nullptr,
         "password"},
        {Method::del, "/api/users/me", "eraseMe", Access::signed_in, to(erase_me), nullptr, "login"},
        {Method::del, "/api/users/{id}", "eraseUser", Access::admin, to(erase_user)},
    };
}

}  // namespace cloudretail::user
