// What the webhook module refuses. No other module uses it: it is told by events and by its own routes.
#pragma once

#include <base/error.hpp>
#include <base/id.hpp>

namespace cloudretail::webhook {

using WebhookId = Id<"webhook">;
using DeliveryId = Id<"delivery">;

namespace errors {
inline constexpr ErrorType webhook_limit{"webhook-limit", "There are as many webhooks as there may be",
                                         ErrorKind::conflict};
inline constexpr ErrorType webhook_inactive{"webhook-inactive", "The webhook is switched off",
                                            ErrorKind::conflict};
}  // namespace errors

}  // namespace cloudretail::webhook
