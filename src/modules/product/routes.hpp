// HTTP ↔ the catalogue's service: parse, call, render. No rules, no SQL. Handlers run on io threads.
#pragma once

#include <gateway/route.hpp>
#include <vector>

#include "service.hpp"

namespace cloudretail::product {

/// What the JSON of a new product (or a PUT) says, which satisfies its schema: what is absent takes its
/// default. Errors: validation.
Result<Change> read_whole(json::View body);

/// All outlive the routes.
std::vector<gateway::Route> routes(Service& service, Caches& caches, db::Database& database);

}  // namespace cloudretail::product
