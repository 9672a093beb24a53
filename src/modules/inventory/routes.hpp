// HTTP ↔ inventory's service: parse, call, render. No rules, no SQL. Handlers run on io threads.
#pragma once

#include <gateway/route.hpp>
#include <vector>

#include "service.hpp"

namespace cloudretail::inventory {

/// Both outlive the routes.
std::vector<gateway::Route> routes(Service& service, db::Database& database);

}  // namespace cloudretail::inventory
