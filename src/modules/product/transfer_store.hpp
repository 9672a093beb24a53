// Many products at once, for files: by their SKUs, and in the order of an export. SQL only; plain functions
// on a session.
#pragma once

#include <db/database.hpp>

#include "rules.hpp"

namespace cloudretail::product::store {

/// The vendor's products of these SKUs.
std::vector<Product> by_skus(db::Session& session, UserId vendor, const std::vector<std::string>& skus);

/// Where an export goes on: behind this product.
struct Place {
    UserId vendor{};
    std::optional<std::string> sku;
    ProductId id{};
};
/// Those of one vendor, or all, behind `after`: with a SKU by vendor and SKU, then the others by vendor and
/// id.
std::vector<Product> in_order(db::Session& session, std::optional<UserId> vendor,
                              const std::optional<Place>& after, int limit);

}  // namespace cloudretail::product::store
