// Events the order module publishes; subject = order id. Data: {orderId, number, customerId, total, currency,
// status}
// (+ reason for failed and cancelled: a problem slug).
#pragma once

#include <base/id.hpp>
#include <base/json.hpp>
#include <base/money.hpp>

namespace cloudretail::order {

inline constexpr const char* order_created = "order.created";  // confirmed: stock reserved and paid
inline constexpr const char* order_failed = "order.failed";
inline constexpr const char* order_cancelled = "order.cancelled";

struct OrderChanged {
    OrderId order_id;
    std::string number;
    UserId customer_id;
    Money total;
    std::string currency, status, reason;

    [[nodiscard]] std::string to_json() const {
        json::Writer w;
        w.begin_object()
            .member("orderId", order_id)
            .member("number", number)
            .member("customerId", customer_id);
        w.member("total", total).member("currency", currency).member("status", status);
        if (!reason.empty()) w.member("reason", reason);
        w.end_object();
        return w.take();
    }
};

}  // namespace cloudretail::order
