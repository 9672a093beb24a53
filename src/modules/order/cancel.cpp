// Cancelling an order, or what is not shipped of it: begins the saga and answers how it ended; see
// service.hpp.
#include <audit/audit.hpp>
#include "after_sale.hpp"
#include "audience.hpp"
#include "render.hpp"
#include "service.hpp"
#include "store.hpp"

namespace cloudretail::order {

namespace {

std::string slug_of(const Order& order, const Caller& caller) {
    return caller.id == order.customer_id ? "cancelled-by-customer" : "cancelled-by-admin";
}

Process process_for(const Order& order, const Caller& caller) {
    Process p;
    p.order_id = order.id;
    p.number = order.number;
    for (const auto& line : order.lines) p.lines.push_back({line.product_id, line.quantity});
    p.payment = {order.payment_id,     order.id, order.customer_id, order.total, order.currency,
                 order.payment_method, "",       caller.traceparent};
    p.audience = audience_of(order.customer_id, order.lines);
    p.customer_reason = slug_of(order, caller);
    p.payment_status = order.payment_status;
    return p;
}

Answer rendered(const Order& order, int status) {
    Answer answer;
    answer.status = status;
    answer.body = to_json(order);
    answer.etag = etag_of(order);
    return answer;
}

/// Everything is given back and released.
saga::Instance whole(const Order& order, const Caller& caller) {
    auto process = std::make_shared<Process>(process_for(order, caller));
    saga::Instance instance;
    instance.id = order.id.uuid;
    instance.type = cancel_type;
    instance.data = to_data(*process);
    instance.state = process;
    return instance;
}

/// The lines of these vendors are; a refund given before may leave less than they cost.
saga::Instance part(const Order& order, const std::vector<UserId>& vendors, const Caller& caller) {
    auto work = std::make_shared<AfterSale>();
    work->order_id = order.id;
    work->payment_id = order.payment_id;
    work->actor = caller.id;
    for (const auto& line : order.lines)
        if (std::ranges::find(vendors, line.vendor_id) != vendors.end())
            work->lines.push_back({line.product_id, line.quantity});
    work->amount = std::min(rules::price_of(order, vendors), rules::left(order));
    work->reason = slug_of(order, caller);
    work->traceparent = caller.traceparent;
    return after_sale_instance(make_uuid(), cancel_part_type, std::move(work));
}

}  // namespace

Result<Service::Begun> Service::begin_cancel(db::Tx& tx, const Caller& caller, OrderId id,
                                             const std::string& note, const db::IdempotencyKey& key) {
    auto order = store::hold(tx, id);
    CR_ASSERT(order.has_value());  // orders are never deleted
    auto cancellation = rules::cancellable(*order);
    const bool is_whole = !cancellation || cancellation->whole;
    auto instance = is_whole ? whole(*order, caller) : part(*order, cancellation->vendors, caller);
    auto claimed = db::claim(tx, key, is_whole ? cancel_subject(id) : instance.id.to_string());
    if (!claimed) return claimed.error();
    if (*claimed) return Begun{std::move(*claimed), {}};
    if (!cancellation) return cancellation.error();
    if (is_whole) {
        if (!store::begin_cancel(tx, id, note))
            return Error(errors::illegal_transition, "The order is being cancelled already.");
    } else {
        if (!store::take_fulfilments(tx, id, cancellation->vendors, "cancelling", instance.id))
            return Error(errors::illegal_transition, "What is left of the order is on its way already.");
        const auto& work = *std::static_pointer_cast<AfterSale>(instance.state);
        store::insert_refund(tx, id,
                             {instance.id, "cancellation", "pending", work.amount, note, tx.now(), {}});
        store::advance(tx, id, order->status, order->payment_status);
    }
    sagas_.begin(tx, instance);
    if (caller.is_admin()) audit::record(tx, caller, "order.cancel", id.to_string());
    return Begun{{}, std::move(instance)};
}

Task<Result<Answer>> Service::cancel(Caller caller, OrderId id, std::string note, db::IdempotencyKey key) {
    auto view = co_await get(caller, id);
    if (!view) co_return view.error();
    if (view->sight != rules::Sight::whole)
        co_return Error(cloudretail::errors::forbidden,
                        "Only the customer or an administrator cancels an order.");
    auto job = [this, caller, id, note, key](db::Tx& tx) { return begin_cancel(tx, caller, id, note, key); };
    auto begun = co_await database_.write(job);
    if (!begun) co_return co_await refuse(begun.error(), "/api/orders/" + id.to_string() + "/cancel", key);
    if (begun->kept) co_return co_await replay_step(caller, id, std::move(*begun->kept));
    auto ending = co_await run(*begun->instance);
    co_return co_await answer_of(caller, id, *begun->instance, ending);
}

Result<Answer> Service::replay_kept(Answer kept) {
    kept.replayed = true;
    if (kept.status != 0 && kept.status != 202) return kept;
    Error running(cloudretail::errors::idempotency_in_progress, "Ask again in a moment.");
    running.retry_after_s = 1;
    return running;
}

/// What goes on by itself is answered with the order as it stands now.
Task<Result<Answer>> Service::replay_step(Caller caller, OrderId id, Answer kept) {
    if (kept.status != 202) co_return replay_kept(std::move(kept));
    auto now = co_await get(caller, id);
    if (!now) co_return now.error();
    auto answer = rendered(now->order, 202);
    answer.replayed = true;
    co_return answer;
}

/// A saga that ended meanwhile has kept the final answer, or will when it gets the order: that one stands.
Task<void> Service::keep_accepted(OrderId id, const saga::Instance& instance, Answer answer) {
    const bool is_whole = instance.type == cancel_type;
    const auto subject = is_whole ? cancel_subject(id) : instance.id.to_string();
    auto job = [id, saga = instance.id, subject, answer = std::move(answer)](db::Tx& tx) {
        store::hold(tx, id);
        if (!store::open_sagas(tx.session(), {saga}).empty()) db::keep_for(tx, subject, answer);
        return Unit{};
    };
    co_await database_.write(job);
}

Task<saga::Ending> Service::run(saga::Instance instance) {
    auto start = [this, instance](Then<saga::Ending> then) { sagas_.run(instance, std::move(then)); };
    UniqueFunction<void(Then<saga::Ending>)> named(start);
    auto ending = co_await runtime::await_then<saga::Ending>(std::move(named));
    if (ending != saga::Ending::completed || instance.type == cancel_type) co_return ending;
    auto next = std::static_pointer_cast<AfterSale>(instance.state)->next;
    // It goes on by itself where nobody waits; what it was begun by is complete either way.
    if (next) co_await run(std::move(*next));
    co_return ending;
}

Task<Result<Answer>> Service::answer_of(Caller caller, OrderId id, const saga::Instance& instance,
                                        saga::Ending ending) {
    if (ending == saga::Ending::compensated) {
        if (instance.type != cancel_type)
            if (auto& failure = std::static_pointer_cast<AfterSale>(instance.state)->failure)
                co_return *failure;
        co_return Error(errors::illegal_transition, "The payment could not be given back; the order stands.");
    }
    auto after = co_await get(caller, id);
    if (!after) co_return after.error();
    auto answer = rendered(after->order, ending == saga::Ending::pending ? 202 : 200);
    if (answer.status == 202) co_await keep_accepted(id, instance, answer);
    co_return answer;
}

}  // namespace cloudretail::order
