// Secrets made of randomness (libsodium). Any thread.
#pragma once

#include <string>

namespace cloudretail::security {

std::string random_bytes(std::size_t count);

/// 32 random bytes as 43 characters of base64url: a secret for a link, beyond guessing. Keep its hash only.
std::string random_token();

}  // namespace cloudretail::security
