// Use-cases of the order module: who may, what is decided, which transaction, which process. Thread rule:
// called on io threads; what it starts continues on the writers of the modules it spans.
#pragma once

#include <base/caller.hpp>
#include <base/task.hpp>
#include <db/database.hpp>
#include <db/idempotency.hpp>
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

struct OrderPage {
    std::vector<OrderView> orders;
    std::int64_t total = 0;
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
            payment::Payments& payments, std::string currency);

    /// Any signed-in caller. 201 confirmed; 202 pending, where the payment's outcome is not known yet.
    /// Errors: validation, price_changed, payment method_not_offered, insufficient_stock and payment_declined
    /// (with orderId), idempotency_in_progress. Throws Unavailable while payments are away (nothing was
    /// begun).
    Task<Result<Answer>> place(Caller caller, PlaceOrder command, db::IdempotencyKey key);

    /// Owner or admin, while the order is confirmed and nothing is shipped. 200 cancelled; 202 while the
    /// refund's outcome is not known. Errors: not_found, illegal_transition.
    Task<Result<Answer>> cancel(Caller caller, OrderId id, db::IdempotencyKey key);

    /// Errors: not_found (also for what the caller may not see).
    Task<Result<OrderView>> get(Caller caller, OrderId id);

    /// A customer's own, a vendor's own and those with own lines, an admin's all; newest first.
    Task<Result<OrderPage>> list(Caller caller, ListFilter filter, gateway::PageRequest page);

    /// Adds orders to the look-up by customer and vendor; returns when there are none left.
    Task<void> index_parties();

  private:
    struct Placing;
    Task<Result<Answer>> refuse(Error error, std::string path, db::IdempotencyKey key);
    Task<Result<Answer>> replay(Answer stored, OrderId id);
    void begin(std::shared_ptr<Placing> placing, Then<Result<Answer>> then);
    void drive(std::shared_ptr<Placing> placing, Then<Result<Answer>> then);
    void settle_later(std::shared_ptr<Placing> placing, Then<Result<Answer>> then);

    db::Database& database_;
    const Clock& clock_;
    saga::Engine& sagas_;
    product::Products& products_;
    payment::Payments& payments_;
    std::string currency_;
    Numbers numbers_;
};

}  // namespace cloudretail::order
