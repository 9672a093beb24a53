// HTTP ↔ service of the user module: parse, call, render. No rules, no SQL.
#pragma once

#include <gateway/route.hpp>
#include <vector>
#include "service.hpp"

namespace cloudretail::user {

/// `secure_cookies`: the store is reached by https.
std::vector<gateway::Route> routes(Service& service, db::Database& database, bool secure_cookies);

}  // namespace cloudretail::user
