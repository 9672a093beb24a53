// See request_identity.hpp.
#include <algorithm>
#include <base/uuid.hpp>
#include <gateway/request_identity.hpp>

namespace cloudretail::gateway {

namespace {

bool is_id_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
}

bool is_lower_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool all_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

/// The host part of "https://shop.example:8443/path".
std::string_view authority_of(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    url.remove_prefix(scheme + 3);
    return url.substr(0, url.find('/'));
}

std::string_view origin_of(std::string_view url) {
    const std::string_view authority = authority_of(url);
    return authority.empty() ? authority : url.substr(0, url.find("://") + 3 + authority.size());
}

/// The value of our cookie in a Cookie header: "a=1; cloudretail_session=…; b=2".
std::string_view session_in(std::string_view cookies) {
    while (!cookies.empty()) {
        const std::size_t end = cookies.find(';');
        std::string_view pair = cookies.substr(0, end);
        pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
        if (pair.starts_with(session_cookie) && pair.substr(session_cookie.size()).starts_with('=')) {
            return pair.substr(session_cookie.size() + 1);
        }
        if (end == std::string_view::npos) break;
        cookies.remove_prefix(end + 1);
    }
    return {};
}

}  // namespace

std::string request_id_of(const http::Request& request) {
    const std::string_view sent = request.headers.get("X-Request-Id");
    const bool good =
        !sent.empty() && sent.size() <= 64 && std::all_of(sent.begin(), sent.end(), is_id_character);
    return good ? std::string(sent) : make_uuid().to_string();
}

std::string traceparent_of(const http::Request& request) {
    // 00-<32 hex trace id>-<16 hex parent id>-<2 hex flags>
    constexpr std::size_t length = 55;
    const std::string_view sent = request.headers.get("traceparent");
    if (sent.size() < length || sent[2] != '-' || sent[35] != '-' || sent[52] != '-') return {};
    const std::string_view version = sent.substr(0, 2), trace = sent.substr(3, 32),
                           parent = sent.substr(36, 16), flags = sent.substr(53, 2);
    const bool longer = sent.size() > length;
    if (version == "ff" || (longer && (version == "00" || sent[length] != '-'))) return {};
    const bool good =
        is_lower_hex(version) && is_lower_hex(trace) && is_lower_hex(parent) && is_lower_hex(flags);
    if (!good || all_zero(trace) || all_zero(parent)) return {};
    return "00" + std::string(sent.substr(2, length - 2));
}

std::string_view trace_id_of(std::string_view traceparent) {
    return traceparent.empty() ? traceparent : traceparent.substr(3, 32);
}

Credentials credentials_of(const http::Request& request) {
    const std::string_view authorization = request.headers.get("Authorization");
    if (!authorization.empty()) {
        constexpr std::string_view scheme = "Bearer ";
        if (authorization.size() <= scheme.size() ||
            !http::same_name(authorization.substr(0, scheme.size()), scheme)) {
            return {.kind = Credentials::Kind::unusable, .token = {}};
        }
        return {.kind = Credentials::Kind::bearer, .token = std::string(authorization.substr(scheme.size()))};
    }
    const std::string_view session = session_in(request.headers.get("Cookie"));
    if (session.empty()) return {};
    return {.kind = Credentials::Kind::cookie, .token = std::string(session)};
}

bool is_write(http::Method method) {
    return method != http::Method::get && method != http::Method::head && method != http::Method::options;
}

bool is_same_origin(const http::Request& request, std::string_view public_url) {
    const std::string_view site = request.headers.get("Sec-Fetch-Site");
    if (!site.empty()) return site == "same-origin" || site == "none";
    const std::string_view origin = request.headers.get("Origin");
    if (origin.empty()) return false;
    const std::string_view authority = authority_of(origin);
    if (!authority.empty() && http::same_name(authority, request.headers.get("Host"))) return true;
    const std::string_view ours = origin_of(public_url);
    return !ours.empty() && http::same_name(ours, origin);
}

std::string forget_session_cookie() {
    return std::string(session_cookie) + "=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax";
}

}  // namespace cloudretail::gateway
