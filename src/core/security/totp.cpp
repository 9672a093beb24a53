// One-time passwords; see totp.hpp. libsodium has no SHA-1: the HMAC is OpenSSL's. Any thread.
#include <base/percent.hpp>
#include <security/random.hpp>
#include <security/security.hpp>
#include <security/totp.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <array>
#include <stdexcept>

namespace cloudretail::security {
namespace {

constexpr std::size_t secret_bytes = 20;
constexpr std::int64_t step_ms = 30'000;
constexpr std::size_t digits = 6;
constexpr std::uint32_t modulus = 1'000'000;

}  // namespace

std::string make_totp_secret() { return random_bytes(secret_bytes); }

std::string base32(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : bytes) {
        bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xffff;
        for (count += 8; count >= 5; count -= 5) out.push_back(alphabet[bits >> (count - 5) & 31]);
    }
    if (count > 0) out.push_back(alphabet[bits << (5 - count) & 31]);
    return out;
}

std::int64_t totp_step(Timestamp at) { return at.ms / step_ms; }

std::string totp_code(std::string_view secret, std::int64_t step) {
    std::array<unsigned char, 8> message{};
    for (std::size_t i = 0; i < message.size(); ++i)
        message[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (56 - 8 * i));
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned int length = 0;
    if (!::HMAC(::EVP_sha1(), secret.data(), static_cast<int>(secret.size()), message.data(), message.size(),
                mac.data(), &length))
        throw std::runtime_error("a one-time password cannot be computed");
    // RFC 4226 5.3: four bytes, from where the last half byte points at, without the sign.
    const std::size_t at = mac[length - 1] & 0x0f;
    const std::uint32_t number = (std::uint32_t{mac[at]} & 0x7f) << 24 | std::uint32_t{mac[at + 1]} << 16 |
                                 std::uint32_t{mac[at + 2]} << 8 | std::uint32_t{mac[at + 3]};
    std::string code = std::to_string(number % modulus);
    code.insert(0, digits - code.size(), '0');
    return code;
}

std::optional<std::int64_t> matching_totp_step(std::string_view secret, std::string_view code, Timestamp now,
                                               std::int64_t used) {
    const std::int64_t present = totp_step(now);
    std::optional<std::int64_t> found;
    for (std::int64_t step = present - 1; step <= present + 1; ++step) {
        const bool fits = equal_in_constant_time(totp_code(secret, step), code);
        if (fits && step > used && !found) found = step;
    }
    return found;
}

std::string otpauth_uri(std::string_view issuer, std::string_view account, std::string_view secret) {
    const std::string by = percent_encode(issuer);
    return "otpauth://totp/" + by + ":" + percent_encode(account) + "?secret=" + base32(secret) +
           "&issuer=" + by + "&algorithm=SHA1&digits=6&period=30";
}

}  // namespace cloudretail::security
