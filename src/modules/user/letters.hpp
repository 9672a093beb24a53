// What the shop writes to its customers about their orders: plain text in plain words. Pure functions.
#pragma once

#include <base/money.hpp>
#include "mailing.hpp"

namespace cloudretail::user::letters {

/// 1299.99 of "USD" → "1,299.99 USD".
std::string amount(Money money, std::string_view currency);

/// What the letters need to know of an order.
struct Order {
    std::string id, number;
    Money total;
    std::string currency;
};

/// `shop`: server.public_url without a slash at its end; empty = no link is written.
Letter confirmed(const std::string& first_name, const Order& order, const std::string& shop);
/// `tracking` may be empty.
Letter shipped(const std::string& first_name, const Order& order, const std::string& tracking,
               const std::string& shop);
/// `refunded` of the order's total.
Letter refunded(const std::string& first_name, const Order& order, Money refunded, const std::string& shop);
/// Whatever was paid is given back.
Letter cancelled(const std::string& first_name, const Order& order, const std::string& shop);

}  // namespace cloudretail::user::letters
