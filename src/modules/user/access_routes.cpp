// Passwords, second factor and sessions over HTTP; see routes.hpp. Bodies have passed the schema before they
// are read here.
#include <gateway/page.hpp>
#include "render.hpp"
#include "routes.hpp"

namespace cloudretail::user {

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;
using http::Response;

Response empty_answer(int status) {
    Response response;
    response.status = status;
    return response;
}

Result<Response> empty_or(const Result<>& done) {
    if (!done) return done.error();
    return empty_answer(204);
}

Task<Result<Response>> change_password(const Services& services, Call& call) {
    auto current = text_of(call.body()["currentPassword"]), next = text_of(call.body()["newPassword"]);
    auto done = co_await services.passwords.change(call.caller, std::move(current), std::move(next),
                                                   call.client_address);
    co_return empty_or(done);
}

Task<Result<Response>> forgot_password(const Services& services, Call& call) {
    auto email = text_of(call.body()["email"]);
    co_await services.passwords.request_mail(Purpose::reset, std::move(email));
    co_return empty_answer(202);
}

Task<Result<Response>> reset_password(const Services& services, Call& call) {
    auto token = text_of(call.body()["token"]), next = text_of(call.body()["newPassword"]);
    auto done = co_await services.passwords.reset(std::move(token), std::move(next), call.request_id);
    co_return empty_or(done);
}

Task<Result<Response>> verify_email(const Services& services, Call& call) {
    auto token = text_of(call.body()["token"]);
    auto done = co_await services.passwords.verify_email(std::move(token));
    co_return empty_or(done);
}

Task<Result<Response>> resend_verification(const Services& services, Call& call) {
    auto email = text_of(call.body()["email"]);
    co_await services.passwords.request_mail(Purpose::verify, std::move(email));
    co_return empty_answer(202);
}

Task<Result<Response>> set_up_two_factor(const Services& services, Call& call) {
    auto setup = co_await services.two_factor.set_up(call.caller);
    if (!setup) co_return setup.error();
    json::Writer w;
    w.begin_object().member("secret", setup->secret).member("otpauthUri", setup->otpauth_uri);
    w.member("qrSvg", setup->qr_svg).end_object();
    co_return private_answer(http::json_response(200, w.take()));
}

Result<Response> codes_or(const Result<std::vector<std::string>>& codes) {
    if (!codes) return codes.error();
    return private_answer(http::json_response(200, recovery_codes_json(*codes)));
}

Task<Result<Response>> enable_two_factor(const Services& services, Call& call) {
    auto code = text_of(call.body()["code"]);
    auto codes = co_await services.two_factor.enable(call.caller, std::move(code));
    co_return codes_or(codes);
}

Task<Result<Response>> renew_recovery_codes(const Services& services, Call& call) {
    auto code = text_of(call.body()["code"]);
    auto codes = co_await services.two_factor.renew_recovery_codes(call.caller, std::move(code));
    co_return codes_or(codes);
}

Task<Result<Response>> disable_two_factor(const Services& services, Call& call) {
    auto password = text_of(call.body()["password"]), code = text_of(call.body()["code"]);
    auto done = co_await services.two_factor.disable(call.caller, std::move(password), std::move(code),
                                                     call.client_address);
    co_return empty_or(done);
}

Task<Result<Response>> list_sessions(const Services& services, Call& call) {
    auto page = gateway::read_page(call);
    if (!page) co_return page.error();
    auto found = co_await services.sessions.list(call.caller, *page);
    if (!found) co_return found.error();
    std::vector<std::string> items;
    for (const Session& session : found->sessions)
        items.push_back(to_json(session, session.token_id.to_string() == call.caller.token_id));
    const bool full = items.size() == static_cast<std::size_t>(page->limit);
    const std::string next = full ? found->sessions.back().token_id.to_string() : "";
    co_return gateway::render_page(call, *page, items, found->total, next);
}

Task<Result<Response>> end_session(const Services& services, Call& call) {
    auto id = Uuid::parse(call.path_values.at(0));
    if (!id) co_return Error(cloudretail::errors::not_found, "No such id.");
    auto done = co_await services.sessions.end(call.caller, *id);
    co_return empty_or(done);
}

}  // namespace

std::vector<gateway::Route> access_routes(const Services& services) {
    auto to = [services](Task<Result<Response>> (*handler)(const Services&, Call&)) {
        return [services, handler](Call& call) { return handler(services, call); };
    };
    const std::string bucket = "password";
    return {
        {Method::post, "/api/users/me/password", "changePassword", Access::signed_in, to(change_password),
         nullptr, bucket},
        {Method::post, "/api/users/password/forgot", "forgotPassword", Access::anyone, to(forgot_password),
         nullptr, bucket},
        {Method::post, "/api/users/password/reset", "resetPassword", Access::anyone, to(reset_password),
         nullptr, bucket},
        {Method::post, "/api/users/verify-email", "verifyEmail", Access::anyone, to(verify_email), nullptr,
         bucket},
        {Method::post, "/api/users/verify-email/resend", "resendVerification", Access::anyone,
         to(resend_verification), nullptr, bucket},
        {Method::post, "/api/users/me/2fa/setup", "setUpTwoFactor", Access::signed_in, to(set_up_two_factor),
         nullptr, bucket},
        {Method::post, "/api/users/me/2fa/enable", "enableTwoFactor", Access::signed_in,
         to(enable_two_factor), nullptr, bucket},
        {Method::post, "/api/users/me/2fa/recovery-codes", "renewRecoveryCodes", Access::signed_in,
         to(renew_recovery_codes), nullptr, bucket},
        {Method::post, "/api/users/me/2fa/disable", "disableTwoFactor", Access::signed_in,
         to(disable_two_factor), nullptr, bucket},
        {Method::get, "/api/users/me/sessions", "listSessions", Access::signed_in, to(list_sessions)},
        {Method::del, "/api/users/me/sessions/{id}", "endSession", Access::signed_in, to(end_session)},
    };
}

}  // namespace cloudretail::user
