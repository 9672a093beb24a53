// What a payment is and what may happen to it: pure functions and the state machine. No I/O, no clock.
#pragma once

#include <base/clock.hpp>
#include <payment/api.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::payment {

/// Reason of a payment that was given up before any money was taken.
inline constexpr std::string_view cancelled = "cancelled";

struct Payment {
    PaymentId id{};
    OrderId order_id{};
    UserId payer_id{};
    Money amount{}, captured{}, refunded{};
    std::string currency, method;
    Status status = Status::pending;
    std::string reason{};      // of a failed one
    std::int64_t version = 1;  // counts the changes; the ETag
    Timestamp created_at{}, updated_at{};
};

/// One change of a payment.
struct Change {
    Status status;
    Timestamp at;
};

namespace rules {

/// Methods this edition can carry out; the configuration offers some of them.
bool is_known_method(std::string_view method);
std::string_view title_of_method(std::string_view method);

/// Empty or `tok_` and 1–60 of a–z, 0–9, _; never with 13 digits in a row, which could be a card's number.
bool is_acceptable_token(std::string_view token);

/// Does the money come later, by hand, so that no gateway is asked?
bool is_settled_by_hand(std::string_view method);

/// A payment as it begins: pending, or authorized where the money comes by hand.
Payment begun(const PayRequest& request, Timestamp at);
/// A payment that was given up before it began.
Payment never_begun(const PayRequest& request, Timestamp at);

/// The state machine's edges.
bool may_become(Status from, Status to);
/// `payment` after the step to `to` (an edge: else CR_ASSERT), with its amounts; `refunded` gives back all.
Payment changed(Payment payment, Status to, std::string_view reason, Timestamp at);

/// What undoing needs next.
enum class UndoStep { nothing, fail, cancel_charge, refund };
UndoStep undo_step(Status status);

/// What pay() answers: captured, authorized, pending or failed.
Outcome pay_answer(const Payment& payment);
/// What undo() answers where undo_step says nothing is left to do.
Outcome undo_answer(const Payment& payment);

/// The type of the event that tells of a step to `to`; null where none does.
const char* event_of(Status to);

}  // namespace rules
}  // namespace cloudretail::payment
