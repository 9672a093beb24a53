// Text for the middle of an SQL LIKE pattern. Pure function.
#pragma once

#include <string>
#include <string_view>

namespace cloudretail {

/// For a pattern with ESCAPE '\': wildcards in `text` stand for themselves.
std::string escape_like(std::string_view text);

}  // namespace cloudretail
