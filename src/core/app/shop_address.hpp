// The addresses that the storefront's pages have. Pure; any thread.
#pragma once

#include <app/shop_view.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cloudretail::app {

struct Address {
    enum class Kind { home, category, search, product, checkout, plain, unknown };
    Kind kind = Kind::unknown;
    std::string name{};  // a category's slug; a product's slug or id
};

Address address_of(const std::string& path);

/// What a list of products is narrowed and ordered by, as it stands in an address's query.
struct Listing {
    bool fixed = false;  // the category is the page's own
    std::string words{}, category{}, least{}, most{}, sort{}, page = "1";
    bool in_stock = false;

    /// nullopt: the query holds something that the page's script mends before it asks.
    static std::optional<Listing> read(const Query& query, std::string_view category);
    /// What the API is asked for.
    [[nodiscard]] std::string question() const;
    /// The page's own address, at another page of the list.
    [[nodiscard]] std::string address(std::string_view path, std::int64_t at_page) const;
};

}  // namespace cloudretail::app
