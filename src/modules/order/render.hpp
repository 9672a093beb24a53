// JSON of the order resource (api.md, Resources).
#pragma once

#include "order.hpp"

namespace cloudretail::order {

/// The whole order, as its customer and admins see it.
std::string to_json(const Order& order);
/// What a vendor sees of an order reduced by rules::own_lines: no customer, no payment, no refunds.
std::string to_vendor_json(const Order& own_lines);
/// The shipping address as it is kept and shown.
std::string to_json(const Address& address);
/// What happened to an order.
std::string to_json(const std::vector<TimelineItem>& items);
std::string etag_of(const Order& order);

}  // namespace cloudretail::order
