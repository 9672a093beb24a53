// Events the product module publishes; subject = product id.
#pragma once

#include <base/id.hpp>
#include <base/json.hpp>
#include <base/money.hpp>

namespace cloudretail::product {

inline constexpr const char* product_created = "product.created";
inline constexpr const char* product_updated = "product.updated";
inline constexpr const char* product_deleted = "product.deleted";

/// Data of all three: {productId, vendorId, price, currency, status}.
struct ProductChanged {
    ProductId product_id;
    UserId vendor_id;
    Money price;
    std::string currency;
    std::string status;  // active, draft, archived, deleted

    [[nodiscard]] std::string to_json() const {
        json::Writer w;
        w.begin_object().member("productId", product_id).member("vendorId", vendor_id);
        w.member("price", price).member("currency", currency).member("status", status).end_object();
        return w.take();
    }
};

}  // namespace cloudretail::product
