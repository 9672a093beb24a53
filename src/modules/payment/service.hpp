// Taking money and giving it back: one method per use-case. Every step is durable before the next begins, and
// every call may be repeated: after a crash the saga simply calls again.
//
//   pay    commit "pending" → gateway.charge → commit what it said
//   refund commit the claim of its amount → gateway.refund → commit what it said
//   undo   commit "given up", or settle and refund what the gateway has taken
//
// service.cpp pays and shows, giving_back.cpp refunds and undoes, by_hand.cpp captures what no gateway knows
// of, settling.cpp finds out what became of payments that nobody waits for.
#pragma once

#include <atomic>
#include <base/caller.hpp>
#include <db/database.hpp>
#include <db/idempotency.hpp>
#include <db/kind.hpp>
#include <map>
#include <metrics/metrics.hpp>
#include <resilience/breaker.hpp>
#include "changes.hpp"
#include "refunds.hpp"

namespace cloudretail::payment {

/// A payment with its changes, oldest first.
struct Detailed {
    Payment payment;
    std::vector<Change> history;
};

/// What is wanted of a payment that nobody waits for.
enum class Goal {
    learn,    // how does it stand?
    end,      // pending for too long: it is captured by now, or never will be
    give_up,  // its order was given up: all of it goes back
};

/// The ways to pay.
struct Offer {
    std::span<const std::string> methods;
    bool simulated = false;         // no money is taken
    std::span<const Trial> trials;  // to choose from; empty where they are not offered
};

/// One page of payments, newest first.
struct Listed {
    std::vector<Detailed> items;
    std::int64_t total = 0;
    bool more = false;
};

/// Thread-safe. What it is given must outlive it and all calls under way.
class Service final : public Payments {
  public:
    /// `gateway` is the guarded one; `breaker` is its breaker; `methods` are offered (all known to rules).
    Service(db::Database& database, PaymentGateway& gateway, const resilience::Breaker& breaker,
            std::vector<std::string> methods, metrics::Registry& metrics);

    [[nodiscard]] bool available() const override;
    [[nodiscard]] Result<> accepts(std::string_view method, std::string_view token) const override;
    void pay(PayRequest request, Then<Outcome> then) override;
    void refund(RefundRequest request, Then<Result<Outcome>> then) override;
    void capture(PaymentId id, std::string traceparent, Then<Outcome> then) override;
    void undo(PayRequest request, Then<Outcome> then) override;
    Task<std::vector<Summary>> find(std::vector<OrderId> orders) override;
    Task<std::vector<OrderId>> orders_with_payment(OrderId after, int limit) override;

    /// How an order may be paid, for whoever asks.
    Task<Offer> offer();
    /// Whether customers may choose how a payment ends, where no money is taken: for demonstrations.
    Task<void> offer_trials(bool offered);
    /// Errors: not_found, also where the payment is somebody else's.
    Task<Result<Detailed>> get(Caller caller, PaymentId id);
    /// Payments of one order; without an order the caller's own, or all of them for administrators.
    Task<Listed> list(Caller caller, std::optional<OrderId> order, std::optional<PaymentId> before,
                      std::int64_t offset, int limit);

    /// The money of a payment by hand has come (bank transfer, or cash before the delivery is told):
    /// authorized → captured. For administrators, once per key. Errors: forbidden, not_found,
    /// payment_not_awaited.
    Task<Result<db::StoredAnswer>> receive(Caller caller, PaymentId id, db::IdempotencyKey key);

    /// Finds out by the gateway how the payment stands, ends a refund under way, gives back what was captured
    /// though the payment was given up. For webhooks and the reconciler; idempotent. nullopt: no such
    /// payment; pending: not known yet. Exceptions: Unavailable.
    Task<std::optional<Outcome>> settle(PaymentId id, Goal goal);
    /// The order module has given the order up: where its payment has not ended, the reconciler undoes it.
    static void order_given_up(db::Tx& tx, OrderId order);
    /// Brings the list of who paid what up to date.
    Task<void> index_payers();

  private:
    using Request = std::shared_ptr<const PayRequest>;
    struct Begun {
        Payment payment;
        bool fresh;
    };

    static std::string charge_key(const Payment& payment);
    static std::vector<Begun> begin(db::Tx& tx, std::span<const Payment> payments);

    void charge(Payment payment, Request request, Then<Outcome> then);
    void ask_then_charge(Payment payment, Request request, Then<Outcome> then);
    void settle(const Payment& payment, const Verdict& verdict, const Request& request, Then<Outcome> then);
    void continue_undo(Payment payment, std::string traceparent, Then<Outcome> then);
    void cancel_charge(Payment payment, std::string traceparent, Then<Outcome> then);
    void refund_rest(Payment payment, std::string traceparent, Then<Outcome> then);
    /// Asks the gateway for a begun refund and commits its answer; begun still where it is unknown.
    void give_back(Claim claim, std::string traceparent, Then<Claim> then);
    void record_refund(Refund refund, Verdict verdict, std::string traceparent, Then<Claim> then);
    void settle_found(Claim found, Goal goal, Then<Outcome> then);
    void learn(Payment payment, Goal goal, Then<Outcome> then);
    void look_for_late_charge(Payment payment, Then<Outcome> then);
    void finish_refund(Claim claim, Then<Outcome> then);
    /// Commits the step to `to` with history and event, unless somebody else changed the payment in between;
    /// either way `then` gets the payment as it stands.
    void record(const Payment& payment, Status to, std::string reason, std::string traceparent,
                Then<Payment> then);

    db::Database& database_;
    PaymentGateway& gateway_;
    const resilience::Breaker& breaker_;
    std::vector<std::string> methods_;
    enum class Offered { unread, no, yes };
    std::atomic<Offered> trials_offered_{Offered::unread};  // as in the database
    std::map<Status, metrics::Counter*> steps_;
    const db::Kind<Request, Begun> beginnings_;
    const db::Kind<Step, Payment> recordings_;
};

}  // namespace cloudretail::payment
