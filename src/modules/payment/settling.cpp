// Finding out how a payment stands where no process waits for it: the service's part of webhooks and
// reconciliation; see service.hpp. Continuations run on the database's threads and never wait.
#include <log/log.hpp>
#include <runtime/runtime.hpp>
#include "service.hpp"
#include "store.hpp"

namespace cloudretail::payment {

namespace {

template <class T>
using Ended = cloudretail::Outcome<T>;

constexpr int payers_at_once = 500;

/// A payment and its refund under way, if any.
struct Found {
    std::optional<Payment> payment;
    std::optional<Refund> refund;
};

Found look_up(db::Session& session, PaymentId id) {
    Found found{store::find(session, id), std::nullopt};
    if (found.payment) found.refund = store::refund_under_way(session, id);
    return found;
}

}  // namespace

Task<std::optional<Outcome>> Service::settle(PaymentId id, Goal goal) {
    auto look = [id](db::Session& session) { return look_up(session, id); };
    auto found = co_await database_.read(std::move(look));
    if (!found.payment) co_return std::nullopt;
    auto start = [this, claim = Claim{std::move(*found.payment), std::move(found.refund)},
                  goal](Then<Outcome> then) { settle_found(claim, goal, std::move(then)); };
    UniqueFunction<void(Then<Outcome>)> named(std::move(start));
    co_return co_await runtime::await_then<Outcome>(std::move(named));
}

void Service::settle_found(Claim found, Goal goal, Then<Outcome> then) {
    Payment& payment = found.payment;
    const bool by_hand = rules::is_settled_by_hand(payment.method);
    if (payment.status == Status::failed) {
        if (by_hand) return then(Outcome{Status::failed, payment.reason});
        return look_for_late_charge(std::move(payment), std::move(then));
    }
    if (goal == Goal::give_up) return continue_undo(std::move(payment), "", std::move(then));
    if (payment.status == Status::pending) return learn(std::move(payment), goal, std::move(then));
    if (!found.refund) return then(Outcome{payment.status, payment.reason});
    finish_refund(std::move(found), std::move(then));
}

void Service::learn(Payment payment, Goal goal, Then<Outcome> then) {
    auto key = charge_key(payment);
    auto next = [this, payment = std::move(payment), then = std::move(then)](Ended<Verdict> ended) mutable {
        if (!ended.has_value()) return then(ended.exception());
        const Verdict& verdict = ended.get();
        const bool taken = verdict.kind == Verdict::Kind::captured;
        if (!taken && verdict.kind != Verdict::Kind::declined) return then(Outcome{Status::pending, ""});
        auto recorded = [then = std::move(then)](Ended<Payment> changed) mutable {
            if (!changed.has_value()) return then(changed.exception());
            then(Outcome{changed.get().status, changed.get().reason});
        };
        record(payment, taken ? Status::captured : Status::failed, verdict.reason, "", std::move(recorded));
    };
    // Too long pending: the gateway also makes sure that it will not be charged any more.
    goal == Goal::end ? gateway_.cancel(std::move(key), std::move(next))
                      : gateway_.ask(std::move(key), std::move(next));
}

void Service::look_for_late_charge(Payment payment, Then<Outcome> then) {
    auto key = charge_key(payment);
    auto next = [this, payment = std::move(payment), then = std::move(then)](Ended<Verdict> ended) mutable {
        if (!ended.has_value()) return then(ended.exception());
        if (ended.get().kind == Verdict::Kind::unknown) return then(Outcome{Status::pending, ""});
        if (ended.get().kind != Verdict::Kind::captured) return then(Outcome{Status::failed, payment.reason});
        log::error("A payment that was given up has been captured; it is given back",
                   {{"paymentId", payment.id.to_string()}});
        // Noted as given up together with it, so that a refund that is declined is tried again.
        auto job = [id = payment.id](db::Tx& tx) {
            auto late = take_late(tx, id, "");
            if (late.refund) store::give_up(tx, late.payment.order_id);
            return late;
        };
        auto taken = [this, then = std::move(then)](Ended<Claim> claimed) mutable {
            if (!claimed.has_value()) return then(claimed.exception());
            if (!claimed.get().refund) return then(Outcome{claimed.get().payment.status, ""});
            continue_undo(std::move(claimed.get().payment), "", std::move(then));
        };
        database_.write_then(std::move(job), Then<Claim>(std::move(taken)));
    };
    gateway_.ask(std::move(key), std::move(next));
}

void Service::finish_refund(Claim claim, Then<Outcome> then) {
    auto settled = [then = std::move(then)](Ended<Claim> ended) mutable {
        if (!ended.has_value()) return then(ended.exception());
        const Claim& after = ended.get();
        const bool open = after.refund->status == RefundStatus::begun;
        then(open ? Outcome{Status::pending, ""} : Outcome{after.payment.status, after.refund->reason});
    };
    give_back(std::move(claim), "", std::move(settled));
}

void Service::order_given_up(db::Tx& tx, OrderId order) {
    auto payment = store::find_by_order(tx.session(), order);
    if (payment && rules::undo_step(payment->status) != rules::UndoStep::nothing) store::give_up(tx, order);
}

Task<void> Service::index_payers() {
    auto behind = [](db::Session& session) { return store::unindexed(session); };
    auto index = [](db::Tx& tx) { return store::index_payers(tx, payers_at_once); };
    while (co_await database_.read(behind) > 0) {
        if (co_await database_.write(index) < payers_at_once) break;
    }
}

}  // namespace cloudretail::payment
