// UTF-8 (RFC 3629): no surrogates, no overlong forms, nothing past U+10FFFF. Pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace cloudretail {

/// Length in bytes (1–4) of the well-formed sequence at the front of `text`; 0 where there is none.
std::size_t utf8_sequence(std::string_view text);

[[nodiscard]] bool is_utf8(std::string_view text);

/// Number of code points; a byte that belongs to none counts as one.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

}  // namespace cloudretail
