// The rules of ordering: pure functions, no I/O, no clock.
#pragma once

#include <base/caller.hpp>
#include <payment/api.hpp>
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

/// Errors: validation (a field of blanks alone, or with control characters).
Result<> deliverable(const Address& address);

/// The allowed steps of an order's life.
bool may_become(Status from, Status to);

/// May this caller see the whole order, or as a vendor only own lines, or nothing of it?
enum class Sight { none, own_lines, whole };
Sight sight(const Caller& caller, const Order& order);

/// The order with only this vendor's lines and fulfilment, their sum as total.
Order own_lines(Order order, UserId vendor);

/// Confirmed, shipped or delivered.
bool is_sold(Status status);

/// One fulfilment per vendor, in the order of the lines.
std::vector<Fulfilment> fulfilments(const Order& order);

/// Letters, digits, spaces and - . / only, at most 64 characters; empty is fine.
bool is_tracking_number(std::string_view text);

/// The vendors whose fulfilments this caller's step moves: the own one, an admin's all that can take it.
/// Errors: forbidden (no lines of the caller's), illegal_transition.
Result<std::vector<UserId>> movable(const Caller& caller, const Order& order, Progress to);

/// What a confirmed or later order has become by its fulfilments: shipped when every live one is, delivered
/// likewise, cancelled when none is live.
Status status_of(const std::vector<Fulfilment>& fulfilments);

/// What a cancellation takes: the vendors that have not shipped; `whole` = nobody has. Errors:
/// illegal_transition.
struct Cancellation {
    bool whole = false;
    std::vector<UserId> vendors;
};
Result<Cancellation> cancellable(const Order& order);

/// Is this method authorized with the order and captured when the goods are there?
bool paid_later(std::string_view payment_method);
/// Of two statuses of a payment, told in any order, the one it had last.
std::string later_of(const std::string& known, const std::string& told);

/// What was paid for and is neither given back nor on its way back.
Money left(const Order& order);
/// What these vendors' lines cost.
Money price_of(const Order& order, const std::vector<UserId>& vendors);

/// How much a refund gives back. Errors: validation (unknown product, a product twice, nothing to give),
/// illegal_transition (nothing captured, being cancelled, a line that is not shipped), refund_too_large.
Result<Money> refundable(const Order& order, const WantedRefund& wanted);

/// A timeline entry as a vendor sees it: what concerns the whole order without its amounts, own fulfilments,
/// nothing of the payment. False: not at all.
bool visible_to_vendor(TimelineItem& item, UserId vendor);

}  // namespace cloudretail::order::rules
