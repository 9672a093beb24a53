// See audience.hpp.
#include "audience.hpp"

namespace cloudretail::order {

events::Audience audience_of(UserId customer, const std::vector<OrderLine>& lines) {
    events::Audience audience(customer);
    for (const auto& line : lines) audience.add(line.vendor_id);
    return audience;
}

}  // namespace cloudretail::order
