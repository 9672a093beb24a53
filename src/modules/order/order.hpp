// An order as this module works with it. Plain data; no rules, no storage.
#pragma once

#include <base/id.hpp>
#include <base/money.hpp>
#include <optional>
#include <order/api.hpp>
#include <string>
#include <vector>

namespace cloudretail::order {

struct Address {
    std::string street, city, state, zip_code, country;  // state may be empty
};

struct OrderLine {
    ProductId product_id;
    UserId vendor_id;
    std::string name;  // as sold
    Money unit_price;  // as sold
    std::int64_t quantity = 0;
    [[nodiscard]] Money total() const { return unit_price * quantity; }
};

/// What one vendor owes of an order.
enum class Progress { pending, shipped, delivered, cancelled };
std::string_view to_text(Progress progress);
std::optional<Progress> progress_from_text(std::string_view text);

struct Fulfilment {
    UserId vendor_id;
    Progress status = Progress::pending;
    std::string step;     // "shipping", "cancelling": under way; else empty
    std::string step_id;  // the saga that takes the step
    std::string tracking_number;
    [[nodiscard]] bool live() const { return status != Progress::cancelled; }
};

struct RefundLine {
    ProductId product_id;
    std::int64_t quantity = 0;
    bool restock = false;  // the goods came back and can be sold again
};

struct Refund {
    Uuid id;
    std::string kind;    // "refund"; "cancellation": of what was not shipped
    std::string status;  // "pending", "done", "failed"
    Money amount;
    std::string reason;  // as a person wrote it
    Timestamp created_at;
    std::vector<RefundLine> lines;
};

struct Order {
    OrderId id;
    std::string number;
    UserId customer_id;
    Status status = Status::pending;
    std::string reason;  // slug of why it failed or was cancelled
    std::vector<OrderLine> lines;
    Money total;
    std::string currency;
    std::string shipping_address;  // JSON object, as it is rendered
    PaymentId payment_id;
    std::string payment_method;
    std::string payment_status;
    std::int64_t version = 1;
    Timestamp created_at, updated_at;
    bool cancelling = false;              // the whole of it
    std::string cancel_note;              // as a person wrote it
    std::vector<Fulfilment> fulfilments;  // those that moved; rules::fulfilments() names one per vendor
    std::vector<Refund> refunds;          // oldest first
};

/// One wanted line of a new order; `price` is what the client believes it costs.
struct WantedLine {
    ProductId product_id;
    std::int64_t quantity = 0;
    std::optional<Money> price;
};

struct PlaceOrder {
    std::vector<WantedLine> lines;
    Address address;
    std::string payment_method;  // "card", …
    std::string payment_token;
    bool from_cart = false;  // what is bought leaves the customer's cart
};

struct ChangeStatus {
    Progress to = Progress::shipped;  // or delivered
    std::string tracking_number;
};

/// A refund as it is asked for. No amount: the price of the lines, or without lines all that is left.
struct WantedRefund {
    std::optional<Money> amount;
    std::vector<RefundLine> lines;
    std::string reason;
};

struct TimelineItem {
    std::string type;
    Timestamp at;
    std::string data;  // JSON object
};

struct ListFilter {
    std::optional<Status> status;  // none: all but failed
    std::optional<Timestamp> from, to;
};

}  // namespace cloudretail::order
