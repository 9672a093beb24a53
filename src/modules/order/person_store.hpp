// What exporting and erasing a customer needs of the order module's tables: SQL only. Decides nothing.
#pragma once

#include <db/database.hpp>
#include <string_view>
#include <vector>
#include "order.hpp"

namespace cloudretail::order::store {

/// Ids of the customer's orders, newest first, with an id below `before`, at most `limit`. order_parties must
/// be up to date.
std::vector<OrderId> orders_of(db::Session& session, UserId customer, OrderId before, int limit);

/// Is anything of the order still on its way: its payment, a cancellation, a refund, a shipment?
bool is_moving(db::Session& session, OrderId id);

/// Takes the customer out of the order: nil in place of the customer, `address` in place of the address,
/// nothing in place of what was written, no kept answers.
void take_person_out(db::Tx& tx, UserId customer, OrderId id, std::string_view address);

}  // namespace cloudretail::order::store
