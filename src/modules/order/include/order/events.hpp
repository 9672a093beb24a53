// Events the order module publishes; subject = order id. Data: {orderId, number, customerId, total, currency,
// status} (status: the order's own, after the change), and
//   failed, cancelled     reason, a problem slug
//   cancelled             vendorId, where only that vendor's fulfilment was cancelled, not the whole order
//   shipped, delivered    vendorId, whose fulfilment it was; trackingNumber, where there is one
//   refunded              refundId, amount (given back by this refund)
#pragma once

#include <base/id.hpp>
#include <base/json.hpp>
#include <base/money.hpp>
#include <optional>

namespace cloudretail::order {

inline constexpr const char* order_created = "order.created";  // confirmed: stock reserved and paid
inline constexpr const char* order_failed = "order.failed";
inline constexpr const char* order_cancelled = "order.cancelled";
inline constexpr const char* order_shipped = "order.shipped";      // one vendor's fulfilment
inline constexpr const char* order_delivered = "order.delivered";  // one vendor's fulfilment
inline constexpr const char* order_refunded = "order.refunded";    // money was given back

struct OrderChanged {
    OrderId order_id;
    std::string number;
    UserId customer_id;
    Money total;
    std::string currency, status, reason;
    std::optional<UserId> vendor_id{};
    std::string tracking_number{};
    std::optional<Uuid> refund_id{};
    Money amount{};

    [[nodiscard]] std::string to_json() const {
        json::Writer w;
        w.begin_object()
            .member("orderId", order_id)
            .member("number", number)
            .member("customerId", customer_id);
        w.member("total", total).member("currency", currency).member("status", status);
        if (!reason.empty()) w.member("reason", reason);
        if (vendor_id) w.member("vendorId", *vendor_id);
        if (!tracking_number.empty()) w.member("trackingNumber", tracking_number);
        if (refund_id) w.member("refundId", refund_id->to_string()).member("amount", amount);
        w.end_object();
        return w.take();
    }
    /// nullopt where the text is not what to_json() writes.
    static std::optional<OrderChanged> from_json(std::string_view text) {
        auto document = json::Document::parse(text);
        if (!document) return std::nullopt;
        auto root = document->root();
        auto word = [&](const char* key) { return std::string(root[key].text().value_or("")); };
        auto order = OrderId::parse(word("orderId"));
        auto customer = UserId::parse(word("customerId"));
        auto total = root["total"].money();
        if (!order || !customer || !total) return std::nullopt;
        OrderChanged e{*order,           word("number"), *customer,     *total,
                       word("currency"), word("status"), word("reason")};
        e.vendor_id = UserId::parse(word("vendorId"));
        e.tracking_number = word("trackingNumber");
        e.refund_id = Uuid::parse(word("refundId"));
        if (auto amount = root["amount"].money()) e.amount = *amount;
        return e;
    }
};

}  // namespace cloudretail::order
