// What can be computed anew: how much of a stock is reserved. SQL only; on a transaction.
#pragma once

#include <db/database.hpp>

namespace cloudretail::inventory::store {

/// Makes `reserved` the sum of the open reservations again; answers how many rows of stock were wrong. Where
/// more is reserved than there is, nothing is changed: that takes a person.
std::int64_t mend_reserved(db::Tx& tx);

}  // namespace cloudretail::inventory::store
