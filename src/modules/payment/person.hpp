// The payment module's share of a person: their payments, and how an erased payer leaves the books.
#pragma once

#include <app/persons.hpp>

namespace cloudretail::payment {

/// `database` must outlive it.
app::PersonHolder person_holder(db::Database& database);

}  // namespace cloudretail::payment
