// The webhook module publishes no events: it is where they end.
#pragma once

namespace cloudretail::webhook {

inline constexpr const char* test_event = "webhook.test";  // sent on demand to one endpoint, never published

}  // namespace cloudretail::webhook
