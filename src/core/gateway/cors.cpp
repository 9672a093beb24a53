// See cors.hpp.
#include <algorithm>
#include <gateway/cors.hpp>

namespace cloudretail::gateway {

namespace {
constexpr const char* allowed_headers =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id, "
    "traceparent";
constexpr const char* exposed_headers =
    "ETag, Link, Location, Idempotency-Replayed, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id";
}  // namespace

Cors::Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {
    all_ = std::find(origins_.begin(), origins_.end(), "*") != origins_.end();
}

bool Cors::allowed(std::string_view origin) const {
    return !origin.empty() && (all_ || std::find(origins_.begin(), origins_.end(), origin) != origins_.end());
}

std::optional<http::Response> Cors::preflight(const http::Request& request, const std::string& allow) const {
    if (request.method != http::Method::options || allow.empty()) return std::nullopt;
    http::Response response;
    response.status = 204;
    response.headers.add("Allow", allow);
    if (request.headers.has("Access-Control-Request-Method") && allowed(request.headers.get("Origin"))) {
        response.headers.add("Access-Control-Allow-Methods", allow);
        response.headers.add("Access-Control-Allow-Headers", allowed_headers);
        response.headers.add("Access-Control-Max-Age", "7200");
    }
    return response;
}

void Cors::mark(const http::Request& request, http::Response& response) const {
    if (origins_.empty()) return;
    // The answer differs by origin, and so must a cache between us.
    if (!all_) response.headers.add("Vary", "Origin");
    const std::string_view origin = request.headers.get("Origin");
    if (!allowed(origin)) return;
    response.headers.add("Access-Control-Allow-Origin", all_ ? "*" : std::string(origin));
    response.headers.add("Access-Control-Expose-Headers", exposed_headers);
}

}  // namespace cloudretail::gateway
