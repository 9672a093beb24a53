// The start of libsodium, and the small primitives that signing and hashing share.
#pragma once

#include <string>
#include <string_view>

namespace cloudretail::security {

/// Initializes libsodium. Idempotent, any thread; what needs it calls it, main calls it before any thread
/// starts. Throws std::runtime_error when the system has no randomness to offer.
void initialize();

/// HMAC-SHA-256 (RFC 2104) of `message` under a key of any length, as 43 characters of base64url without
/// padding.
std::string hmac_sha256_base64url(std::string_view key, std::string_view message);

/// Equal, in time that depends on the lengths alone.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace cloudretail::security
