// The order module's invariants over the modules it uses, for `check --deep` (data-and-sagas: "What must
// always hold").
#pragma once

#include <app/module.hpp>
#include <db/database.hpp>
#include <inventory/api.hpp>
#include <payment/api.hpp>

namespace cloudretail::order {

/// Orders with an open saga are under way and exempt, but for the saga's deadline. What looks wrong is looked
/// at again after a moment, so that an order that just moves on is not reported.
Task<std::vector<app::Violation>> check_orders(db::Database& database, inventory::Stock& stock,
                                               payment::Payments& payments);

}  // namespace cloudretail::order
