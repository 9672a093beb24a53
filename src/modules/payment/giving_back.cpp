// Refunds, undoing and capture on delivery: the service's use-cases after a payment was made; see
// service.hpp. Continuations run on the database's writer thread and never wait.
#include <log/log.hpp>
#include "refunds.hpp"
#include "service.hpp"
#include "store.hpp"

namespace cloudretail::payment {

namespace {

template <class T>
using Ended = cloudretail::Outcome<T>;

Result<Outcome> answer_of(const Claim& claim) {
    switch (claim.refund->status) {
        case RefundStatus::begun:
            return Outcome{Status::pending, ""};
        case RefundStatus::done:
            return rules::refund_answer(claim.payment);
        case RefundStatus::declined:
            return Error(errors::refund_declined, "The payment provider declined the refund.");
    }
}

}  // namespace

void Service::refund(RefundRequest request, Then<Result<Outcome>> then) {
    auto traceparent = request.traceparent;
    auto job = [request = std::move(request)](db::Tx& tx) { return begin_refund(tx, request); };
    auto next = [this, traceparent = std::move(traceparent),
                 then = std::move(then)](Ended<Result<Claim>> ended) mutable {
        if (!ended.has_value()) return then(ended.exception());
        auto& begun = ended.get();
        if (!begun) return then(Result<Outcome>(begun.error()));
        if (begun->refund->status != RefundStatus::begun) return then(answer_of(*begun));
        auto answered = [then = std::move(then)](Ended<Claim> settled) mutable {
            if (!settled.has_value()) return then(settled.exception());
            then(answer_of(settled.get()));
        };
        give_back(std::move(*begun), std::move(traceparent), std::move(answered));
    };
    database_.write_then(std::move(job), Then<Result<Claim>>(std::move(next)));
}

void Service::give_back(Claim claim, std::string traceparent, Then<Claim> then) {
    auto key = charge_key(claim.payment);
    auto refund_key = claim.refund->id;
    auto amount = claim.refund->amount;
    auto next = [this, claim = std::move(claim), traceparent = std::move(traceparent),
                 then = std::move(then)](Ended<Verdict> ended) mutable {
        if (!ended.has_value()) return then(ended.exception());
        if (ended.get().kind == Verdict::Kind::unknown) return then(std::move(claim));
        record_refund(std::move(*claim.refund), std::move(ended.get()), std::move(traceparent),
                      std::move(then));
    };
    gateway_.refund(std::move(key), amount, std::move(refund_key), std::move(next));
}

void Service::record_refund(Refund refund, Verdict verdict, std::string traceparent, Then<Claim> then) {
    if (verdict.kind == Verdict::Kind::declined)
        log::error("The gateway declined a refund",
                   {{"paymentId", refund.payment_id.to_string()}, {"refund", refund.id}});
    auto job = [refund = std::move(refund), verdict = std::move(verdict),
                traceparent = std::move(traceparent)](db::Tx& tx) {
        return end_refund(tx, refund, verdict, traceparent);
    };
    auto next = [this, then = std::move(then)](Ended<Claim> ended) mutable {
        if (ended.has_value() && ended.get().refund->status == RefundStatus::done)
            steps_[ended.get().payment.status]->add();
        then(std::move(ended));
    };
    database_.write_then(std::move(job), Then<Claim>(std::move(next)));
}

void Service::undo(PayRequest request, Then<Outcome> then) {
    auto shared = std::make_shared<const PayRequest>(std::move(request));
    auto job = [shared](db::Tx& tx) {
        const Payment payment = rules::never_begun(*shared, tx.now());
        return std::move(begin(tx, std::span(&payment, 1)).front().payment);
    };
    auto next = [this, shared, then = std::move(then)](Ended<Payment> ended) mutable {
        if (!ended.has_value()) return then(ended.exception());
        continue_undo(std::move(ended.get()), shared->traceparent, std::move(then));
    };
    database_.write_then(std::move(job), Then<Payment>(std::move(next)));
}

// Each round commits a step forward in the state machine or ends a refund, so the rounds end.
void Service::continue_undo(Payment payment, std::string traceparent, Then<Outcome> then) {
    switch (rules::undo_step(payment.status)) {
        case rules::UndoStep::nothing:
            return then(rules::undo_answer(payment));
        case rules::UndoStep::cancel_charge:
            return cancel_charge(std::move(payment), std::move(traceparent), std::move(then));
        case rules::UndoStep::refund:
            return refund_rest(std::move(payment), std::move(traceparent), std::move(then));
        case rules::UndoStep::fail: {
            auto next = [this, traceparent, then = std::move(then)](Ended<Payment> ended) mutable {
                if (!ended.has_value()) return then(ended.exception());
                continue_undo(std::move(ended.get()), std::move(traceparent), std::move(then));
            };
            return record(payment, Status::failed, std::string(cancelled), traceparent, std::move(next));
        }
    }
}

void Service::cancel_charge(Payment payment, std::string traceparent, Then<Outcome> then) {
    auto key = charge_key(payment);
    auto next = [this, payment = std::move(payment), traceparent = std::move(traceparent),
                 then = std::move(then)](Ended<Verdict> ended) mutable {
        if (!ended.has_value()) return then(ended.exception());
        const Verdict& verdict = ended.get();
        if (verdict.kind == Verdict::Kind::unknown) return then(Outcome{Status::pending, ""});
        const bool taken = verdict.kind == Verdict::Kind::captured;
        CR_ASSERT(taken || verdict.kind == Verdict::Kind::declined);
        auto recorded = [this, traceparent, then = std::move(then)](Ended<Payment> changed) mutable {
            if (!changed.has_value()) return then(changed.exception());
            continue_undo(std::move(changed.get()), std::move(traceparent), std::move(then));
        };
        record(payment, taken ? Status::captured : Status::failed, taken ? "" : verdict.reason, traceparent,
               std::move(recorded));
    };
    gateway_.cancel(std::move(key), std::move(next));
}

void Service::refund_rest(Payment payment, std::string traceparent, Then<Outcome> then) {
    auto settled = [this, traceparent, then = std::move(then)](Ended<Claim> ended) mutable {
        if (!ended.has_value()) return then(ended.exception());
        auto& [after, refund] = ended.get();
        const bool declined = refund && refund->status == RefundStatus::declined;
        // Unknown, or this very refund was declined: it is for the next call to try again.
        if (refund && (refund->status == RefundStatus::begun || (declined && rules::is_undo_refund(*refund))))
            return then(Outcome{Status::pending, refund->reason});
        continue_undo(std::move(after), std::move(traceparent), std::move(then));
    };
    auto job = [id = payment.id, traceparent](db::Tx& tx) { return begin_rest(tx, id, traceparent); };
    auto next = [this, traceparent, settled = std::move(settled)](Ended<Claim> ended) mutable {
        const bool ask =
            ended.has_value() && ended.get().refund && ended.get().refund->status == RefundStatus::begun;
        if (!ask) return settled(std::move(ended));
        give_back(std::move(ended.get()), std::move(traceparent), std::move(settled));
    };
    database_.write_then(std::move(job), Then<Claim>(std::move(next)));
}

}  // namespace cloudretail::payment
