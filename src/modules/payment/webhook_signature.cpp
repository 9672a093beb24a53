// Making and comparing webhook signatures; see webhook_signature.hpp.
#include "webhook_signature.hpp"

#include <cstdint>
#include <security/security.hpp>

namespace cloudretail::payment {

namespace {

int sextet(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

std::string from_base64(std::string_view text) {
    while (text.ends_with('=')) text.remove_suffix(1);
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const int value = sextet(c);
        if (value < 0) return {};
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes.push_back(static_cast<char>((bits >> count) & 0xff));
    }
    return bytes;
}

}  // namespace

std::string webhook_key(std::string_view secret) {
    constexpr std::string_view prefix = "whsec_";
    if (!secret.starts_with(prefix)) return std::string(secret);
    return from_base64(secret.substr(prefix.size()));
}

std::string sign_webhook(std::string_view key, std::string_view id, std::string_view timestamp,
                         std::string_view body) {
    std::string content(id);
    content.append(".").append(timestamp).append(".").append(body);
    std::string mac = security::hmac_sha256_base64url(key, content);
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
        found |= security::equal_in_constant_time(one, ours);
        rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
    }
    return found;
}

}  // namespace cloudretail::payment
