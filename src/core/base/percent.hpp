// Percent-encoding (RFC 3986 2.1) of text that becomes part of an address. Pure function.
#pragma once

#include <string>
#include <string_view>

namespace cloudretail {

/// Every byte but the unreserved characters becomes %XX.
std::string percent_encode(std::string_view text);

}  // namespace cloudretail
