// The demo's orders: who orders what, and what becomes of it. Thread rule: the background loop's coroutines.
#pragma once

#include "client.hpp"

namespace cloudretail::demo {

/// Places `count` orders of these products for these customers (tokens) and leads each to its end with the
/// administrator's token. Answers how many there are of each kind, as a sentence.
Task<std::string> place_orders(Client& client, const std::vector<std::string>& customers,
                               const std::vector<std::string>& products, const std::string& admin,
                               std::size_t count);

}  // namespace cloudretail::demo
