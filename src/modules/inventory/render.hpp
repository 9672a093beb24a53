// The JSON of a product's stock and of its ledger (openapi.json names the fields). Pure functions.
#pragma once

#include <span>
#include <string>

#include "rules.hpp"
#include "store.hpp"

namespace cloudretail::inventory {

/// The public's view, or with the warehouses too.
std::string render(ProductId product, std::span<const StockRow> rows, bool owners_view);
std::string render(const store::LedgerEntry& entry);

}  // namespace cloudretail::inventory
