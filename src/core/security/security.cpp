// Thin calls into libsodium. Any thread.
#include <security/password.hpp>
#include <security/security.hpp>

#include <sodium.h>
#include <stdexcept>

namespace cloudretail::security {
namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

void initialize() {
    if (::sodium_init() < 0)
        throw std::runtime_error("libsodium cannot be initialized: no source of randomness");
}

std::string hmac_sha256_base64url(std::string_view key, std::string_view message) {
    crypto_auth_hmacsha256_state state;
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    ::crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
    ::crypto_auth_hmacsha256_update(&state, bytes_of(message), message.size());
    ::crypto_auth_hmacsha256_final(&state, mac);
    ::sodium_memzero(&state, sizeof state);
    constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    char text[sodium_base64_ENCODED_LEN(sizeof mac, variant)];
    ::sodium_bin2base64(text, sizeof text, mac, sizeof mac, variant);
    return text;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && ::sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string sha256_hex(std::string_view data) {
    unsigned char hash[crypto_hash_sha256_BYTES];
    ::crypto_hash_sha256(hash, bytes_of(data), data.size());
    char text[2 * sizeof hash + 1];
    ::sodium_bin2hex(text, sizeof text, hash, sizeof hash);
    return text;
}

}  // namespace cloudretail::security
