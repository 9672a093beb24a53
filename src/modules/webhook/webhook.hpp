// The things of this module as they lie in its tables.
#pragma once

#include <base/caller.hpp>
#include <string>
#include <vector>
#include "rules.hpp"

namespace cloudretail::webhook {

/// Somebody's endpoint.
struct Webhook {
    WebhookId id;
    UserId owner_id;
    Role owner_role = Role::vendor;  // decides, with owner_id, which events it may see
    std::string url;
    std::vector<std::string> events;  // patterns (event_types.hpp)
    std::string description;
    bool active = true;
    std::string disabled_reason{};  // by us: "gone", "failing"
    Standing standing{};
    std::int64_t version = 1;
    Timestamp created_at{}, updated_at{};
};

/// One of the keys that an endpoint's messages are signed with.
struct Secret {
    std::string id, sealed;
    std::optional<Timestamp> expires_at{};
};

enum class State { pending, delivered, dead };
std::string_view to_text(State state);
std::optional<State> state_from_text(std::string_view text);

struct Attempt {
    int number = 0;
    Timestamp at{};
    std::int64_t duration_ms = 0;
    int status = 0;        // 0 = no answer
    std::string error;     // why there was none; else empty
    std::string response;  // the beginning of the answer
};

struct Delivery {
    DeliveryId id;
    WebhookId webhook_id;
    std::string message_id, type;
    State state = State::pending;
    int attempts = 0;  // in all
    int tries = 0;     // of the present round
    Timestamp round_at{}, next_at{}, created_at{};
    std::string error{};
    std::optional<Timestamp> ended_at{};
    std::vector<Attempt> latest{};  // newest first
};

}  // namespace cloudretail::webhook
