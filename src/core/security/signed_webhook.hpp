// Signatures of webhooks, those that come in and those that go out, as the Standard Webhooks specification
// (standardwebhooks.com, 1.0) describes them: HMAC-SHA-256 over "<id>.<timestamp>.<body>", as "v1,<base64>".
// Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace cloudretail::security {

/// The headers a signed request brings: webhook-id, webhook-timestamp (seconds since 1970),
/// webhook-signature.
struct WebhookHeaders {
    std::string id, timestamp, signature;
};

/// "whsec_" and base64: how a key is shown to people.
std::string webhook_secret(std::string_view key);
/// `secret` is "whsec_" and base64, or any other text as it is. Empty where the base64 is none.
std::string webhook_key(std::string_view secret);
std::string sign_webhook(std::string_view key, std::string_view id, std::string_view timestamp,
                         std::string_view body);
/// Is one of the signatures in the header (separated by spaces) ours? Compares in constant time.
bool is_signed(std::string_view key, const WebhookHeaders& headers, std::string_view body);

}  // namespace cloudretail::security
