// Writing a payment's change; see changes.hpp.
#include "changes.hpp"

#include <events/outbox.hpp>
#include <payment/events.hpp>
#include "store.hpp"

namespace cloudretail::payment {

namespace {

Money moved(const Payment& before, const Payment& after) {
    if (after.refunded > before.refunded) return after.refunded - before.refunded;
    return after.status == Status::captured ? after.captured : after.amount;
}

}  // namespace

bool write_change(db::Tx& tx, const Payment& before, const Payment& after, const std::string& traceparent) {
    if (!store::update(tx, after)) return false;
    if (const char* type = rules::event_of(after.status)) {
        PaymentChanged event{after.id,       after.order_id, moved(before, after),
                             after.currency, after.method,   std::string(to_text(after.status))};
        events::publish(tx, type, after.id.to_string(), event.to_json(), after.payer_id, traceparent);
    }
    return true;
}

Payment step(db::Tx& tx, const Payment& before, Status to, const std::string& reason,
             const std::string& traceparent) {
    Payment after = rules::changed(before, to, reason, tx.now());
    if (write_change(tx, before, after, traceparent)) return after;
    auto current = store::find(tx.session(), before.id);
    CR_ASSERT(current.has_value());
    return std::move(*current);
}

}  // namespace cloudretail::payment
