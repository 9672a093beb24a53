// See category_rules.hpp.
#include "category_rules.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "text.hpp"

namespace cloudretail::product {

namespace {

using Children = std::map<std::optional<CategoryId>, std::vector<const Category*>>;

/// Each parent's children in their order.
Children children_of(const std::vector<Category>& all) {
    std::set<CategoryId> known;
    for (const Category& category : all) known.insert(category.id);
    Children children;
    for (const Category& category : all) {
        const bool hangs = category.parent && known.contains(*category.parent);
        children[hangs ? category.parent : std::nullopt].push_back(&category);
    }
    for (auto& [parent, list] : children) {
        std::sort(list.begin(), list.end(), [](const Category* a, const Category* b) {
            return std::make_tuple(a->position, fold(a->name), a->slug) <
                   std::make_tuple(b->position, fold(b->name), b->slug);
        });
    }
    return children;
}

/// Adds what hangs below `parent`; answers how many products it holds. Each category is visited once at most:
/// a ring, which no rule lets in, hangs nowhere.
std::int64_t grow(const Children& children, const std::optional<CategoryId>& parent, int depth,
                  std::vector<Node>& out) {
    const auto list = children.find(parent);
    if (list == children.end()) return 0;
    std::int64_t products = 0;
    for (const Category* category : list->second) {
        const std::size_t at = out.size();
        out.push_back({*category, depth, category->listed_products});
        out[at].total_products += grow(children, category->id, depth + 1, out);
        products += out[at].total_products;
    }
    return products;
}

std::size_t position_of(const std::vector<Node>& tree, CategoryId id) {
    const auto found =
        std::find_if(tree.begin(), tree.end(), [id](const Node& node) { return node.category.id == id; });
    return static_cast<std::size_t>(found - tree.begin());
}

}  // namespace

std::vector<Node> tree_of(std::vector<Category> all) {
    std::vector<Node> out;
    out.reserve(all.size());
    grow(children_of(all), std::nullopt, 1, out);
    return out;
}

std::string hanging_problem(const std::vector<Node>& tree, CategoryId category,
                            const std::optional<CategoryId>& parent, int most_depth) {
    // What is below a category follows it, deeper than it.
    const std::size_t first = position_of(tree, category);
    std::size_t end = first;
    int height = 1;
    if (first < tree.size()) {
        for (end = first + 1; end < tree.size() && tree[end].depth > tree[first].depth; ++end) {
            height = std::max(height, tree[end].depth - tree[first].depth + 1);
        }
    }
    int depth = 1;
    if (parent) {
        const std::size_t above = position_of(tree, *parent);
        if (above == tree.size()) return "is not a category";
        if (above >= first && above < end) return "is the category itself or below it";
        depth = tree[above].depth + 1;
    }
    if (depth + height - 1 > most_depth) {
        return "would make the tree deeper than " + std::to_string(most_depth) + " levels";
    }
    return {};
}

std::string etag_of(const Node& node) {
    return "\"" + std::to_string(node.category.version) + "-" +
           std::to_string(node.category.listed_products) + "-" + std::to_string(node.total_products) + "\"";
}

bool names_version(std::string_view if_match, std::int64_t version) {
    if (trim(if_match).empty() || trim(if_match) == "*") return true;
    const std::string wanted = "\"" + std::to_string(version) + "-";
    for (;;) {
        const std::string_view tag = trim(if_match.substr(0, if_match.find(',')));
        if (tag.starts_with(wanted)) return true;
        const auto comma = if_match.find(',');
        if (comma == std::string_view::npos) return false;
        if_match.remove_prefix(comma + 1);
    }
}

}  // namespace cloudretail::product
