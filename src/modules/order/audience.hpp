// Who may see an order's events. A customer sees all; a vendor what concerns the own lines of an order that
// was sold: not that one failed, and nothing of what is given back. Pure functions.
#pragma once

#include <events/audience.hpp>
#include "order.hpp"

namespace cloudretail::order {

/// The customer and the vendors of these lines.
events::Audience audience_of(UserId customer, const std::vector<OrderLine>& lines);

}  // namespace cloudretail::order
