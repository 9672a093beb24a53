// Payments as other modules see them: pay, capture, refund and undo, all idempotent, all settled by asking
// the gateway where an outcome is unknown.
#pragma once

#include <base/function.hpp>
#include <base/id.hpp>
#include <base/money.hpp>
#include <base/task.hpp>
#include <base/uuid.hpp>
#include <string>
#include <vector>

namespace cloudretail::payment {

namespace errors {
inline constexpr ErrorType payment_declined{"payment-declined", "The payment was declined",
                                            ErrorKind::payment_required};
inline constexpr ErrorType method_not_offered{"payment-method-not-offered",
                                              "This payment method is not offered", ErrorKind::invalid};
inline constexpr ErrorType payment_not_awaited{"payment-not-awaited", "No money is awaited for this payment",
                                               ErrorKind::conflict};
inline constexpr ErrorType webhook_not_signed{"webhook-not-signed", "The webhook's signature is not right",
                                              ErrorKind::unauthenticated};
inline constexpr ErrorType refund_too_large{"refund-too-large", "More than what is left cannot be given back",
                                            ErrorKind::conflict};
inline constexpr ErrorType refund_declined{"refund-declined", "The payment provider declined the refund",
                                           ErrorKind::conflict};
}  // namespace errors

enum class Status { pending, authorized, captured, failed, partially_refunded, refunded };
std::string_view to_text(Status status);
std::optional<Status> status_from_text(std::string_view text);

struct PayRequest {
    PaymentId id;  // made by the order; the gateway's idempotency key
    OrderId order_id;
    UserId payer_id;
    Money amount;
    std::string currency;
    std::string method;  // one of methods()
    std::string token;   // card token (tok_…), may be empty; never a card number
    std::string traceparent;
};

struct RefundRequest {
    PaymentId payment_id;
    OrderId order_id;
    Uuid refund_id;  // made by the order; one refund for ever, and the gateway's key for it
    Money amount;    // more than zero
    std::string traceparent;
};

/// What is known of a payment after a call.
struct Outcome {
    Status status = Status::pending;  // pending: unknown yet, call again
    std::string reason;               // failed: the gateway's reason code ("card_declined")
};

struct Summary {
    PaymentId id;
    OrderId order_id;
    Money amount, refunded;  // refunded: of `amount`, given back or taken off before it was captured
    std::string method;
    Status status;
};

class Payments {
  public:
    virtual ~Payments() = default;
    /// False while the payment database's or the gateway's breaker is open: nothing should be begun.
    [[nodiscard]] virtual bool available() const = 0;
    /// Is this method offered and the token of a form we accept? Errors: method_not_offered, validation.
    [[nodiscard]] virtual Result<> accepts(std::string_view method, std::string_view token) const = 0;
    /// Takes the money, once per id however often it is called. captured or authorized (cash on delivery) =
    /// paid for the order's purpose; failed = final; pending = unknown, call again later. `then` runs on a
    /// thread of the payment module after the commit. Exceptions: Unavailable.
    virtual void pay(PayRequest request, Then<Outcome> then) = 0;
    /// Gives `amount` back, once per refund id however often it is called; never more than what was captured
    /// less what was given back and what other refunds under way have claimed. Where the money comes by hand
    /// (cash on delivery) no gateway is asked: before the capture, what capture() will take is lowered (all
    /// of it: the payment ends failed, "cancelled"), afterwards the refund is done at once. Answers pending =
    /// unknown, call again with the same id; any other status = this refund is done, and how the payment
    /// stands (authorized: still to be captured). Errors: not_found (no such payment of the order),
    /// validation (nothing to give back), refund_too_large, refund_declined (final; the claim is given up).
    /// Exceptions: Unavailable, call again.
    virtual void refund(RefundRequest request, Then<Result<Outcome>> then) = 0;
    /// The goods were delivered: what is paid on delivery is captured. Idempotent. Answers captured;
    /// authorized where the money comes another way and has not come yet (bank transfer); failed where the
    /// payment was given up; pending = call again.
    virtual void capture(PaymentId id, std::string traceparent, Then<Outcome> then) = 0;
    /// Gives everything back that was taken for the order: refunds what was captured, voids what was
    /// authorized, and where nothing was ever begun marks the payment failed, so that a late pay charges
    /// nothing. A payment whose outcome is unknown, and every refund under way, is settled with the gateway
    /// first; then what is left is given back. Idempotent. Answers failed or refunded; pending = call again.
    virtual void undo(PayRequest request, Then<Outcome> then) = 0;
    /// Payments of these orders (for checks and for showing).
    virtual Task<std::vector<Summary>> find(std::vector<OrderId> orders) = 0;
    /// Order ids after `after` that have a payment, ascending, at most `limit` (for checks).
    virtual Task<std::vector<OrderId>> orders_with_payment(OrderId after, int limit) = 0;
};

}  // namespace cloudretail::payment
