// HTTP of carts: parse, call, render.
#pragma once

#include <gateway/route.hpp>
#include "carts.hpp"

namespace cloudretail::order {

std::vector<gateway::Route> cart_routes(Carts& carts);

}  // namespace cloudretail::order
