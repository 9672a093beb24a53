// SQL of carts: a row per customer, its lines as JSON. Plain functions on a session or transaction.
#pragma once

#include <db/database.hpp>
#include "cart.hpp"

namespace cloudretail::order::store {

/// An empty one where there is none.
Cart find_cart(db::Session& session, UserId user);
/// The same, held until the commit: whoever changes it does so one after the other, in every process.
Cart hold_cart(db::Tx& tx, UserId user);
/// Into a held cart; answers it as it is then.
Cart put_cart(db::Tx& tx, UserId user, std::vector<CartLine> lines);
/// What the customer bought leaves the cart, where there is one.
void take_out_of_cart(db::Tx& tx, UserId user, const std::vector<inventory::Line>& bought);
void erase_cart(db::Tx& tx, UserId user);
/// Deletes carts that were not changed for `retention_ms`; at most `limit`; answers how many.
std::int64_t sweep_carts(db::Tx& tx, std::int64_t retention_ms, int limit);

}  // namespace cloudretail::order::store
