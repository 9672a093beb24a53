// The JSON of this module's resources (openapi.json names the fields). Pure functions.
#pragma once

#include <string>
#include "webhook.hpp"

namespace cloudretail::webhook {

/// `secret` empty: it is not shown.
std::string to_json(const Webhook& webhook, std::string_view secret = {});
/// After a rotation.
std::string to_json(const Webhook& webhook, std::string_view secret, Timestamp before_expires_at);
std::string to_json(const Delivery& delivery);

}  // namespace cloudretail::webhook
