// The kind of browser and system a session is used with, as much as its owner needs to recognize it and no
// more: "Firefox on Linux". Pure function.
#pragma once

#include <string>
#include <string_view>

namespace cloudretail::user {

/// From the request's User-Agent, whatever it holds; never longer than 64 bytes.
std::string device_of(std::string_view user_agent);

}  // namespace cloudretail::user
