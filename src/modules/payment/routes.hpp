// HTTP ↔ service of the payment module: parse, call, render. No rules, no SQL.
#pragma once

#include <gateway/route.hpp>
#include <vector>
#include "webhooks.hpp"

namespace cloudretail::payment {

/// `database` keeps the idempotency keys.
std::vector<gateway::Route> routes(Service& service, Webhooks& webhooks, db::Database& database);

}  // namespace cloudretail::payment
