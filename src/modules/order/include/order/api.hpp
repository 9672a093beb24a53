// Orders as others see them. No other module calls orders; what is public here are the problems its
// operations answer and the statuses of an order.
#pragma once

#include <base/error.hpp>
#include <optional>
#include <string_view>

namespace cloudretail::order {

namespace errors {
inline constexpr ErrorType price_changed{"price-changed", "A price is not what you sent",
                                         ErrorKind::conflict};
inline constexpr ErrorType illegal_transition{"illegal-transition", "The order cannot take this step now",
                                              ErrorKind::conflict};
inline constexpr ErrorType refund_too_large{"refund-too-large", "More would be given back than was paid",
                                            ErrorKind::conflict};
inline constexpr ErrorType order_failed{"order-failed", "The order could not be completed",
                                        ErrorKind::conflict};
}  // namespace errors

enum class Status { pending, confirmed, shipped, delivered, failed, cancelled };
std::string_view to_text(Status status);
std::optional<Status> status_from_text(std::string_view text);

}  // namespace cloudretail::order
