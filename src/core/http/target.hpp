// The request target (RFC 9112 section 3.2) taken apart, strictly: what is ambiguous is refused, so that
// router, proxies and logs all see the same path. Pure functions; any thread.
#pragma once

#include <http/message.hpp>
#include <string>
#include <string_view>

namespace cloudretail::http {

/// Fills request.path and request.query from request.target; an absolute-form target also replaces Host
/// (section 3.2.2). Answers an empty text, or what is wrong with it (for a 400): escapes that are none, NUL
/// and other control characters, what is not UTF-8, `%2F` and `..` segments in the path, a fragment, more
/// than 256 query parameters.
std::string_view parse_target(Request& request);

/// Is `host` one name or address with an optional port (no user, no path, no list)?
bool valid_host(std::string_view host);

}  // namespace cloudretail::http
