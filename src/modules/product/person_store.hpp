// What exporting and erasing a vendor needs of the product module's tables: SQL only. Decides nothing.
#pragma once

#include <db/database.hpp>
#include <string>
#include <vector>

namespace cloudretail::product::store {

struct VendorsProduct {
    ProductId id;
    std::string name, status;
    Timestamp created_at;
    bool has_images = false;
};

/// Of those not deleted, with an id above `after`, oldest first.
std::vector<VendorsProduct> products_of(db::Session& session, UserId vendor, ProductId after, int limit);

}  // namespace cloudretail::product::store
