// The order module's share of a person: what customers can take with them, and how an erased customer leaves
// the books. Unshipped orders are cancelled and refunded first.
#pragma once

#include <app/persons.hpp>
#include "service.hpp"

namespace cloudretail::order {

/// What it is given must outlive it.
app::PersonHolder person_holder(db::Database& database, Service& service);

}  // namespace cloudretail::order
