// HTTP ↔ service of the payment module: parse, call, render. No rules, no SQL.
#pragma once

#include <gateway/route.hpp>
#include <vector>
#include "service.hpp"

namespace cloudretail::payment {

std::vector<gateway::Route> routes(Service& service);

}  // namespace cloudretail::payment
