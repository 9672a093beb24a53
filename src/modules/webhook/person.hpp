// A person's webhooks, for export and erasure.
#pragma once

#include <app/persons.hpp>

namespace cloudretail::webhook {

app::PersonHolder person_holder(db::Database& database);

}  // namespace cloudretail::webhook
