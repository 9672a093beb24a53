// Text on its way into HTML. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace cloudretail::app {

/// As text of an element or a value in double quotes.
std::string escaped(std::string_view text);

}  // namespace cloudretail::app
