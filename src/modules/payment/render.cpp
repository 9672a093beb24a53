// Rendering of payments; see render.hpp.
#include "render.hpp"

#include <base/json.hpp>

namespace cloudretail::payment {

std::string to_json(const Detailed& detailed) {
    const Payment& p = detailed.payment;
    json::Writer w;
    w.begin_object().member("id", p.id).member("orderId", p.order_id);
    w.member("amount", p.amount).member("capturedAmount", p.captured);
    w.member("refundedAmount", p.refunded + p.lowered).member("currency", p.currency);
    w.member("method", p.method).member("status", to_text(p.status));
    if (!p.reason.empty()) w.member("reason", p.reason);
    w.key("history").begin_array();
    for (const Change& change : detailed.history)
        w.begin_object().member("status", to_text(change.status)).member("at", change.at).end_object();
    w.end_array().member("createdAt", p.created_at).end_object();
    return w.take();
}

std::string etag_of(const Payment& payment) { return "\"" + std::to_string(payment.version) + "\""; }

std::string to_json(const Offer& offer) {
    json::Writer w;
    w.begin_object().key("items").begin_array();
    for (const std::string& method : offer.methods)
        w.begin_object().member("type", method).member("title", rules::title_of_method(method)).end_object();
    w.end_array().member("simulated", offer.simulated).key("trials").begin_array();
    for (const Trial& trial : offer.trials)
        w.begin_object().member("token", trial.token).member("title", trial.title).end_object();
    w.end_array().end_object();
    return w.take();
}

}  // namespace cloudretail::payment
