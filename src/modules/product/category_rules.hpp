// Categories and the tree they make: pure functions, no I/O.
#pragma once

#include <base/clock.hpp>
#include <base/id.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::product {

using CategoryId = Id<"category">;

struct Category {
    CategoryId id{};
    std::string slug, name;
    std::optional<CategoryId> parent;  // none: at the top
    std::int64_t position = 0;         // among its siblings, then by name
    std::int64_t listed_products = 0;  // on sale in it, without those below it
    std::int64_t version = 1;
    Timestamp created_at{}, updated_at{};
};

/// A category where it hangs.
struct Node {
    Category category;
    int depth = 1;                    // 1 at the top
    std::int64_t total_products = 0;  // with those of all below it
};

/// Each followed by what is below it, siblings by position, then by folded name, then by slug. One whose
/// parent is missing stands at the top.
std::vector<Node> tree_of(std::vector<Category> all);

/// May `category` hang below `parent` (none: at the top)? Not below itself, and nothing deeper than
/// `most_depth`. Empty: it may; else why not.
std::string hanging_problem(const std::vector<Node>& tree, CategoryId category,
                            const std::optional<CategoryId>& parent, int most_depth);

/// Strong ETag: the version, and the counts that change without one.
std::string etag_of(const Node& node);
/// Does an If-Match name this version, whatever the counts were? True for an empty one and for "*".
bool names_version(std::string_view if_match, std::int64_t version);

}  // namespace cloudretail::product
