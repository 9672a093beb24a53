// /problems and /problems/<slug>: what each problem type means and what to do about it, for people, and as
// JSON for who asks for it. The texts are `components/x-problems` of the contract's fragments. Thread rule:
// called at start on one thread; handlers run on io threads.
#pragma once

#include <gateway/chain.hpp>
#include <vector>

namespace cloudretail::app {

/// The gateway outlives the routes; it may be sealed after this.
std::vector<gateway::Route> problem_routes(const gateway::Gateway& gateway);

}  // namespace cloudretail::app
