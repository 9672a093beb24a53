// Cancelling an order: begins the cancel saga and answers how it ended; see service.hpp.
#include "render.hpp"
#include "service.hpp"
#include "store.hpp"

namespace cloudretail::order {

namespace {

Process process_for(const Order& order, const Caller& caller) {
    Process p;
    p.order_id = order.id;
    p.number = order.number;
    for (const auto& line : order.lines) p.lines.push_back({line.product_id, line.quantity});
    p.payment = {order.payment_id,     order.id, order.customer_id, order.total, order.currency,
                 order.payment_method, "",       caller.traceparent};
    p.customer_reason = caller.id == order.customer_id ? "cancelled-by-customer" : "cancelled-by-admin";
    p.payment_status = order.payment_status;
    return p;
}

/// What the cancelling transaction found: a kept answer to repeat, or the saga that it began.
struct Begun {
    std::optional<Answer> kept;
    saga::Instance instance;
};

}  // namespace

Task<Result<Answer>> Service::cancel(Caller caller, OrderId id, db::IdempotencyKey key) {
    auto view = co_await get(caller, id);
    if (!view) co_return view.error();
    if (view->sight != rules::Sight::whole)
        co_return Error(cloudretail::errors::forbidden,
                        "Only the customer or an administrator cancels an order.");

    auto job = [this, id, caller, key](db::Tx& tx) -> Result<Begun> {
        auto claimed = db::claim(tx, key, cancel_subject(id));
        if (!claimed) return claimed.error();
        if (*claimed) return Begun{std::move(*claimed), {}};
        auto order = store::find(tx.session(), id);
        CR_ASSERT(order.has_value());  // orders are never deleted
        if (!rules::may_become(order->status, Status::cancelled))
            return Error(errors::illegal_transition,
                         "An order that is " + std::string(to_text(order->status)) + " cannot be cancelled.");
        if (!store::begin_cancel(tx, id))
            return Error(errors::illegal_transition, "The order is being cancelled already.");
        auto process = std::make_shared<Process>(process_for(*order, caller));
        Begun begun;
        begun.instance.id = id.uuid;
        begun.instance.type = cancel_type;
        begun.instance.data = to_data(*process);
        begun.instance.state = process;
        sagas_.begin(tx, begun.instance);
        return begun;
    };
    auto begun = co_await database_.write(job);
    if (!begun) co_return begun.error();
    if (begun->kept) {
        begun->kept->replayed = true;
        if (begun->kept->status != 0) co_return std::move(*begun->kept);
        Error running(cloudretail::errors::idempotency_in_progress, "Ask again in a moment.");
        running.retry_after_s = 1;
        co_return running;
    }
    auto start = [this, instance = begun->instance](Then<saga::Ending> then) {
        sagas_.run(instance, std::move(then));
    };
    UniqueFunction<void(Then<saga::Ending>)> named(start);
    auto ending = co_await runtime::await_then<saga::Ending>(std::move(named));
    auto after = co_await get(caller, id);
    if (!after) co_return after.error();
    if (ending == saga::Ending::compensated)
        co_return Error(errors::illegal_transition, "The payment could not be given back; the order stands.");
    Answer answer;
    answer.status = ending == saga::Ending::pending ? 202 : 200;
    answer.body = to_json(after->order);
    answer.etag = etag_of(after->order);
    co_return answer;
}

}  // namespace cloudretail::order
