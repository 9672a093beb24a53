// HTTP ↔ the use-cases of categories: parse, call, render. Handlers run on io threads.
#pragma once

#include <gateway/route.hpp>
#include <vector>

#include "categories.hpp"

namespace cloudretail::product {

/// Both outlive the routes.
std::vector<gateway::Route> category_routes(Categories& categories, db::Database& database);

}  // namespace cloudretail::product
