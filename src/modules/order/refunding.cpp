// Giving money back, with or without goods that come back; see service.hpp. Cancelling is in cancel.cpp.
#include <audit/audit.hpp>
#include <base/json.hpp>
#include "after_sale.hpp"
#include "service.hpp"
#include "store.hpp"

namespace cloudretail::order {

namespace {

saga::Instance refund_of(const Order& order, const WantedRefund& wanted, Money amount, const Caller& caller) {
    auto work = std::make_shared<AfterSale>();
    work->order_id = order.id;
    work->payment_id = order.payment_id;
    work->actor = caller.id;
    for (const auto& line : wanted.lines)
        if (line.restock) work->lines.push_back({line.product_id, line.quantity});
    work->amount = amount;
    work->traceparent = caller.traceparent;
    return after_sale_instance(make_uuid(), refund_type, std::move(work));
}

std::string details_of(const Uuid& refund, Money amount) {
    json::Writer w;
    w.begin_object().member("refundId", refund.to_string()).member("amount", amount).end_object();
    return w.take();
}

}  // namespace

Result<Service::Begun> Service::begin_refund(db::Tx& tx, const Caller& caller, OrderId id,
                                             const WantedRefund& wanted, const db::IdempotencyKey& key) {
    auto order = store::hold(tx, id);
    if (!order) return Error(cloudretail::errors::not_found, "There is no such order.");
    auto amount = rules::refundable(*order, wanted);
    auto instance = refund_of(*order, wanted, amount ? *amount : Money{}, caller);
    auto claimed = db::claim(tx, key, instance.id.to_string());
    if (!claimed) return claimed.error();
    if (*claimed) return Begun{std::move(*claimed), {}};
    if (!amount) return amount.error();
    store::insert_refund(tx, id,
                         {instance.id, "refund", "pending", *amount, wanted.reason, tx.now(), wanted.lines});
    store::advance(tx, id, order->status, order->payment_status);
    sagas_.begin(tx, instance);
    audit::record(tx, caller, "order.refund", id.to_string(), details_of(instance.id, *amount));
    return Begun{{}, std::move(instance)};
}

Task<Result<Answer>> Service::refund(Caller caller, OrderId id, WantedRefund wanted, db::IdempotencyKey key) {
    if (!caller.is_admin())
        co_return Error(cloudretail::errors::forbidden, "Only an administrator gives money back.");
    if (!payments_.available()) throw Unavailable("payments are not available", 5);
    auto job = [this, caller, id, wanted, key](db::Tx& tx) {
        return begin_refund(tx, caller, id, wanted, key);
    };
    auto begun = co_await database_.write(job);
    if (!begun) co_return co_await refuse(begun.error(), "/api/orders/" + id.to_string() + "/refund", key);
    if (begun->kept) co_return co_await replay_step(caller, id, std::move(*begun->kept));
    auto ending = co_await run(*begun->instance);
    co_return co_await answer_of(caller, id, *begun->instance, ending);
}

}  // namespace cloudretail::order
