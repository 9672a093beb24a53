// Writing a payment's change; see changes.hpp.
#include "changes.hpp"

#include <events/outbox.hpp>
#include <payment/events.hpp>
#include <set>
#include "store.hpp"

namespace cloudretail::payment {

namespace {

Money moved(const Payment& before, const Payment& after) {
    if (after.refunded > before.refunded) return after.refunded - before.refunded;
    return after.status == Status::captured ? after.captured : after.amount;
}

void add_event(std::vector<events::NewEvent>& events, const Payment& before, const Payment& after,
               const std::string& traceparent) {
    const char* type = rules::event_of(after.status);
    if (type == nullptr) return;
    const PaymentChanged event{after.id,       after.order_id, moved(before, after),
                               after.currency, after.method,   std::string(to_text(after.status))};
    events.push_back({type, after.id.to_string(), event.to_json(), after.payer_id, traceparent});
}

Payment as_it_stands(db::Tx& tx, PaymentId id) {
    auto current = store::find(tx.session(), id);
    CR_ASSERT(current.has_value());
    return std::move(*current);
}

}  // namespace

bool write_change(db::Tx& tx, const Payment& before, const Payment& after, const std::string& traceparent) {
    const Payment* const one = &after;
    if (!store::update(tx, std::span(&one, 1)).front()) return false;
    std::vector<events::NewEvent> events;
    add_event(events, before, after, traceparent);
    events::publish(tx, events);
    return true;
}

std::vector<Payment> take_steps(db::Tx& tx, std::span<Step* const> steps) {
    std::vector<Payment> stand;
    std::vector<std::size_t> first, later;  // later: of a payment that another of the steps changes
    std::set<PaymentId> payments;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const Step& step = *steps[i];
        stand.push_back(rules::changed(step.before, step.to, step.reason, tx.now()));
        (payments.insert(step.before.id).second ? first : later).push_back(i);
    }
    std::vector<const Payment*> after;
    for (const std::size_t i : first) after.push_back(&stand[i]);
    const auto written = store::update(tx, after);
    std::vector<events::NewEvent> events;
    for (std::size_t at = 0; at < first.size(); ++at) {
        const std::size_t i = first[at];
        if (written[at]) {
            add_event(events, steps[i]->before, stand[i], steps[i]->traceparent);
        } else {
            stand[i] = as_it_stands(tx, steps[i]->before.id);
        }
    }
    events::publish(tx, events);
    for (const std::size_t i : later) {
        const Step& step = *steps[i];
        if (!write_change(tx, step.before, stand[i], step.traceparent))
            stand[i] = as_it_stands(tx, step.before.id);
    }
    return stand;
}

Payment step(db::Tx& tx, const Payment& before, Status to, const std::string& reason,
             const std::string& traceparent) {
    Step one{before, to, reason, traceparent};
    Step* const only = &one;
    return std::move(take_steps(tx, std::span(&only, 1)).front());
}

}  // namespace cloudretail::payment
