// The checkout and cancel sagas; see checkout_saga.hpp. Steps are called on any thread and never wait.
#include "checkout_saga.hpp"

#include <base/json.hpp>
#include <db/idempotency.hpp>
#include <events/outbox.hpp>
#include <gateway/problem.hpp>
#include <order/events.hpp>
#include "audience.hpp"
#include "cart_store.hpp"
#include "render.hpp"
#include "rules.hpp"
#include "store.hpp"

namespace cloudretail::order {

namespace {

using saga::Done;
using saga::Instance;
using saga::StepResult;

Process& process_of(Instance& instance) { return *static_cast<Process*>(instance.state.get()); }

StepResult refused(Error error) {
    StepResult result{StepResult::Kind::failed, std::string(error.type->slug)};
    result.learned = [error = std::move(error)](Instance& i) { process_of(i).failure = error; };
    return result;
}

/// With what the payment is known to be by now.
StepResult told_of(payment::Status status, StepResult result) {
    result.learned = [status](Instance& i) {
        process_of(i).payment_status = std::string(payment::to_text(status));
    };
    return result;
}

void reserve(inventory::Stock& stock, Instance& instance, Done done) {
    const auto& process = process_of(instance);
    auto then = [done = std::move(done)](Outcome<Result<>> outcome) mutable {
        if (!outcome.has_value()) return done(Outcome<StepResult>(outcome.exception()));
        auto& result = outcome.get();
        done(result ? StepResult::ok() : refused(result.error()));
    };
    stock.reserve(process.order_id, process.lines, process.payment.traceparent, std::move(then));
}

void release(inventory::Stock& stock, Instance& instance, Done done) {
    auto& process = process_of(instance);
    auto then = [done = std::move(done)](Outcome<Result<>> outcome) mutable {
        if (!outcome.has_value()) return done(Outcome<StepResult>(outcome.exception()));
        if (outcome.get()) return done(StepResult::ok());
        done(StepResult{StepResult::Kind::retry, std::string(outcome.get().error().type->slug)});
    };
    stock.release(process.order_id, process.payment.traceparent, std::move(then));
}

StepResult judge(payment::Status status) {
    switch (status) {
        case payment::Status::captured:
        case payment::Status::authorized:
            return told_of(status, StepResult::ok());
        case payment::Status::pending:
            return told_of(status, {StepResult::Kind::unknown, "payment-unknown"});
        case payment::Status::failed:
        case payment::Status::partially_refunded:
        case payment::Status::refunded:
            break;
    }
    auto declined = refused(Error(payment::errors::payment_declined, "The payment was declined."));
    declined.learned = [status, failure = std::move(declined.learned)](Instance& i) {
        failure(i);
        process_of(i).payment_status = std::string(payment::to_text(status));
    };
    return declined;
}

void pay(payment::Payments& payments, Instance& instance, Done done) {
    auto then = [done = std::move(done)](Outcome<payment::Outcome> outcome) mutable {
        if (!outcome.has_value()) return done(Outcome<StepResult>(outcome.exception()));
        done(judge(outcome.get().status));
    };
    payments.pay(process_of(instance).payment, std::move(then));
}

void undo_payment(payment::Payments& payments, Instance& instance, Done done) {
    auto then = [done = std::move(done)](Outcome<payment::Outcome> outcome) mutable {
        if (!outcome.has_value()) return done(Outcome<StepResult>(outcome.exception()));
        const auto status = outcome.get().status;
        const bool open = status == payment::Status::pending;
        done(told_of(status,
                     open ? StepResult{StepResult::Kind::retry, "payment-unknown"} : StepResult::ok()));
    };
    payments.undo(process_of(instance).payment, std::move(then));
}

events::NewEvent event_of(const Process& process, const char* type, const char* status, std::string reason,
                          events::Audience audience) {
    OrderChanged event{process.order_id,       process.number,           process.payment.payer_id,
                       process.payment.amount, process.payment.currency, status,
                       std::move(reason)};
    return {type, process.order_id.to_string(), event.to_json(), std::move(audience),
            process.payment.traceparent};
}

void publish(db::Tx& tx, const Process& process, const char* type, const char* status, std::string reason,
             events::Audience audience) {
    const auto event = event_of(process, type, status, std::move(reason), std::move(audience));
    events::publish(tx, std::span(&event, 1));
}

/// Nothing is asked for where somebody waits for the process.
events::Audience audience_of(db::Tx& tx, const Process& process) {
    if (!process.audience.empty()) return process.audience;
    auto order = store::find(tx.session(), process.order_id);
    CR_ASSERT(order.has_value());  // orders are never deleted
    return audience_of(order->customer_id, order->lines);
}

void confirm(db::Tx& tx, std::span<const Process* const> processes) {
    std::vector<store::Confirmation> confirmations;
    for (const Process* process : processes) {
        std::optional<Timestamp> updated;
        if (process->late) updated = tx.now();
        confirmations.push_back({process->order_id, process->payment_status, updated});
    }
    const auto confirmed = store::confirm(tx, confirmations);
    std::vector<events::NewEvent> created;
    for (std::size_t i = 0; i < processes.size(); ++i) {
        if (!confirmed[i]) continue;
        const Process& process = *processes[i];
        created.push_back(event_of(process, order_created, "confirmed", "", audience_of(tx, process)));
        if (process.from_cart) store::take_out_of_cart(tx, process.payment.payer_id, process.lines);
    }
    events::publish(tx, created);
}

void fail(db::Tx& tx, const Instance& instance, Process& process) {
    Error failure = failure_of(process, instance.reason);
    if (process.payment_status.empty() || process.payment_status == "pending")
        process.payment_status = "failed";
    if (!store::fail(tx, process.order_id, failure.type->slug, process.payment_status)) return;
    publish(tx, process, order_failed, "failed", std::string(failure.type->slug), process.payment.payer_id);
    db::StoredAnswer answer;
    auto problem = gateway::problem_response(failure, {"/api/orders", ""});
    answer.status = problem.status;
    answer.body = std::move(problem.body);
    db::keep_for(tx, process.order_id.to_string(), answer);
}

void finish_checkouts(db::Tx& tx, std::span<const saga::Finished> finished) {
    std::vector<const Process*> completed;
    for (const auto& one : finished) {
        auto& process = process_of(one.instance);
        if (one.completed) {
            completed.push_back(&process);
        } else {
            fail(tx, one.instance, process);
        }
    }
    confirm(tx, completed);
}

/// What was captured and not given back before was given back by the cancellation.
void note_given_back(db::Tx& tx, const Process& process) {
    auto order = store::find(tx.session(), process.order_id);
    CR_ASSERT(order.has_value());
    const Money amount = rules::left(*order);
    if (process.payment_status != payment::to_text(payment::Status::refunded) || amount == Money{}) return;
    const Uuid refund = make_uuid();
    store::insert_refund(tx, order->id,
                         {refund, "cancellation", "done", amount, order->cancel_note, tx.now(), {}});
    OrderChanged event{
        order->id, order->number, order->customer_id, order->total, order->currency, "cancelled", ""};
    event.refund_id = refund;
    event.amount = amount;
    events::publish(tx, order_refunded, order->id.to_string(), event.to_json(), order->customer_id,
                    process.payment.traceparent);
}

void finish_cancel(db::Tx& tx, Instance& instance, bool completed) {
    auto& process = process_of(instance);
    store::end_cancel(tx, process.order_id, completed, process.customer_reason, process.payment_status);
    if (!completed) return;
    publish(tx, process, order_cancelled, "cancelled", process.customer_reason, audience_of(tx, process));
    note_given_back(tx, process);
    auto order = store::find(tx.session(), process.order_id);
    CR_ASSERT(order.has_value());
    db::StoredAnswer answer;
    answer.status = 200;
    answer.body = to_json(*order);
    answer.etag = etag_of(*order);
    db::keep_for(tx, cancel_subject(process.order_id), answer);
}

}  // namespace

std::string cancel_subject(OrderId id) { return id.to_string() + ":cancel"; }

Error failure_of(const Process& process, std::string_view reason) {
    Error failure = [&]() -> Error {
        if (process.failure) return *process.failure;
        for (const ErrorType* type :
             {&inventory::errors::insufficient_stock, &payment::errors::payment_declined})
            if (type->slug == reason) return Error(*type);
        return Error(errors::order_failed, "The order was not completed in time; nothing was charged.");
    }();
    if (!failure.members.empty()) failure.members += ",";
    failure.members += "\"orderId\":\"" + process.order_id.to_string() + "\"";
    return failure;
}

std::string to_data(const Process& p) {
    json::Writer w;
    w.begin_object().member("order", p.order_id).member("number", p.number).key("lines").begin_array();
    for (const auto& line : p.lines) w.begin_array().value(line.product_id).value(line.quantity).end_array();
    w.end_array().member("payment", p.payment.id).member("payer", p.payment.payer_id);
    w.member("amount", p.payment.amount).member("currency", p.payment.currency);
    w.member("method", p.payment.method).member("token", p.payment.token);
    w.member("traceparent", p.payment.traceparent).member("reason", p.customer_reason);
    if (p.from_cart) w.member("fromCart", true);
    w.end_object();
    return w.take();
}

Process from_data(std::string_view data) {
    auto document = json::Document::parse(data);
    if (!document) throw std::runtime_error("a saga's data is not JSON");
    auto root = document->root();
    auto text = [&](const char* key) { return std::string(root[key].text().value_or("")); };
    Process p;
    p.order_id = OrderId::parse(text("order")).value();
    p.number = text("number");
    for (std::size_t i = 0; i < root["lines"].size(); ++i) {
        auto line = root["lines"].at(i);
        p.lines.push_back(
            {ProductId::parse(line.at(0).text().value_or("")).value(), line.at(1).integer().value()});
    }
    p.payment.id = PaymentId::parse(text("payment")).value();
    p.payment.order_id = p.order_id;
    p.payment.payer_id = UserId::parse(text("payer")).value();
    auto amount = root["amount"].money();
    if (!amount) throw std::runtime_error("a saga's amount is not money");
    p.payment.amount = *amount;
    p.payment.currency = text("currency");
    p.payment.method = text("method");
    p.payment.token = text("token");
    p.payment.traceparent = text("traceparent");
    p.customer_reason = text("reason");
    p.from_cart = root["fromCart"].boolean().value_or(false);
    p.late = true;
    return p;
}

saga::Definition checkout_saga(db::Database& database, inventory::Stock& stock, payment::Payments& payments,
                               std::int64_t deadline_ms) {
    saga::Definition d;
    d.type = checkout_type;
    d.database = &database;
    d.steps = {
        {"reserve", [&stock](Instance& i, Done done) { reserve(stock, i, std::move(done)); },
         [&stock](Instance& i, Done done) { release(stock, i, std::move(done)); }},
        {"pay", [&payments](Instance& i, Done done) { pay(payments, i, std::move(done)); },
         [&payments](Instance& i, Done done) { undo_payment(payments, i, std::move(done)); }},
    };
    d.restore = [](const Instance& i) { return std::make_shared<Process>(from_data(i.data)); };
    d.finish_together = finish_checkouts;
    d.deadline_ms = deadline_ms;
    return d;
}

saga::Definition cancel_saga(db::Database& database, inventory::Stock& stock, payment::Payments& payments) {
    constexpr std::int64_t never_ms = 10LL * 365 * 24 * 3'600 * 1'000;
    saga::Definition d;
    d.type = cancel_type;
    d.database = &database;
    d.steps = {
        {"refund", [&payments](Instance& i, Done done) { undo_payment(payments, i, std::move(done)); }, {}},
        {"release", [&stock](Instance& i, Done done) { release(stock, i, std::move(done)); }, {}},
    };
    d.restore = [](const Instance& i) { return std::make_shared<Process>(from_data(i.data)); };
    d.finish = finish_cancel;
    d.deadline_ms = never_ms;
    return d;
}

}  // namespace cloudretail::order
