// HTTP ↔ service of the webhook module: parse, call, render. No rules, no SQL.
#pragma once

#include <gateway/route.hpp>
#include "service.hpp"

namespace cloudretail::webhook {

/// `database` keeps the idempotency keys.
std::vector<gateway::Route> routes(Service& service, db::Database& database);

}  // namespace cloudretail::webhook
