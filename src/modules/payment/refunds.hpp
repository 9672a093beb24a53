// A refund's life in the payment's rows: claim its amount, then end it as the gateway says. What is claimed
// can be claimed by nobody else, so no interleaving gives back more than was captured. Thread rule: the
// transaction's.
#pragma once

#include <db/database.hpp>
#include <optional>
#include <string>
#include "gateway.hpp"
#include "rules.hpp"

namespace cloudretail::payment {

/// A payment and one of its refunds, as they stand after a transaction. A begun refund waits for the gateway.
struct Claim {
    Payment payment;
    std::optional<Refund> refund{};
};

/// The refund of this id, new or as it is already. Errors: those of Payments::refund but refund_declined.
Result<Claim> begin_refund(db::Tx& tx, const RefundRequest& request);
/// For undoing a captured payment: the refund that is under way; else, where the last try to undo it was
/// declined a short while ago, that one; else a new one of all that is left; none where all was given back.
Claim begin_rest(db::Tx& tx, PaymentId id, const std::string& traceparent);
/// For a payment that was given up and captured all the same: captured, with a begun refund of all of it.
/// None where the payment is not given up (any more).
Claim take_late(db::Tx& tx, PaymentId id, const std::string& traceparent);
/// What the gateway said of a begun refund: refunded or declined. Does nothing where it has ended already.
Claim end_refund(db::Tx& tx, const Refund& begun, const Verdict& verdict, const std::string& traceparent);

}  // namespace cloudretail::payment
