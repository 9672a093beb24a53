// An order as this module works with it. Plain data; no rules, no storage.
#pragma once

#include <base/id.hpp>
#include <base/money.hpp>
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
};

struct ListFilter {
    std::optional<Status> status;  // none: all but failed
    std::optional<Timestamp> from, to;
};

}  // namespace cloudretail::order
