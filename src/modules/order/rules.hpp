// The rules of ordering: pure functions, no I/O, no clock.
#pragma once

#include <base/caller.hpp>
#include <product/api.hpp>
#include "order.hpp"

namespace cloudretail::order::rules {

inline constexpr std::size_t max_lines = 100;
inline constexpr std::int64_t max_quantity = 10'000;

/// Lines of the same product become one (quantities added, first position kept; a price that differs from the
/// first one sent stays checked). Errors: validation (sum over max_quantity, over max_lines lines).
Result<std::vector<WantedLine>> merge(std::vector<WantedLine> lines);

/// Prices the lines from the catalogue. Errors: validation (unknown or not active product), price_changed (a
/// sent price differs; `members` carries `"changes":[{productId, sent, current}]`), validation (total over
/// the limit of Money).
Result<std::vector<OrderLine>> price(const std::vector<WantedLine>& lines,
                                     const std::vector<product::Snapshot>& catalogue);

Money total(const std::vector<OrderLine>& lines);

/// The allowed steps of an order's life.
bool may_become(Status from, Status to);

/// May this caller see the whole order, or as a vendor only own lines, or nothing of it?
enum class Sight { none, own_lines, whole };
Sight sight(const Caller& caller, const Order& order);

/// The order with only this vendor's lines, their sum as total.
Order own_lines(Order order, UserId vendor);

}  // namespace cloudretail::order::rules
