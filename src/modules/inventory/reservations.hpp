// Reserving, releasing, shipping and taking back an order's stock inside a transaction: what the order module
// does to inventory. As few statements as it takes: one query for what the order holds, one for all stock
// rows, two or three writes per row touched. All are repeatable, and where two of them race for the same line
// the lock on its product's stock lets one through.
#pragma once

#include <db/database.hpp>

#include "rules.hpp"

namespace cloudretail::inventory {

/// The event of a product whose `rows` meant `before` until now, if it crossed a border (`always`: the
/// adjusted event in any case).
void publish_change(db::Tx& tx, const Level& before, std::span<const StockRow> rows, bool always,
                    const std::string& traceparent);

/// Tells the level of these products again, which ascend, as if they had been adjusted.
void publish_again(db::Tx& tx, const std::vector<ProductId>& products);

// `lines` and `products` ascend, each product once. Errors and effects: see inventory::Stock.

/// What an order asks for.
struct Wish {
    OrderId order{};
    std::vector<Line> lines;
    std::string traceparent;
};
/// One after the other, each gets what the ones before it left.
std::vector<Result<>> reserve(db::Tx& tx, std::span<Wish* const> wishes);
Result<> release(db::Tx& tx, OrderId order, const std::string& traceparent);
Result<> release_lines(db::Tx& tx, OrderId order, const std::vector<ProductId>& products,
                       const std::string& traceparent);
Result<> ship(db::Tx& tx, OrderId order, const std::vector<ProductId>& products, UserId actor,
              const std::string& traceparent);
Result<> restock(db::Tx& tx, OrderId order, const Uuid& refund, const std::vector<Line>& lines, UserId actor,
                 const std::string& traceparent);

}  // namespace cloudretail::inventory
