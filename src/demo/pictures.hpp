// The pictures of the demo store: each drawn from a list of shapes (icons.hpp) onto a ground of its
// category's colour, with light and a soft shadow; the same bytes each time. Pure; takes some milliseconds.
#pragma once

#include <string>
#include <string_view>

namespace cloudretail::demo {

/// A JPEG of a product.
std::string picture_of(std::string_view name, std::string_view category);

}  // namespace cloudretail::demo
