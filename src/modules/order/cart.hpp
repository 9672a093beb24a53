// A customer's cart: what it holds, what may be put in, how it is looked at again. Plain data and pure
// functions: no I/O, no clock.
#pragma once

#include <base/id.hpp>
#include <base/money.hpp>
#include <inventory/api.hpp>
#include <optional>
#include <product/api.hpp>
#include <string>
#include <vector>
#include "order.hpp"

namespace cloudretail::order {

struct CartLine {
    ProductId product_id;
    std::int64_t quantity = 0;
    Money price;       // of one, when it was put in, or as the client has shown it since
    std::string name;  // then; shown where the product is no longer sold
    bool operator==(const CartLine&) const = default;
};

struct Cart {
    std::vector<CartLine> lines;            // distinct products, in the order they were put in
    std::int64_t version = 0;               // 0: there never was one, or it was swept
    std::optional<Timestamp> updated_at{};  // of the lines
};

/// What the customer should know of a line.
struct CartMessage {
    std::string code;    // price-changed, insufficient-stock, out-of-stock, no-longer-sold
    std::string detail;  // a sentence
};

/// A line as it stands in the shop now.
struct CheckedLine {
    CartLine line;
    bool sold = false;                             // can be bought at all
    Money unit_price;                              // of the catalogue; as put in where it is not sold
    std::optional<UserId> vendor_id;               // where it is sold
    std::optional<inventory::StockLevel> stock{};  // where it is sold and inventory answers
    std::vector<CartMessage> messages{};
    [[nodiscard]] Money total() const;  // of the line; at most what Money holds
};

namespace rules {

using Catalogue = std::vector<product::Snapshot>;

/// The lines that replace `before`. A product that stays keeps the price it was put in at, unless one is
/// sent. What is no longer sold may stay, but not come anew. Errors: validation (as merge(), and a product
/// that is not sold).
Result<std::vector<CartLine>> replaced(const std::vector<CartLine>& before, std::vector<WantedLine> wanted,
                                       const Catalogue& catalogue);

struct Merged {
    std::vector<CartLine> lines;
    std::vector<ProductId> left_out;  // not sold, and not in the cart before
};
/// `wanted` put beside `before`: of a product in both, the larger quantity and the price it was put in at.
/// Errors: validation (as merge()).
Result<Merged> merged(const std::vector<CartLine>& before, std::vector<WantedLine> wanted,
                      const Catalogue& catalogue);

/// What is left when these were bought: less of a line, or none of it.
std::vector<CartLine> without(std::vector<CartLine> lines, const std::vector<inventory::Line>& bought);

/// Looks at each line again. `levels` nullptr: inventory does not answer, so nothing is said of the stock.
std::vector<CheckedLine> checked(const std::vector<CartLine>& lines, const Catalogue& catalogue,
                                 const std::vector<inventory::StockLevel>* levels,
                                 const std::string& currency);

/// Of what is sold; at most what Money holds.
Money subtotal(const std::vector<CheckedLine>& lines);

}  // namespace rules
}  // namespace cloudretail::order
