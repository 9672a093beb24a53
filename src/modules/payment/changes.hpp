// One change of a payment in a transaction: the row, its history and its event together. Decides nothing.
// Thread rule: the transaction's.
#pragma once

#include <db/database.hpp>
#include <string>
#include "rules.hpp"

namespace cloudretail::payment {

/// Writes `after`, one version later than `before`; false where somebody changed the payment in between
/// (nothing is written then).
bool write_change(db::Tx& tx, const Payment& before, const Payment& after, const std::string& traceparent);
/// The step to captured or failed, unless somebody else changed the payment in between; either way the
/// payment as it stands.
Payment step(db::Tx& tx, const Payment& before, Status to, const std::string& reason,
             const std::string& traceparent);

}  // namespace cloudretail::payment
