// What can be computed anew: who paid what, from the payments. SQL only; on a session or transaction.
#pragma once

#include <db/database.hpp>
#include <string>
#include <vector>

namespace cloudretail::payment::store {

/// Payments that their payer does not find, as far as payment_payers should know them by now; at most 100.
std::vector<std::string> without_payer(db::Session& session);
/// Adds the missing rows of payment_payers; answers how many.
std::int64_t mend_payers(db::Tx& tx);

}  // namespace cloudretail::payment::store
