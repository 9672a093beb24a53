// Reserving and releasing an order's stock inside a transaction: what the order saga does to inventory. As
// few statements as it takes: one query for what the order holds, one for all stock rows, two writes per row
// touched.
#pragma once

#include <db/database.hpp>

#include "rules.hpp"

namespace cloudretail::inventory {

/// The event of a product whose rows changed from `before` to `after`, if it crossed a border (`always`: the
/// adjusted event in any case).
void publish_change(db::Tx& tx, ProductId product, const Level& before, const Level& after, bool always,
                    const std::string& traceparent);

/// `lines` ascend by product, each product once. Errors: insufficient_stock, order_released. Repeatable.
Result<> reserve(db::Tx& tx, OrderId order, const std::vector<Line>& lines, const std::string& traceparent);
/// Repeatable; an order that holds nothing is marked.
Result<> release(db::Tx& tx, OrderId order, const std::string& traceparent);

}  // namespace cloudretail::inventory
