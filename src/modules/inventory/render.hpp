// The JSON of a product's stock (openapi.json names the fields). Pure functions.
#pragma once

#include <span>
#include <string>

#include "rules.hpp"

namespace cloudretail::inventory {

/// The public's view, or with the warehouses too.
std::string render(ProductId product, std::span<const StockRow> rows, bool owners_view);

}  // namespace cloudretail::inventory
