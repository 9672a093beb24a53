// What the demo store sells: eight categories, each with its goods and what is said of all of them. Constant
// data; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cloudretail::demo {

struct Good {
    std::string_view name;
    std::int64_t price_minor;
    std::string_view text;
};

struct Category {
    std::string_view name, code;  // "Kitchen", "KIT": the beginning of its SKUs
    int vendor;                   // which of the demo's vendors sells it
    std::string_view remark;      // ends every description
    std::span<const Good> goods;
};

/// Home: electronics, kitchen, living, garden.
std::span<const Category> for_home();
/// Leisure: books, toys, sports, clothing.
std::span<const Category> for_leisure();

}  // namespace cloudretail::demo
