// What a request says about itself before anything is decided: its ids for tracing and its credentials.
// Thread rule: pure functions.
#pragma once

#include <http/message.hpp>
#include <string>
#include <string_view>

namespace cloudretail::gateway {

inline constexpr std::string_view session_cookie = "cloudretail_session";

/// X-Request-Id when it is 1–64 of [A-Za-z0-9._-], else a new id.
std::string request_id_of(const http::Request& request);

/// traceparent when it is valid (W3C Trace Context), else empty. A later version's is read as far as version
/// 00 goes, and continued as that.
std::string traceparent_of(const http::Request& request);
/// The trace id in a valid traceparent; empty in an empty one.
std::string_view trace_id_of(std::string_view traceparent);

struct Credentials {
    enum class Kind { none, bearer, cookie, unusable /* an Authorization that is not a bearer token */ };
    Kind kind = Kind::none;
    std::string token;
};

/// Authorization goes before the session cookie.
Credentials credentials_of(const http::Request& request);

/// May this method change something? Then a cookie alone is not enough (CSRF).
bool is_write(http::Method method);

/// Did the browser say that the request comes from our own pages: Sec-Fetch-Site same-origin or none, or an
/// Origin that is the Host asked for or `public_url`? (OWASP CSRF Prevention Cheat Sheet, "Verifying
/// origin".)
bool is_same_origin(const http::Request& request, std::string_view public_url);

/// The Set-Cookie that takes back a session cookie which is no longer good.
std::string forget_session_cookie();

}  // namespace cloudretail::gateway
