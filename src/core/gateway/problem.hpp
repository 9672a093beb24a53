// Errors as RFC 9457 problems: the one place where an ErrorKind becomes an HTTP status. It decides nothing
// else. Thread rule: pure functions.
#pragma once

#include <base/error.hpp>
#include <http/message.hpp>
#include <string>
#include <string_view>

namespace cloudretail::gateway {

/// What the gateway itself refuses.
namespace problems {
using http::errors::bad_request;
using http::errors::too_large;
inline constexpr ErrorType method_not_allowed{"method-not-allowed", "This method is not for this address",
                                              ErrorKind::method_not_allowed};
inline constexpr ErrorType csrf{"csrf", "The request did not come from our own pages", ErrorKind::forbidden};
inline constexpr ErrorType headers_too_large{"headers-too-large", "The header fields are too large",
                                             ErrorKind::header_too_large};
inline constexpr ErrorType unsupported_media{"unsupported-media-type",
                                             "The body is of a type this address does not take",
                                             ErrorKind::unsupported_media};
inline constexpr ErrorType insufficient_scope{"insufficient-scope", "The API key may not do this",
                                              ErrorKind::forbidden};
inline constexpr ErrorType rate_limited{"rate-limited", "Too many requests", ErrorKind::rate_limited};
}  // namespace problems

/// Where an error met the request.
struct ProblemContext {
    std::string_view instance;    // path of the request; may be empty
    std::string_view request_id;  // may be empty
};

int status_of(ErrorKind kind);

/// The problem as a response with its own headers: Content-Type, WWW-Authenticate (401), Retry-After (429,
/// 503, and where the error says so).
http::Response problem_response(const Error& error, const ProblemContext& context);

/// The same for a status without an ErrorKind of its own (408, 501): type about:blank, the reason phrase as
/// title.
http::Response plain_problem(int status, std::string_view detail, const ProblemContext& context);

/// A problem that was kept with an idempotency key names the request that it answers now; other answers stay.
void stamp_problem(http::Response& response, std::string_view request_id);

}  // namespace cloudretail::gateway
