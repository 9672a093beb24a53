// Signs webhooks as a payment provider does (Standard Webhooks 1.0), by libsodium alone, so that it does not
// lean on what it helps to test. Pure functions.
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <string>

namespace cloudretail::test {

struct SignedWebhook {
    std::string id, timestamp, signature, body;
};

/// `key` is the key itself, not its "whsec_" text.
inline SignedWebhook sign_webhook(const std::string& key, std::string id, std::int64_t seconds,
                                  std::string body) {
    SignedWebhook webhook{std::move(id), std::to_string(seconds), {}, std::move(body)};
    const std::string content = webhook.id + "." + webhook.timestamp + "." + webhook.body;
    const auto bytes = [](const std::string& text) {
        return reinterpret_cast<const unsigned char*>(text.data());
    };
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, bytes(key), key.size());
    crypto_auth_hmacsha256_update(&state, bytes(content), content.size());
    crypto_auth_hmacsha256_final(&state, mac.data());
    std::array<char, 64> text{};
    sodium_bin2base64(text.data(), text.size(), mac.data(), mac.size(), sodium_base64_VARIANT_ORIGINAL);
    webhook.signature = std::string("v1,") + text.data();
    return webhook;
}

}  // namespace cloudretail::test
