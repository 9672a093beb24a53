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
    Money lowered{};    // taken off before the capture: captured = amount − lowered
    Money refunding{};  // claimed by refunds under way: refunded + refunding ≤ captured
    std::string currency, method;
    Status status = Status::pending;
    std::string reason{};      // of a failed one
    std::int64_t version = 1;  // counts the changes; the ETag
    Timestamp created_at{}, updated_at{};
};

enum class RefundStatus { begun, done, declined };
std::string_view to_text(RefundStatus status);
std::optional<RefundStatus> refund_status_from_text(std::string_view text);

/// Money on its way back. Begun: claimed, and its outcome not known yet.
struct Refund {
    std::string id;  // also the gateway's key
    PaymentId payment_id{};
    Money amount{};
    RefundStatus status = RefundStatus::begun;
    std::string reason{};  // of a declined one
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
/// Is the money there once the goods are delivered?
bool is_paid_on_delivery(std::string_view method);

/// A payment as it begins: pending, or authorized where the money comes by hand.
Payment begun(const PayRequest& request, Timestamp at);
/// A payment that was given up before it began.
Payment never_begun(const PayRequest& request, Timestamp at);

/// The state machine's edges.
bool may_become(Status from, Status to);
/// `payment` after the step to `to` (an edge: else CR_ASSERT): captured or failed.
Payment changed(Payment payment, Status to, std::string_view reason, Timestamp at);

/// What can be given back now: captured less refunded less refunds under way; before the capture of what is
/// paid by hand, what capture() would take.
Money refundable(const Payment& payment);
/// How a refund of `amount` begins.
enum class RefundStep { refuse, lower, by_hand, ask_gateway };
RefundStep refund_step(const Payment& payment, Money amount);
/// An authorized payment of which less is to be captured; nothing left: it has failed, `cancelled`.
Payment lowered(Payment payment, Money amount, Timestamp at);
/// A refund of `amount` claims it, gives the claim up (declined), or is done. Each within what is there:
/// else CR_ASSERT.
Payment claimed(Payment payment, Money amount);
Payment unclaimed(Payment payment, Money amount);
Payment given_back(Payment payment, Money amount, Timestamp at);
/// A payment that was given up and captured all the same: its money is there, to be given back.
Payment taken_late(Payment payment, Timestamp at);
/// The id of the refund by which the payment is undone, where `tried` were declined before.
std::string undo_refund_id(PaymentId id, std::int64_t tried);
/// How long after its last decline such a refund is tried again: min(2^N s, 1 h), after N declines.
std::int64_t undo_pause_ms(std::int64_t declined);
/// Is this refund one of the module's own, by which a payment is undone?
bool is_undo_refund(const Refund& refund);

/// What undoing needs next.
enum class UndoStep { nothing, fail, cancel_charge, refund };
UndoStep undo_step(Status status);

/// What pay() answers: captured, authorized, pending or failed (also where all of it is on its way back).
Outcome pay_answer(const Payment& payment);
/// What refund() answers of one that is done.
Outcome refund_answer(const Payment& payment);
/// What capture() answers.
Outcome capture_answer(const Payment& payment);
/// What undo() answers where undo_step says nothing is left to do.
Outcome undo_answer(const Payment& payment);

/// The type of the event that tells of a step to `to`; null where none does.
const char* event_of(Status to);

}  // namespace rules
}  // namespace cloudretail::payment
