// Making and comparing webhook signatures; see signed_webhook.hpp.
#include <security/security.hpp>
#include <security/signed_webhook.hpp>

#include <sodium.h>

namespace cloudretail::security {

namespace {

constexpr std::string_view prefix = "whsec_";

/// Padded or not; empty where it is none.
std::string from_base64(std::string_view text) {
    while (text.ends_with('=')) text.remove_suffix(1);
    std::string bytes(text.size(), '\0');
    std::size_t length = 0;
    if (::sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                            text.size(), nullptr, &length, nullptr,
                            sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
        return {};
    bytes.resize(length);
    return bytes;
}

}  // namespace

std::string webhook_secret(std::string_view key) {
    constexpr int variant = sodium_base64_VARIANT_ORIGINAL;
    std::string text(sodium_base64_encoded_len(key.size(), variant), '\0');
    ::sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(key.data()),
                        key.size(), variant);
    text.pop_back();  // the zero byte
    return std::string(prefix) + text;
}

std::string webhook_key(std::string_view secret) {
    if (!secret.starts_with(prefix)) return std::string(secret);
    return from_base64(secret.substr(prefix.size()));
}

std::string sign_webhook(std::string_view key, std::string_view id, std::string_view timestamp,
                         std::string_view body) {
    std::string content(id);
    content.append(".").append(timestamp).append(".").append(body);
    std::string mac = hmac_sha256_base64url(key, content);
    for (char& c : mac) c = c == '-' ? '+' : c == '_' ? '/' : c;
    return "v1," + mac + "=";  // 32 bytes: 43 characters and one of padding
}

bool is_signed(std::string_view key, const WebhookHeaders& headers, std::string_view body) {
    const std::string ours = sign_webhook(key, headers.id, headers.timestamp, body);
    std::string_view rest = headers.signature;
    bool found = false;
    while (!rest.empty()) {
        const std::size_t space = rest.find(' ');
        const std::string_view one = rest.substr(0, space);
        found |= equal_in_constant_time(one, ours);
        rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
    }
    return found;
}

}  // namespace cloudretail::security
