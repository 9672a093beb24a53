// Claiming and ending refunds; see refunds.hpp.
#include "refunds.hpp"

#include <audit/audit.hpp>
#include <base/json.hpp>
#include "changes.hpp"
#include "store.hpp"

namespace cloudretail::payment {

namespace {

/// The locked payment is what store::update expects, so a change of it is always written.
void change(db::Tx& tx, const Payment& before, const Payment& after, const std::string& traceparent) {
    CR_ASSERT(write_change(tx, before, after, traceparent));
}

Claim claim(db::Tx& tx, const Payment& payment, Refund refund) {
    CR_ASSERT(store::insert_refund(tx, refund));
    Payment after = rules::claimed(payment, refund.amount);
    store::update_claims(tx, after);
    return {std::move(after), std::move(refund)};
}

/// For the trail: money, or the right to it, was given up.
void record(db::Tx& tx, const Refund& refund) {
    json::Writer w;
    w.begin_object().member("refund", refund.id).member("amount", refund.amount);
    w.member("status", to_text(refund.status)).end_object();
    audit::record_system(tx, "payment.refund", refund.payment_id.to_string(), w.take());
}

/// A refund that no gateway need be asked about.
Claim done_at_once(db::Tx& tx, const Payment& before, const Payment& after, Refund refund,
                   const std::string& traceparent) {
    refund.status = RefundStatus::done;
    CR_ASSERT(store::insert_refund(tx, refund));
    change(tx, before, after, traceparent);
    record(tx, refund);
    return {after, std::move(refund)};
}

Error refusal(const Payment& payment, Money amount) {
    if (amount <= Money{}) return Error(cloudretail::errors::validation, "Nothing is to be given back.");
    return Error(errors::refund_too_large,
                 "At most " + rules::refundable(payment).to_string() + " can be given back now.");
}

}  // namespace

Result<Claim> begin_refund(db::Tx& tx, const RefundRequest& request) {
    auto payment = store::find_locked(tx, request.payment_id);
    if (!payment || payment->order_id != request.order_id)
        return Error(cloudretail::errors::not_found, "The order has no such payment.");
    Refund refund{request.refund_id.to_string(), payment->id, request.amount};
    if (auto known = store::find_refund(tx.session(), refund.id)) {
        CR_ASSERT(known->payment_id == payment->id && known->amount == request.amount);
        return Claim{std::move(*payment), std::move(known)};
    }
    switch (rules::refund_step(*payment, request.amount)) {
        case rules::RefundStep::refuse:
            return refusal(*payment, request.amount);
        case rules::RefundStep::lower: {
            const Payment after = rules::lowered(*payment, request.amount, tx.now());
            return done_at_once(tx, *payment, after, std::move(refund), request.traceparent);
        }
        case rules::RefundStep::by_hand: {
            const Payment after = rules::given_back(*payment, request.amount, tx.now());
            return done_at_once(tx, *payment, after, std::move(refund), request.traceparent);
        }
        case rules::RefundStep::ask_gateway:
            return claim(tx, *payment, std::move(refund));
    }
}

Claim begin_rest(db::Tx& tx, PaymentId id, const std::string& traceparent) {
    auto payment = store::find_locked(tx, id);
    CR_ASSERT(payment.has_value());
    if (rules::undo_step(payment->status) != rules::UndoStep::refund) return {std::move(*payment)};
    if (auto other = store::refund_under_way(tx.session(), id))
        return {std::move(*payment), std::move(other)};
    auto declined = store::declined_undo(tx.session(), id, rules::undo_refund_id(id, 0));
    // A provider that never says yes would fill the books: the pause doubles.
    if (declined.count > 0 && tx.now() < declined.at.plus_ms(rules::undo_pause_ms(declined.count)))
        return {std::move(*payment), std::move(declined.last)};
    const Money rest = rules::refundable(*payment);
    Refund refund{rules::undo_refund_id(id, store::declined_refunds(tx.session(), id)), id, rest};
    const auto next = rules::refund_step(*payment, rest);
    if (next == rules::RefundStep::ask_gateway) return claim(tx, *payment, std::move(refund));
    // By hand, or the payment was of nothing.
    Payment after = rules::given_back(*payment, rest, tx.now());
    return done_at_once(tx, *payment, after, std::move(refund), traceparent);
}

Claim take_late(db::Tx& tx, PaymentId id, const std::string& traceparent) {
    auto payment = store::find_locked(tx, id);
    CR_ASSERT(payment.has_value());
    if (payment->status != Status::failed) return {std::move(*payment)};
    const Payment taken = rules::taken_late(*payment, tx.now());
    change(tx, *payment, taken, traceparent);
    return claim(tx, taken,
                 {rules::undo_refund_id(id, store::declined_refunds(tx.session(), id)), id, taken.captured});
}

Claim end_refund(db::Tx& tx, const Refund& begun, const Verdict& verdict, const std::string& traceparent) {
    auto payment = store::find_locked(tx, begun.payment_id);
    CR_ASSERT(payment.has_value());
    Refund ended = begun;
    const bool done = verdict.kind == Verdict::Kind::refunded;
    CR_ASSERT(done || verdict.kind == Verdict::Kind::declined);
    ended.status = done ? RefundStatus::done : RefundStatus::declined;
    ended.reason = verdict.reason;
    if (!store::end_refund(tx, ended)) {
        ended = store::find_refund(tx.session(), begun.id).value();
        return {std::move(*payment), std::move(ended)};
    }
    record(tx, ended);
    Payment after = rules::unclaimed(*payment, begun.amount);
    if (done) {
        after = rules::given_back(std::move(after), begun.amount, tx.now());
        change(tx, *payment, after, traceparent);
    } else {
        store::update_claims(tx, after);
    }
    return {std::move(after), std::move(ended)};
}

}  // namespace cloudretail::payment
