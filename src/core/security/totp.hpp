// Time-based one-time passwords (RFC 6238 over RFC 4226): HMAC-SHA-1, 6 digits, steps of 30 s, as every
// authenticator app knows them. Which step was used before is the caller's to keep. Pure functions but for
// make_totp_secret.
#pragma once

#include <base/clock.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace cloudretail::security {

/// 20 random bytes (RFC 4226 4, R6).
std::string make_totp_secret();

/// RFC 4648 6, upper case, without padding: how secrets are shown and typed.
std::string base32(std::string_view bytes);

/// The step of a moment.
std::int64_t totp_step(Timestamp at);
std::string totp_code(std::string_view secret, std::int64_t step);

/// The step that `code` belongs to: the present one or a neighbour (a clock may be off by one step, RFC 6238
/// 5.2), and later than `used`, the last one accepted. nullopt for any other code. Compares in constant time.
std::optional<std::int64_t> matching_totp_step(std::string_view secret, std::string_view code, Timestamp now,
                                               std::int64_t used);

/// What an authenticator app reads from a QR code: otpauth://totp/<issuer>:<account>?secret=….
std::string otpauth_uri(std::string_view issuer, std::string_view account, std::string_view secret);

}  // namespace cloudretail::security
