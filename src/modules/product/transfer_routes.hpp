// HTTP ↔ import and export of the catalogue. No rules, no SQL. Handlers run on io threads.
#pragma once

#include "transfer.hpp"

namespace cloudretail::product {

/// It outlives the routes.
std::vector<gateway::Route> transfer_routes(Transfer& transfer);

}  // namespace cloudretail::product
