// Registering, signing in and out, the profile; see routes.hpp. Bodies have passed the schema before they are
// read here.
#include "routes.hpp"

#include <gateway/page.hpp>
#include "device.hpp"
#include "render.hpp"

namespace cloudretail::user {

std::string text_of(json::View place) { return std::string(place.text().value_or("")); }

http::Response private_answer(http::Response response) {
    response.headers.set("Cache-Control", "no-store");
    return response;
}

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;
using http::Response;

std::optional<std::string> maybe_text(json::View place) {
    if (!place.present()) return std::nullopt;
    return text_of(place);
}

NewAccount read_account(json::View body) {
    NewAccount account;
    account.email = text_of(body["email"]);
    account.password = text_of(body["password"]);
    account.first_name = text_of(body["firstName"]);
    account.last_name = text_of(body["lastName"]);
    if (auto role = body["role"].text()) account.role = role_from_text(*role).value_or(Role::anonymous);
    account.consent = body["gdprConsent"].boolean().value_or(false);
    return account;
}

ProfileChange read_change(json::View body) {
    ProfileChange change;
    change.first_name = maybe_text(body["firstName"]);
    change.last_name = maybe_text(body["lastName"]);
    if (auto phone = body["phone"]; phone.is_null())
        change.phone = std::optional<std::string>();
    else if (phone.present())
        change.phone = std::optional(text_of(phone));
    if (auto list = body["addresses"]; list.present()) {
        auto& addresses = change.addresses.emplace();  // null is an empty list
        for (std::size_t i = 0; i < list.size(); ++i) addresses.push_back(address_from(list.at(i)));
    }
    return change;
}

std::string device_in(const Call& call) { return device_of(call.request.headers.get("User-Agent")); }

Task<Result<Response>> register_account(const Services& services, Call& call) {
    auto account = read_account(call.body());
    auto answer = co_await services.accounts.register_account(std::move(account), device_in(call),
                                                              call.idempotency, call.caller.traceparent);
    if (!answer) co_return answer.error();
    co_return private_answer(gateway::render_stored(std::move(*answer)));
}

Task<Result<Response>> log_in(const Services& services, Call& call, bool secure) {
    auto body = call.body();
    LogIn log_in;
    log_in.email = text_of(body["email"]);
    log_in.password = text_of(body["password"]);
    log_in.code = {text_of(body["totpCode"]), text_of(body["recoveryCode"])};
    log_in.address = call.client_address;
    log_in.device = device_in(call);
    const bool cookie = body["cookie"].boolean().value_or(false);
    auto signed_in = co_await services.sign_in.log_in(std::move(log_in));
    if (!signed_in) co_return signed_in.error();
    const Issued& issued = signed_in->issued;
    auto response =
        private_answer(http::json_response(200, signed_in_json(signed_in->user, issued, !cookie)));
    if (cookie) response.headers.add("Set-Cookie", session_cookie(issued.token, issued.expires_in_s, secure));
    co_return response;
}

Response signed_out_answer(bool secure) {
    Response response;
    response.status = 204;
    response.headers.add("Set-Cookie", session_cookie("", 0, secure));
    return response;
}

Task<Result<Response>> log_out(const Services& services, Call& call, bool secure) {
    auto done = co_await services.sign_in.log_out(call.caller);
    if (!done) co_return done.error();
    co_return signed_out_answer(secure);
}

Task<Result<Response>> log_out_everywhere(const Services& services, Call& call, bool secure) {
    auto done = co_await services.sign_in.log_out_everywhere(call.caller);
    if (!done) co_return done.error();
    co_return signed_out_answer(secure);
}

Task<Result<Response>> me(const Services& services, Call& call) {
    auto user = co_await services.accounts.me(call.caller);
    if (!user) co_return user.error();
    co_return gateway::render_resource(call, 200, to_json(*user), etag_of(*user));
}

Task<Result<Response>> change_profile(const Services& services, Call& call) {
    auto change = read_change(call.body());
    std::string if_match(call.request.headers.get("If-Match"));
    auto user =
        co_await services.accounts.change_profile(call.caller, std::move(change), std::move(if_match));
    if (!user) co_return user.error();
    co_return gateway::render_resource(call, 200, to_json(*user), etag_of(*user));
}

}  // namespace

std::vector<gateway::Route> routes(const Services& services, db::Database& database, bool secure_cookies) {
    auto to = [services](Task<Result<Response>> (*handler)(const Services&, Call&)) {
        return [services, handler](Call& call) { return handler(services, call); };
    };
    auto with_cookie = [services,
                        secure_cookies](Task<Result<Response>> (*handler)(const Services&, Call&, bool)) {
        return [services, handler, secure_cookies](Call& call) {
            return handler(services, call, secure_cookies);
        };
    };
    return {
        {Method::post, "/api/users/register", "registerUser", Access::anyone, to(register_account), &database,
         "register"},
        {Method::post, "/api/users/login", "logIn", Access::anyone, with_cookie(log_in), nullptr, "login"},
        {Method::post, "/api/users/logout", "logOut", Access::signed_in, with_cookie(log_out)},
        {Method::post, "/api/users/logout-everywhere", "logOutEverywhere", Access::signed_in,
         with_cookie(log_out_everywhere)},
        {Method::get, "/api/users/me", "getMe", Access::signed_in, to(me)},
        {Method::patch, "/api/users/me", "changeMe", Access::signed_in, to(change_profile)},
    };
}

}  // namespace cloudretail::user
