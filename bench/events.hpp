// The fan-out of events: many subscribers of GET /api/events, orders placed at a fixed rate, and how long
// after an order's answer each subscriber has heard of it.
#pragma once

#include "shop.hpp"

namespace bench {

/// Prints one line of JSON: the orders' figures, and of the events `delivered`, `missing`, `delayP50ms`, …
void fan_out(int port, int server, int postmaster, const Shop& shop, int subscribers, double rate,
             double for_s);

}  // namespace bench
