// The product module's share of a person: a vendor's products, which are archived when the vendor is erased.
#pragma once

#include <app/persons.hpp>
#include "images_sweep.hpp"
#include "service.hpp"

namespace cloudretail::product {

/// What it is given must outlive it.
app::PersonHolder person_holder(db::Database& database, Service& service, ImageSweeper& sweeper);

}  // namespace cloudretail::product
