// Randomness; see random.hpp.
#include <security/random.hpp>
#include <security/security.hpp>

#include <sodium.h>

namespace cloudretail::security {

std::string random_bytes(std::size_t count) {
    initialize();
    std::string bytes(count, '\0');
    ::randombytes_buf(bytes.data(), bytes.size());
    return bytes;
}

std::string random_token() {
    constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    unsigned char bytes[32];
    initialize();
    ::randombytes_buf(bytes, sizeof bytes);
    char text[sodium_base64_ENCODED_LEN(sizeof bytes, variant)];
    ::sodium_bin2base64(text, sizeof text, bytes, sizeof bytes, variant);
    ::sodium_memzero(bytes, sizeof bytes);
    return text;
}

}  // namespace cloudretail::security
