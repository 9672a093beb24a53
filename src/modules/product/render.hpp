// The JSON of the catalogue's resources (openapi.json names the fields). Pure functions.
#pragma once

#include <string>

#include "category_rules.hpp"
#include "rules.hpp"
#include "search.hpp"

namespace cloudretail::product {

/// `currency` is the store's ISO 4217 code.
std::string render(const Product& product, std::string_view currency);
/// Those that hold products on sale, the largest first.
std::string render_used(std::vector<Category> categories);
std::string render(const Node& node);
std::string render(const std::vector<Node>& tree);
std::string render(const store::Facets& facets);
std::string render(const Suggestions& suggestions);
/// A text, or null where it is empty.
std::string text_or_null(std::string_view text);

}  // namespace cloudretail::product
