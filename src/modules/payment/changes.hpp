// One change of a payment in a transaction: the row, its history and its event together. Decides nothing.
// Thread rule: the transaction's.
#pragma once

#include <db/database.hpp>
#include <span>
#include <string>
#include <vector>
#include "rules.hpp"

namespace cloudretail::payment {

/// Writes `after`, one version later than `before`; false where somebody changed the payment in between
/// (nothing is written then).
bool write_change(db::Tx& tx, const Payment& before, const Payment& after, const std::string& traceparent);
/// A step to captured or failed.
struct Step {
    Payment before;
    Status to;
    std::string reason, traceparent;
};
/// Takes the steps, one after the other, each unless somebody else changed the payment in between; either way
/// the payments as they stand then.
std::vector<Payment> take_steps(db::Tx& tx, std::span<Step* const> steps);
/// The step to captured or failed, unless somebody else changed the payment in between; either way the
/// payment as it stands.
Payment step(db::Tx& tx, const Payment& before, Status to, const std::string& reason,
             const std::string& traceparent);

}  // namespace cloudretail::payment
