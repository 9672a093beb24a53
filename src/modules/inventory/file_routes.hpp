// HTTP ↔ import and export of stock. No rules, no SQL. Handlers run on io threads.
#pragma once

#include "files.hpp"

namespace cloudretail::inventory {

/// They outlive the routes.
std::vector<gateway::Route> file_routes(Files& files);

}  // namespace cloudretail::inventory
