// What can be computed anew: who may see an order, from its customer and its lines. SQL only; on a
// transaction.
#pragma once

#include <db/database.hpp>

namespace cloudretail::order::store {

/// Adds the missing rows of order_parties, as far as they should be written by now; answers how many.
std::int64_t mend_parties(db::Tx& tx);

}  // namespace cloudretail::order::store
