// Money that comes by hand, so that no gateway knows of it: on delivery, or as an administrator says; see
// service.hpp.
#include <audit/audit.hpp>
#include <gateway/page.hpp>
#include "changes.hpp"
#include "render.hpp"
#include "service.hpp"
#include "store.hpp"

namespace cloudretail::payment {

namespace {

template <class T>
using Ended = cloudretail::Outcome<T>;

/// Captured now, or the kept answer of the first time.
struct Received {
    db::StoredAnswer answer;
    bool fresh = true;
};

Result<Received> refused(db::Tx& tx, const Caller& caller, PaymentId id, const db::IdempotencyKey& key,
                         const Error& error) {
    const std::string path = "/api/payments/" + id.to_string() + "/capture";
    auto kept = gateway::keep_refusal(tx, key, error, {path, caller.request_id});
    if (!kept) return kept.error();
    return Received{std::move(*kept), false};
}

Result<Received> receive_in(db::Tx& tx, const Caller& caller, PaymentId id, const db::IdempotencyKey& key) {
    const std::string subject = id.to_string() + ":capture";
    auto claimed = db::claim(tx, key, subject);
    if (!claimed) return claimed.error();
    if (*claimed) {
        (*claimed)->replayed = true;
        return Received{std::move(**claimed), false};
    }
    auto payment = store::find_locked(tx, id);
    if (!payment)
        return refused(tx, caller, id, key,
                       Error(cloudretail::errors::not_found, "There is no such payment."));
    if (payment->status != Status::authorized)
        return refused(
            tx, caller, id, key,
            Error(errors::payment_not_awaited,
                  "A payment that is " + std::string(to_text(payment->status)) + " awaits no money."));
    Payment captured = step(tx, *payment, Status::captured, "", caller.traceparent);
    audit::record(tx, caller, "payment.captured", id.to_string());
    db::StoredAnswer answer;
    answer.status = 200;
    answer.etag = etag_of(captured);
    auto history = std::move(store::histories(tx.session(), {id})[id]);
    answer.body = to_json({std::move(captured), std::move(history)});
    db::keep(tx, key, answer);
    return Received{std::move(answer)};
}

}  // namespace

void Service::capture(PaymentId id, std::string traceparent, Then<Outcome> then) {
    struct Captured {
        Outcome outcome;
        bool fresh = false;
    };
    auto job = [id, traceparent = std::move(traceparent)](db::Tx& tx) -> Captured {
        auto payment = store::find_locked(tx, id);
        if (!payment) return {{Status::failed, std::string(cloudretail::errors::not_found.slug)}};
        if (payment->status != Status::authorized || !rules::is_paid_on_delivery(payment->method))
            return {rules::capture_answer(*payment)};
        return {rules::capture_answer(step(tx, *payment, Status::captured, "", traceparent)), true};
    };
    auto next = [this, then = std::move(then)](Ended<Captured> ended) mutable {
        if (!ended.has_value()) return then(ended.exception());
        if (ended.get().fresh) steps_[Status::captured]->add();
        then(std::move(ended.get().outcome));
    };
    database_.write_then(std::move(job), Then<Captured>(std::move(next)));
}

Task<Result<db::StoredAnswer>> Service::receive(Caller caller, PaymentId id, db::IdempotencyKey key) {
    if (!caller.is_admin())
        co_return Error(cloudretail::errors::forbidden, "Only an administrator says that money has come.");
    auto job = [caller, id, key](db::Tx& tx) { return receive_in(tx, caller, id, key); };
    auto received = co_await database_.write(std::move(job));
    if (!received) co_return received.error();
    if (received->fresh) steps_[Status::captured]->add();
    co_return std::move(received->answer);
}

}  // namespace cloudretail::payment
