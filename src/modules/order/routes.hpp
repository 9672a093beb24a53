// HTTP ↔ service of the order module: parse, call, render. No rules, no SQL.
#pragma once

#include <gateway/route.hpp>
#include <vector>
#include "service.hpp"

namespace cloudretail::order {

std::vector<gateway::Route> routes(Service& service, db::Database& database);

}  // namespace cloudretail::order
