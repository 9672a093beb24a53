// The sagas of a confirmed order; see after_sale.hpp. Steps are called on any thread and never wait.
#include "after_sale.hpp"

#include <algorithm>
#include <base/json.hpp>
#include <db/idempotency.hpp>
#include <events/outbox.hpp>
#include <gateway/problem.hpp>
#include <log/log.hpp>
#include <order/events.hpp>
#include "render.hpp"
#include "rules.hpp"
#include "store.hpp"

namespace cloudretail::order {

namespace {

using saga::Done;
using saga::Instance;
using saga::StepResult;
using Work = std::shared_ptr<AfterSale>;

constexpr std::int64_t never_ms = 10LL * 365 * 24 * 3'600 * 1'000;

Work work_of(Instance& instance) { return std::static_pointer_cast<AfterSale>(instance.state); }

std::vector<ProductId> products_of(const AfterSale& work) {
    std::vector<ProductId> products;
    for (const auto& line : work.lines) products.push_back(line.product_id);
    return products;
}

StepResult refused(Error error) {
    StepResult result{StepResult::Kind::failed, std::string(error.type->slug)};
    result.learned = [error = std::move(error)](Instance& i) { work_of(i)->failure = error; };
    return result;
}

/// Done, and what the payment is known to be by now.
StepResult done_with(payment::Status status) {
    StepResult result;
    result.learned = [status](Instance& i) {
        work_of(i)->payment_status = std::string(payment::to_text(status));
    };
    return result;
}

/// What inventory says no to is final.
void ship(inventory::Stock& stock, Instance& instance, Done done) {
    auto work = work_of(instance);
    auto then = [done = std::move(done)](Outcome<Result<>> outcome) mutable {
        if (!outcome.has_value()) return done(Outcome<StepResult>(outcome.exception()));
        auto& result = outcome.get();
        done(result ? StepResult::ok() : refused(result.error()));
    };
    stock.ship(work->order_id, products_of(*work), work->actor, work->traceparent, std::move(then));
}

void release_lines(inventory::Stock& stock, Instance& instance, Done done) {
    auto work = work_of(instance);
    auto then = [done = std::move(done)](Outcome<Result<>> outcome) mutable {
        if (!outcome.has_value()) return done(Outcome<StepResult>(outcome.exception()));
        if (outcome.get()) return done(StepResult::ok());
        done(StepResult{StepResult::Kind::retry, std::string(outcome.get().error().type->slug)});
    };
    stock.release_lines(work->order_id, products_of(*work), work->traceparent, std::move(then));
}

void restock(inventory::Stock& stock, Instance& instance, Done done) {
    auto work = work_of(instance);
    if (work->lines.empty()) return done(StepResult::ok());
    auto then = [id = instance.id, done = std::move(done)](Outcome<Result<>> outcome) mutable {
        if (!outcome.has_value()) return done(Outcome<StepResult>(outcome.exception()));
        // The money is given back by now: goods that inventory does not take are left to a person.
        if (!outcome.get())
            log::error("goods of a refund were not restocked",
                       {{"refund", id.to_string()}, {"reason", outcome.get().error().type->slug}});
        done(StepResult::ok());
    };
    stock.restock(work->order_id, instance.id, work->lines, work->actor, work->traceparent, std::move(then));
}

void give_back(payment::Payments& payments, Instance& instance, Done done) {
    auto work = work_of(instance);
    if (work->amount == Money{}) return done(StepResult::ok());
    auto then = [done = std::move(done)](Outcome<Result<payment::Outcome>> outcome) mutable {
        if (!outcome.has_value()) return done(Outcome<StepResult>(outcome.exception()));
        auto& result = outcome.get();
        if (!result) return done(refused(result.error()));
        if (result->status == payment::Status::pending)
            return done(StepResult{StepResult::Kind::unknown, "refund-unknown"});
        done(done_with(result->status));
    };
    payments.refund({work->payment_id, work->order_id, instance.id, work->amount, work->traceparent},
                    std::move(then));
}

void capture(payment::Payments& payments, Instance& instance, Done done) {
    auto work = work_of(instance);
    auto then = [done = std::move(done)](Outcome<payment::Outcome> outcome) mutable {
        if (!outcome.has_value()) return done(Outcome<StepResult>(outcome.exception()));
        if (outcome.get().status == payment::Status::pending)
            return done(StepResult{StepResult::Kind::unknown, "capture-unknown"});
        done(done_with(outcome.get().status));
    };
    payments.capture(work->payment_id, work->traceparent, std::move(then));
}

Order held(db::Tx& tx, OrderId id) {
    auto order = store::hold(tx, id);
    CR_ASSERT(order.has_value());  // orders are never deleted
    return std::move(*order);
}

OrderChanged event_of(const Order& order) {
    return {order.id,    order.number,   order.customer_id,
            order.total, order.currency, std::string(to_text(order.status)),
            ""};
}

/// The answer to who asked, kept for who asks again.
void keep_answer(db::Tx& tx, const Instance& instance, const Order& order) {
    db::StoredAnswer answer;
    answer.status = 200;
    answer.body = to_json(order);
    answer.etag = etag_of(order);
    db::keep_for(tx, instance.id.to_string(), answer);
}

void keep_refusal(db::Tx& tx, const Instance& instance, const AfterSale& work, std::string_view operation) {
    Error refusal = work.failure ? *work.failure : Error(errors::illegal_transition, "It was not possible.");
    auto path = "/api/orders/" + work.order_id.to_string() + "/" + std::string(operation);
    auto problem = gateway::problem_response(refusal, {path, ""});
    db::StoredAnswer answer;
    answer.status = problem.status;
    answer.body = std::move(problem.body);
    db::keep_for(tx, instance.id.to_string(), answer);
}

void publish_refunded(db::Tx& tx, const Order& order, const Instance& instance, const AfterSale& work) {
    auto event = event_of(order);
    event.refund_id = instance.id;
    event.amount = work.amount;
    events::publish(tx, order_refunded, order.id.to_string(), event.to_json(), order.customer_id,
                    work.traceparent);
}

/// The order's own status follows its fulfilments; answers it as it stands then. Where nothing of it is left,
/// it was cancelled for the reason of this work.
Order advance(db::Tx& tx, const AfterSale& work) {
    auto order = held(tx, work.order_id);
    const auto status = rules::status_of(rules::fulfilments(order));
    store::advance(tx, order.id, status, rules::later_of(order.payment_status, work.payment_status));
    if (status == Status::cancelled) store::set_reason(tx, order.id, work.reason);
    return held(tx, work.order_id);
}

std::vector<UserId> vendors_of(const Order& order, const Uuid& saga) {
    std::vector<UserId> vendors;
    for (const auto& f : order.fulfilments)
        if (f.step_id == saga.to_string()) vendors.push_back(f.vendor_id);
    return vendors;
}

void finish_ship(db::Tx& tx, Instance& instance, bool completed) {
    auto work = work_of(instance);
    if (!completed) return store::give_up_fulfilments(tx, work->order_id, instance.id);
    store::set_tracking(tx, work->order_id, instance.id, work->tracking_number);
    store::finish_fulfilments(tx, work->order_id, instance.id, Progress::shipped);
    auto order = advance(tx, *work);
    for (const auto& vendor : vendors_of(order, instance.id))
        publish_fulfilment(tx, order_shipped, order, vendor, "", work->traceparent);
}

void finish_collect(db::Tx& tx, Instance& instance, bool) {
    auto work = work_of(instance);
    auto order = held(tx, work->order_id);
    // The payment's own event may have told of a later step already.
    const auto paid = rules::later_of(order.payment_status, work->payment_status);
    store::advance(tx, order.id, order.status, paid);
}

void finish_cancel_part(db::Tx& tx, saga::Engine& sagas, Instance& instance, bool completed) {
    auto work = work_of(instance);
    work->next.reset();  // this may be the second run of the transaction
    store::end_refund(tx, work->order_id, instance.id, completed);
    if (!completed) {
        store::give_up_fulfilments(tx, work->order_id, instance.id);
        advance(tx, *work);  // what is shown of the refund has changed
        return keep_refusal(tx, instance, *work, "cancel");
    }
    store::finish_fulfilments(tx, work->order_id, instance.id, Progress::cancelled);
    auto order = advance(tx, *work);
    for (const auto& vendor : vendors_of(order, instance.id))
        publish_fulfilment(tx, order_cancelled, order, vendor, work->reason, work->traceparent);
    if (work->amount != Money{}) publish_refunded(tx, order, instance, *work);
    work->next = begin_collecting(tx, sagas, order, work->actor, work->traceparent);
    keep_answer(tx, instance, order);
}

void finish_refund(db::Tx& tx, Instance& instance, bool completed) {
    auto work = work_of(instance);
    store::end_refund(tx, work->order_id, instance.id, completed);
    auto order = advance(tx, *work);
    if (!completed) return keep_refusal(tx, instance, *work, "refund");
    publish_refunded(tx, order, instance, *work);
    keep_answer(tx, instance, order);
}

saga::Definition definition(const char* type, db::Database& database, std::vector<saga::Step> steps) {
    saga::Definition d;
    d.type = type;
    d.database = &database;
    d.steps = std::move(steps);
    d.restore = [](const Instance& i) { return std::make_shared<AfterSale>(after_sale_from_data(i.data)); };
    d.deadline_ms = never_ms;
    return d;
}

}  // namespace

void publish_fulfilment(db::Tx& tx, const char* type, const Order& order, const UserId& vendor,
                        std::string reason, const std::string& traceparent) {
    auto event = event_of(order);
    event.vendor_id = vendor;
    event.reason = std::move(reason);
    auto f = std::ranges::find(order.fulfilments, vendor, &Fulfilment::vendor_id);
    if (f != order.fulfilments.end()) event.tracking_number = f->tracking_number;
    events::Audience audience(order.customer_id);
    audience.add(vendor);
    events::publish(tx, type, order.id.to_string(), event.to_json(), audience, traceparent);
}

std::optional<saga::Instance> begin_collecting(db::Tx& tx, saga::Engine& sagas, const Order& order,
                                               const UserId& actor, std::string traceparent) {
    if (order.status != Status::delivered ||
        order.payment_status != payment::to_text(payment::Status::authorized))
        return std::nullopt;
    auto work = std::make_shared<AfterSale>();
    work->order_id = order.id;
    work->payment_id = order.payment_id;
    work->actor = actor;
    work->traceparent = std::move(traceparent);
    auto instance = after_sale_instance(order.payment_id.uuid, collect_type, std::move(work));
    sagas.begin(tx, instance);
    return instance;
}

std::string to_data(const AfterSale& work) {
    json::Writer w;
    w.begin_object().member("order", work.order_id).member("payment", work.payment_id);
    w.member("actor", work.actor).key("lines").begin_array();
    for (const auto& line : work.lines)
        w.begin_array().value(line.product_id).value(line.quantity).end_array();
    w.end_array().member("amount", work.amount).member("tracking", work.tracking_number);
    w.member("reason", work.reason).member("traceparent", work.traceparent).end_object();
    return w.take();
}

AfterSale after_sale_from_data(std::string_view data) {
    auto document = json::Document::parse(data);
    if (!document) throw std::runtime_error("a saga's data is not JSON");
    auto root = document->root();
    auto text = [&](const char* key) { return std::string(root[key].text().value_or("")); };
    AfterSale work;
    work.order_id = OrderId::parse(text("order")).value();
    work.payment_id = PaymentId::parse(text("payment")).value();
    work.actor = UserId::parse(text("actor")).value();
    for (std::size_t i = 0; i < root["lines"].size(); ++i) {
        auto line = root["lines"].at(i);
        work.lines.push_back(
            {ProductId::parse(line.at(0).text().value_or("")).value(), line.at(1).integer().value()});
    }
    auto amount = root["amount"].money();
    if (!amount) throw std::runtime_error("a saga's amount is not money");
    work.amount = *amount;
    work.tracking_number = text("tracking");
    work.reason = text("reason");
    work.traceparent = text("traceparent");
    return work;
}

saga::Instance after_sale_instance(const Uuid& id, const char* type, std::shared_ptr<AfterSale> work) {
    saga::Instance instance;
    instance.id = id;
    instance.type = type;
    instance.data = to_data(*work);
    instance.state = std::move(work);
    return instance;
}

saga::Definition ship_saga(db::Database& database, inventory::Stock& stock) {
    auto d =
        definition(ship_type, database,
                   {{"ship", [&stock](Instance& i, Done done) { ship(stock, i, std::move(done)); }, {}}});
    d.finish = finish_ship;
    return d;
}

saga::Definition collect_saga(db::Database& database, payment::Payments& payments) {
    auto d = definition(
        collect_type, database,
        {{"capture", [&payments](Instance& i, Done done) { capture(payments, i, std::move(done)); }, {}}});
    d.finish = finish_collect;
    return d;
}

saga::Definition cancel_part_saga(db::Database& database, saga::Engine& sagas, inventory::Stock& stock,
                                  payment::Payments& payments) {
    auto d = definition(
        cancel_part_type, database,
        {{"refund", [&payments](Instance& i, Done done) { give_back(payments, i, std::move(done)); }, {}},
         {"release", [&stock](Instance& i, Done done) { release_lines(stock, i, std::move(done)); }, {}}});
    d.finish = [&sagas](db::Tx& tx, Instance& i, bool completed) {
        finish_cancel_part(tx, sagas, i, completed);
    };
    return d;
}

saga::Definition refund_saga(db::Database& database, inventory::Stock& stock, payment::Payments& payments) {
    auto d = definition(
        refund_type, database,
        {{"refund", [&payments](Instance& i, Done done) { give_back(payments, i, std::move(done)); }, {}},
         {"restock", [&stock](Instance& i, Done done) { restock(stock, i, std::move(done)); }, {}}});
    d.finish = finish_refund;
    return d;
}

}  // namespace cloudretail::order
