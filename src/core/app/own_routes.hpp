// The routes that belong to no module: health and the contract; and the guard of routes whose module's tables
// are not there yet. Thread rule: called at start on one thread.
#pragma once

#include <app/health.hpp>
#include <gateway/chain.hpp>
#include <gateway/route.hpp>
#include <vector>

namespace cloudretail::app {

/// Both arguments must outlive the routes.
std::vector<gateway::Route> own_routes(Health& health, const gateway::Gateway& gateway);

/// The route, answering 503 until the part is migrated.
gateway::Route once_migrated(const Part& part, gateway::Route route);

}  // namespace cloudretail::app
