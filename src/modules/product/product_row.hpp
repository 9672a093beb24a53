// The columns of a product and how a row becomes one: shared by the store files. No statements.
#pragma once

#include <db/session.hpp>

#include "rules.hpp"

namespace cloudretail::product::store {

inline constexpr std::string_view product_columns =
    "id, vendor_id, slug, name, description, price_minor, category, sku, attributes, status, availability, "
    "version, created_at, updated_at, doc, images";
inline constexpr db::Columns product_kinds = "tttttitttttiiiit";
inline constexpr int product_width = 16;

inline Product read_product(const db::Row& row) {
    Product p;
    p.id = row.id<ProductId>(0);
    p.vendor_id = row.id<UserId>(1);
    p.slug = row.text(2);
    p.name = row.text(3);
    p.description = row.text(4);
    p.price = row.money(5);
    p.category = row.text(6);
    p.sku = row.maybe_text(7);
    p.attributes = row.text(8);
    const auto status = status_from_text(row.text(9));
    const auto availability = availability_from_text(row.text(10));
    CR_ASSERT(status && availability);  // the table checks both
    p.status = *status;
    p.availability = *availability;
    p.version = row.integer(11);
    p.created_at = row.time(12);
    p.updated_at = row.time(13);
    p.doc = row.integer(14);
    p.images = row.text(15);
    return p;
}

}  // namespace cloudretail::product::store
