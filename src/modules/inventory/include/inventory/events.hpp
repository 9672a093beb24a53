// Events the inventory module publishes; subject = product id. Data: {productId, available, availability}.
#pragma once

#include <base/id.hpp>
#include <base/json.hpp>

namespace cloudretail::inventory {

inline constexpr const char* stock_adjusted = "inventory.adjusted";      // quantity or threshold changed
inline constexpr const char* low_stock = "inventory.low_stock";          // crossed from in_stock
inline constexpr const char* out_of_stock = "inventory.out_of_stock";    // crossed to nothing available
inline constexpr const char* back_in_stock = "inventory.back_in_stock";  // crossed from nothing available

struct StockLevel {
    ProductId product_id;
    std::int64_t available = 0;
    std::string availability;  // in_stock, low_stock, out_of_stock

    [[nodiscard]] std::string to_json() const {
        json::Writer w;
        w.begin_object().member("productId", product_id).member("available", available);
        w.member("availability", availability).end_object();
        return w.take();
    }
    static std::optional<StockLevel> from_json(std::string_view text) {
        auto document = json::Document::parse(text);
        if (!document) return std::nullopt;
        auto id = ProductId::parse(document->root()["productId"].text().value_or(""));
        auto available = document->root()["available"].integer();
        auto availability = document->root()["availability"].text();
        if (!id || !available || !availability) return std::nullopt;
        return StockLevel{*id, *available, std::string(*availability)};
    }
};

}  // namespace cloudretail::inventory
