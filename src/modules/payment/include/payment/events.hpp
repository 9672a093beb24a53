// Events the payment module publishes; subject = payment id. Data: {paymentId, orderId, amount, currency,
// method, status}.
#pragma once

#include <base/id.hpp>
#include <base/json.hpp>
#include <base/money.hpp>

namespace cloudretail::payment {

inline constexpr const char* payment_captured = "payment.captured";
inline constexpr const char* payment_failed = "payment.failed";
inline constexpr const char* payment_refunded = "payment.refunded";

struct PaymentChanged {
    PaymentId payment_id;
    OrderId order_id;
    Money amount;  // captured, or refunded by this step
    std::string currency, method, status;

    [[nodiscard]] std::string to_json() const {
        json::Writer w;
        w.begin_object().member("paymentId", payment_id).member("orderId", order_id).member("amount", amount);
        w.member("currency", currency).member("method", method).member("status", status).end_object();
        return w.take();
    }
};

}  // namespace cloudretail::payment
