// The one error vocabulary: what the caller or the world refused travels as Result<T>; a broken machine is an
// exception; an impossible state is CR_ASSERT. HTTP statuses are made from ErrorKind in one place only,
// core/gateway/problem.cpp.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail {

/// What a refusal means to the caller; gateway/problem.cpp maps each to one HTTP status.
enum class ErrorKind {
    malformed,            // 400: not HTTP, not JSON
    unauthenticated,      // 401
    payment_required,     // 402
    forbidden,            // 403
    not_found,            // 404
    method_not_allowed,   // 405
    conflict,             // 409
    precondition_failed,  // 412
    too_large,            // 413
    unsupported_media,    // 415
    invalid,              // 422
    rate_limited,         // 429
    header_too_large,     // 431
    unavailable,          // 503
    internal,             // 500
};

/// A kind of problem with a stable slug (`/problems/<slug>`, RFC 9457). Declared `inline constexpr` in the
/// header of whoever returns it.
struct ErrorType {
    std::string_view slug;
    std::string_view title;
    ErrorKind kind;
};

/// One invalid place of the input; `pointer` is an RFC 6901 pointer into the body, or `query/<name>`.
struct FieldError {
    std::string pointer;
    std::string detail;
};

namespace errors {
inline constexpr ErrorType internal{"internal", "Something went wrong on our side", ErrorKind::internal};
}

struct Error {
    const ErrorType* type;             // never null
    std::string detail;                // one sentence for a person; no SQL, no path, no secret
    std::vector<FieldError> fields{};  // validation only
    std::string members{};             // extra problem members as JSON text without braces: `"orderId":"…"`
    int retry_after_s = 0;             // > 0: Retry-After

    /// What boost's result asks for where it holds no error; never travels.
    Error() : type(&errors::internal) {}
    Error(const ErrorType& t, std::string d = {}) : type(&t), detail(std::move(d)) {}
    [[nodiscard]] bool is(const ErrorType& t) const { return type->slug == t.slug; }
};

template <class T = void>
using Result = boost::system::result<T, Error>;

/// Thrown by Result::value() on an error; only tests and `main` call value() unchecked.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
    throw std::runtime_error(std::string(error.type->slug) + ": " + error.detail);
}

namespace errors {
inline constexpr ErrorType validation{"validation", "The request is not valid", ErrorKind::invalid};
inline constexpr ErrorType malformed_json{"malformed-json", "The body is not valid JSON",
                                          ErrorKind::malformed};
inline constexpr ErrorType not_found{"not-found", "There is nothing here", ErrorKind::not_found};
inline constexpr ErrorType forbidden{"forbidden", "You may not do this", ErrorKind::forbidden};
inline constexpr ErrorType unauthenticated{"unauthenticated", "Sign in first", ErrorKind::unauthenticated};
inline constexpr ErrorType stale{"stale", "It was changed by someone else", ErrorKind::precondition_failed};
inline constexpr ErrorType unavailable{"unavailable", "Not available at the moment", ErrorKind::unavailable};
inline constexpr ErrorType overloaded{"overloaded", "Too much is waiting", ErrorKind::unavailable};
inline constexpr ErrorType idempotency_key_reused{
    "idempotency-key-reused", "The idempotency key was used with another request", ErrorKind::invalid};
inline constexpr ErrorType idempotency_in_progress{
    "idempotency-in-progress", "The first request with this key is still running", ErrorKind::conflict};
}  // namespace errors

/// A dependency is away or its queue is full: becomes 503 + Retry-After at the gateway fence.
class Unavailable : public std::runtime_error {
  public:
    explicit Unavailable(const std::string& what, int retry_after_s = 1)
        : std::runtime_error(what), retry_after_s(retry_after_s) {}
    int retry_after_s;
};

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}  // namespace cloudretail

/// An impossible state: logs and aborts, in release too (durability makes the restart safe).
#define CR_ASSERT(x) ((x) ? void(0) : ::cloudretail::assertion_failed(#x, __FILE__, __LINE__))
