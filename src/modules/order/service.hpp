// Use-cases of the order module: who may, what is decided, which transaction, which process. Thread rule:
// called on io threads; what it starts continues on the writers of the modules it spans.
#pragma once

#include <atomic>
#include <base/caller.hpp>
#include <base/task.hpp>
#include <db/database.hpp>
#include <db/idempotency.hpp>
#include <db/kind.hpp>
#include <gateway/page.hpp>
#include <memory>
#include <mutex>
#include <product/api.hpp>
#include <runtime/runtime.hpp>
#include <saga/saga.hpp>
#include "checkout_saga.hpp"
#include "order.hpp"
#include "rules.hpp"

namespace cloudretail::order {

/// How placing or cancelling was answered: the answer to send (or to send again).
using Answer = db::StoredAnswer;

struct OrderView {
    Order order;
    rules::Sight sight;  // own_lines: the order is already reduced to them
};

/// An order after a step; not `settled`: the step is durable and goes on by itself.
struct Changed {
    OrderView view;
    bool settled = true;
};

struct OrderPage {
    std::vector<OrderView> orders;
    std::int64_t total = 0;
    bool more = false;  // after these
};

/// Order numbers, taken from the database in blocks so that the number of an order is known before its
/// transaction. Gaps appear at a restart. Thread-safe.
class Numbers {
  public:
    explicit Numbers(db::Database& database) : database_(database) {}
    /// Usually without suspending; a block is taken when the last is used up. Throws Unavailable.
    Task<std::int64_t> take();

  private:
    db::Database& database_;
    std::mutex mutex_;
    std::int64_t next_ = 0, end_ = 0;
};

class Service {
  public:
    Service(db::Database& database, const Clock& clock, saga::Engine& sagas, product::Products& products,
            payment::Payments& payments, std::string currency, int checkouts);

    /// Any signed-in caller. 201 confirmed; 202 pending, where the payment's outcome is not known yet.
    /// Errors: validation, price_changed, payment method_not_offered, insufficient_stock and payment_declined
    /// (with orderId), idempotency_in_progress. Throws Unavailable while payments are away, and where as many
    /// orders as may be are being placed (nothing was begun).
    Task<Result<Answer>> place(Caller caller, PlaceOrder command, db::IdempotencyKey key);

    /// Owner or admin: all of an order of which nothing is shipped, else what is not shipped of it. 200
    /// cancelled; 202 while the refund's outcome is not known. `note` is kept with the order, may be empty.
    /// Errors: not_found, forbidden, illegal_transition.
    Task<Result<Answer>> cancel(Caller caller, OrderId id, std::string note, db::IdempotencyKey key);

    /// A vendor's own fulfilment, an admin's all, one step on. Shipping takes the stock out; what is left to
    /// pay is collected when the last is delivered. `if_match` is the header's text, may be empty. Errors:
    /// not_found, forbidden, illegal_transition, stale.
    Task<Result<Changed>> change_status(Caller caller, OrderId id, ChangeStatus change, std::string if_match);

    /// Admins. 200 given back; 202 while the gateway's answer is not known. Errors: not_found, forbidden,
    /// validation, illegal_transition, refund_too_large.
    Task<Result<Answer>> refund(Caller caller, OrderId id, WantedRefund wanted, db::IdempotencyKey key);

    /// What happened to an order, oldest first. Errors: as get().
    Task<Result<std::vector<TimelineItem>>> timeline(Caller caller, OrderId id);

    /// Errors: not_found (also for what the caller may not see).
    Task<Result<OrderView>> get(Caller caller, OrderId id);

    /// A customer's own, a vendor's own and those with own lines, an admin's all; newest first.
    Task<Result<OrderPage>> list(Caller caller, ListFilter filter, gateway::PageRequest page);

    /// Adds orders to the look-up by customer and vendor; returns when there are none left.
    Task<void> index_parties();

  private:
    struct Placing;
    /// What a claiming transaction began, or the kept answer of a key's first request.
    struct Begun {
        std::optional<Answer> kept;
        std::optional<saga::Instance> instance;
    };
    Result<Begun> begin_cancel(db::Tx& tx, const Caller& caller, OrderId id, const std::string& note,
                               const db::IdempotencyKey& key);
    Result<Begun> begin_step(db::Tx& tx, const Caller& caller, OrderId id, const ChangeStatus& change,
                             const std::string& if_match);
    Result<Begun> begin_refund(db::Tx& tx, const Caller& caller, OrderId id, const WantedRefund& wanted,
                               const db::IdempotencyKey& key);
    /// Drives a begun saga to its end, and what it began in turn.
    Task<saga::Ending> run(saga::Instance instance);
    /// The order after a cancellation or refund, or why there was none.
    Task<Result<Answer>> answer_of(Caller caller, OrderId id, const saga::Instance& instance,
                                   saga::Ending ending);
    Task<void> keep_accepted(OrderId id, const saga::Instance& instance, Answer answer);
    static Result<Answer> replay_kept(Answer kept);
    Task<Result<Answer>> replay_step(Caller caller, OrderId id, Answer kept);
    Task<Result<Answer>> refuse(Error error, std::string path, db::IdempotencyKey key);
    Task<Result<Answer>> again(Answer stored);
    Task<Result<Answer>> replay(Answer stored, OrderId id);
    using Kept = Result<std::optional<Answer>>;
    std::vector<Kept> begin_together(db::Tx& tx, std::span<std::shared_ptr<Placing>* const> placings);
    void begin(std::shared_ptr<Placing> placing, Then<Result<Answer>> then);
    void drive(std::shared_ptr<Placing> placing, Then<Result<Answer>> then);
    void settle_later(std::shared_ptr<Placing> placing, Then<Result<Answer>> then);

    db::Database& database_;
    const Clock& clock_;
    saga::Engine& sagas_;
    product::Products& products_;
    payment::Payments& payments_;
    std::string currency_;
    const int checkouts_;            // order.checkouts
    std::atomic<int> placing_now_{0};
    Numbers numbers_;
    db::Kind<std::shared_ptr<Placing>, Kept> placings_;
};

}  // namespace cloudretail::order
