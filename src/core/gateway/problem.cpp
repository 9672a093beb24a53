// See problem.hpp.
#include <base/json.hpp>
#include <gateway/problem.hpp>

namespace cloudretail::gateway {

namespace {

http::Response render(int status, std::string_view type, std::string_view title, std::string_view detail,
                      const ProblemContext& context, const Error* error) {
    json::Writer w;
    w.reserve(256);
    w.begin_object();
    w.member("type", type).member("title", title).member("status", status).member("detail", detail);
    w.member("instance", context.instance).member("requestId", context.request_id);
    if (error && !error->fields.empty()) {
        w.key("errors").begin_array();
        for (const FieldError& field : error->fields) {
            w.begin_object().member("pointer", field.pointer).member("detail", field.detail).end_object();
        }
        w.end_array();
    }
    w.end_object();
    http::Response response;
    response.status = status;
    response.body = w.take();
    if (error && !error->members.empty())
        response.body.insert(response.body.size() - 1, "," + error->members);
    response.headers.add("Content-Type", "application/problem+json");
    return response;
}

std::string_view reason(int status) {
    switch (status) {
        case 408:
            return "Request Timeout";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        default:
            return "Bad Request";
    }
}

}  // namespace

int status_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::malformed:
            return 400;
        case ErrorKind::unauthenticated:
            return 401;
        case ErrorKind::payment_required:
            return 402;
        case ErrorKind::forbidden:
            return 403;
        case ErrorKind::not_found:
            return 404;
        case ErrorKind::method_not_allowed:
            return 405;
        case ErrorKind::conflict:
            return 409;
        case ErrorKind::precondition_failed:
            return 412;
        case ErrorKind::too_large:
            return 413;
        case ErrorKind::unsupported_media:
            return 415;
        case ErrorKind::invalid:
            return 422;
        case ErrorKind::rate_limited:
            return 429;
        case ErrorKind::header_too_large:
            return 431;
        case ErrorKind::unavailable:
            return 503;
        case ErrorKind::internal:
            return 500;
    }
    return 500;  // a value outside the enumeration
}

http::Response problem_response(const Error& error, const ProblemContext& context) {
    const int status = status_of(error.type->kind);
    const std::string type = "/problems/" + std::string(error.type->slug);
    // A problem always has a sentence for a person; the title is one.
    const std::string_view detail = error.detail.empty() ? error.type->title : std::string_view(error.detail);
    http::Response response = render(status, type, error.type->title, detail, context, &error);
    if (status == 401) response.headers.add("WWW-Authenticate", "Bearer");
    int retry_after_s = error.retry_after_s;
    if (retry_after_s <= 0 && (status == 429 || status == 503)) retry_after_s = 1;
    if (retry_after_s > 0) response.headers.add("Retry-After", std::to_string(retry_after_s));
    return response;
}

http::Response plain_problem(int status, std::string_view detail, const ProblemContext& context) {
    http::Response response = render(status, "about:blank", reason(status), detail, context, nullptr);
    if (status == 503) response.headers.add("Retry-After", "1");
    return response;
}

void stamp_problem(http::Response& response, std::string_view request_id) {
    constexpr std::string_view member = "\"requestId\":\"";
    if (response.headers.get("Content-Type") != "application/problem+json") return;
    // No text of a problem holds a quote that is not escaped: this is the member itself.
    const auto at = response.body.find(member);
    if (at == std::string::npos) return;
    const auto begin = at + member.size();
    response.body.replace(begin, response.body.find('"', begin) - begin, request_id);
}

}  // namespace cloudretail::gateway
