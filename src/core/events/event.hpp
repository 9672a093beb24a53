// An event as it lies in a module's outbox and reaches subscribers: CloudEvents 1.0 in our own table layout.
#pragma once

#include <base/clock.hpp>
#include <base/uuid.hpp>
#include <cstdint>
#include <string>

namespace cloudretail::events {

struct Event {
    Uuid id{};                // unique for ever; subscribers' effects happen once per id
    std::string type;         // "order.created"
    std::string subject;      // id of what it is about; order is kept per subject
    std::string data;         // JSON object: ids and amounts, never a person's data
    std::string traceparent;  // may be empty
    std::string audience;     // who may see it besides administrators (audience.hpp)
    Timestamp at{};
    std::int64_t position = 0;  // dense per module, given by the relay; 0 until published
};

}  // namespace cloudretail::events
