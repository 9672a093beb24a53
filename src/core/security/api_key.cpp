// See api_key.hpp.
#include <security/api_key.hpp>
#include <security/security.hpp>

#include <sodium.h>
#include <zlib.h>
#include <algorithm>

namespace cloudretail::security {
namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t random_size = 32, checksum_size = 6, hint_size = 4;

std::string checksum(std::string_view random) {
    auto rest = ::crc32(0, reinterpret_cast<const Bytef*>(random.data()), static_cast<uInt>(random.size()));
    std::string text(checksum_size, digits[0]);
    for (std::size_t i = checksum_size; i-- > 0; rest /= digits.size())
        text[i] = digits[rest % digits.size()];
    return text;
}

}  // namespace

std::string make_api_key() {
    initialize();
    std::string random;
    for (std::size_t i = 0; i < random_size; ++i)
        random += digits[::randombytes_uniform(static_cast<std::uint32_t>(digits.size()))];
    return std::string(api_key_prefix) + random + checksum(random);
}

bool is_api_key(std::string_view text) {
    if (text.size() != api_key_prefix.size() + random_size + checksum_size) return false;
    if (!text.starts_with(api_key_prefix)) return false;
    const std::string_view random = text.substr(api_key_prefix.size(), random_size);
    const bool plain = std::ranges::all_of(random, [](char c) { return digits.find(c) != digits.npos; });
    return plain && text.substr(api_key_prefix.size() + random_size) == checksum(random);
}

std::string api_key_hint(std::string_view key) {
    return std::string(key.substr(0, api_key_prefix.size() + hint_size));
}

}  // namespace cloudretail::security
