// What the index keeps of a product: its distinct words, folded, in three parts that count differently. Pure
// functions.
#pragma once

#include <string>
#include <vector>

#include "rules.hpp"

namespace cloudretail::product {

struct Document {
    std::vector<std::string> name;  // and a mark of how many they are
    std::vector<std::string> tags;  // category (slug and name), texts among the attributes, SKU
    std::vector<std::string> body;  // description
};

/// The category's name is not in the product.
Document document_of(const Product& product, std::string_view category_name);

/// The three parts, a line each: kept beside the product, so that the index can be told what it holds.
std::string to_text(const Document& document);
/// A line of it.
std::string_view part_of(std::string_view text, int part);

/// For PostgreSQL: the words, those of name and tags also with the marks of where they stand.
std::string to_vector(const Document& document);

}  // namespace cloudretail::product
