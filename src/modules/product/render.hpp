// The JSON of the catalogue's resources (openapi.json names the fields). Pure functions.
#pragma once

#include <string>

#include "rules.hpp"
#include "store.hpp"

namespace cloudretail::product {

/// `currency` is the store's ISO 4217 code.
std::string render(const Product& product, std::string_view currency);
std::string render(const std::vector<store::Category>& categories);

}  // namespace cloudretail::product
