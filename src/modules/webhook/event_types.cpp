// See event_types.hpp.
#include "event_types.hpp"

#include <algorithm>
#include <inventory/events.hpp>
#include <order/events.hpp>
#include <payment/events.hpp>
#include <product/events.hpp>
#include <user/events.hpp>

namespace cloudretail::webhook {

const std::vector<Source>& sources() {
    static const std::vector<Source> all{
        {"user",
         {user::user_registered, user::user_role_changed, user::user_disabled, user::user_enabled,
          user::user_deleted}},
        {"product", {product::product_created, product::product_updated, product::product_deleted}},
        {"inventory",
         {inventory::stock_adjusted, inventory::low_stock, inventory::out_of_stock,
          inventory::back_in_stock}},
        {"order",
         {order::order_created, order::order_failed, order::order_cancelled, order::order_shipped,
          order::order_delivered, order::order_refunded}},
        {"payment", {payment::payment_captured, payment::payment_failed, payment::payment_refunded}},
    };
    return all;
}

bool is_pattern(std::string_view text) {
    if (text == "*") return true;
    return std::ranges::any_of(sources(), [text](const Source& source) {
        return text == source.module + ".*" || std::ranges::find(source.types, text) != source.types.end();
    });
}

events::TypeFilter filter_of(const std::vector<std::string>& patterns) {
    if (std::ranges::find(patterns, "*") != patterns.end()) return {};
    std::string list;
    for (const std::string& pattern : patterns) (list += list.empty() ? "" : ",") += pattern;
    const auto filter = events::TypeFilter::parse(list);
    CR_ASSERT(filter && !list.empty());  // is_pattern() lets nothing else in
    return *filter;
}

}  // namespace cloudretail::webhook
