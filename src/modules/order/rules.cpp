// Rules of ordering; see rules.hpp.
#include "rules.hpp"

#include <algorithm>
#include <base/json.hpp>
#include <unordered_map>

namespace cloudretail::order {

std::string_view to_text(Status status) {
    switch (status) {
        case Status::pending:
            return "pending";
        case Status::confirmed:
            return "confirmed";
        case Status::shipped:
            return "shipped";
        case Status::delivered:
            return "delivered";
        case Status::failed:
            return "failed";
        case Status::cancelled:
            return "cancelled";
    }
    CR_ASSERT(false);
    return {};
}

std::optional<Status> status_from_text(std::string_view text) {
    for (auto s : {Status::pending, Status::confirmed, Status::shipped, Status::delivered, Status::failed,
                   Status::cancelled})
        if (to_text(s) == text) return s;
    return std::nullopt;
}

namespace rules {

namespace {
Error invalid_line(std::size_t index, std::string field, std::string detail) {
    Error error(cloudretail::errors::validation, "The lines are not valid.");
    error.fields.push_back({"/items/" + std::to_string(index) + field, std::move(detail)});
    return error;
}
}  // namespace

Result<std::vector<WantedLine>> merge(std::vector<WantedLine> lines) {
    std::vector<WantedLine> merged;
    std::unordered_map<ProductId, std::size_t> seen;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto [at, is_new] = seen.try_emplace(lines[i].product_id, merged.size());
        if (is_new) {
            merged.push_back(lines[i]);
            continue;
        }
        auto& first = merged[at->second];
        first.quantity += lines[i].quantity;
        if (first.quantity > max_quantity)
            return invalid_line(i, "/quantity", "all lines of one product together are at most 10000");
        if (lines[i].price && first.price && *lines[i].price != *first.price)
            return invalid_line(i, "/price", "differs from another line of the same product");
        if (!first.price) first.price = lines[i].price;
    }
    if (merged.size() > max_lines)
        return Error(cloudretail::errors::validation, "There are at most 100 lines.");
    return merged;
}

Result<std::vector<OrderLine>> price(const std::vector<WantedLine>& lines,
                                     const std::vector<product::Snapshot>& catalogue) {
    std::unordered_map<ProductId, const product::Snapshot*> by_id;
    for (const auto& s : catalogue) by_id.emplace(s.id, &s);

    Error unknown(cloudretail::errors::validation, "The order names products that cannot be bought.");
    std::vector<OrderLine> priced;
    json::Writer changes;
    bool changed = false;
    changes.begin_array();
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto found = by_id.find(lines[i].product_id);
        if (found == by_id.end() || found->second->status != product::Status::active) {
            unknown.fields.push_back(
                {"/items/" + std::to_string(i) + "/productId", "is not a product on sale"});
            continue;
        }
        const auto& p = *found->second;
        if (lines[i].price && *lines[i].price != p.price) {
            changed = true;
            changes.begin_object().member("productId", p.id).member("sent", *lines[i].price);
            changes.member("current", p.price).end_object();
        }
        priced.push_back({p.id, p.vendor_id, p.name, p.price, lines[i].quantity});
    }
    changes.end_array();
    if (!unknown.fields.empty()) return unknown;
    if (changed) {
        Error error(errors::price_changed, "The catalogue's price is another; look at it and order again.");
        error.members = "\"changes\":" + changes.take();
        return error;
    }
    // 100 lines of 10 000 pieces at the highest price overflow 64 bits: add up with a check.
    __int128 sum = 0;
    for (const auto& line : priced) sum += __int128{line.unit_price.minor} * line.quantity;
    if (sum > Money::max_minor)
        return Error(cloudretail::errors::validation, "The order's total is over 1000000000000.");
    return priced;
}

Result<> deliverable(const Address& address) {
    Error error(cloudretail::errors::validation, "The address is not valid.");
    auto look = [&](const char* field, const std::string& text, bool required) {
        const auto is_control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; };
        const auto pointer = std::string("/shippingAddress/") + field;
        if (std::ranges::any_of(text, is_control))
            error.fields.push_back({pointer, "must not hold control characters"});
        else if ((required || !text.empty()) && text.find_first_not_of(' ') == std::string::npos)
            error.fields.push_back({pointer, "must not be empty"});
    };
    look("street", address.street, true);
    look("city", address.city, true);
    look("state", address.state, false);
    look("zipCode", address.zip_code, true);
    look("country", address.country, true);
    if (!error.fields.empty()) return error;
    return {};
}

Money total(const std::vector<OrderLine>& lines) {
    Money sum;
    for (const auto& line : lines) sum = sum + line.total();
    return sum;
}

bool may_become(Status from, Status to) {
    switch (from) {
        case Status::pending:
            return to == Status::confirmed || to == Status::failed;
        case Status::confirmed:
            return to == Status::shipped || to == Status::cancelled;
        case Status::shipped:
            return to == Status::delivered;
        case Status::delivered:
        case Status::failed:
        case Status::cancelled:
            return false;
    }
    CR_ASSERT(false);
    return false;
}

Sight sight(const Caller& caller, const Order& order) {
    if (!caller.signed_in()) return Sight::none;
    if (caller.is_admin() || order.customer_id == caller.id) return Sight::whole;
    // A vendor meets an order once it is an order: not while it may still fail.
    if (order.status == Status::pending || order.status == Status::failed) return Sight::none;
    bool sells = std::any_of(order.lines.begin(), order.lines.end(),
                             [&](const OrderLine& l) { return l.vendor_id == caller.id; });
    return sells ? Sight::own_lines : Sight::none;
}

Order own_lines(Order order, UserId vendor) {
    std::erase_if(order.lines, [&](const OrderLine& l) { return l.vendor_id != vendor; });
    order.refunds.clear();
    order.total = total(order.lines);
    return order;
}

}  // namespace rules
}  // namespace cloudretail::order
