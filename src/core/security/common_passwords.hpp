// The passwords that guessing begins with: the best known of length 8 and more. Constant data.
#pragma once

#include <span>
#include <string_view>

namespace cloudretail::security {

/// Lower case, sorted.
std::span<const std::string_view> common_passwords();

}  // namespace cloudretail::security
