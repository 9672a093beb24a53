// Rules of what becomes of an order once it is confirmed: fulfilments, cancelling what is not shipped, giving
// money back; see rules.hpp.
#include <algorithm>
#include <base/json.hpp>
#include <set>
#include "rules.hpp"

namespace cloudretail::order {

std::string_view to_text(Progress progress) {
    switch (progress) {
        case Progress::pending:
            return "pending";
        case Progress::shipped:
            return "shipped";
        case Progress::delivered:
            return "delivered";
        case Progress::cancelled:
            return "cancelled";
    }
    CR_ASSERT(false);
    return {};
}

std::optional<Progress> progress_from_text(std::string_view text) {
    for (auto p : {Progress::pending, Progress::shipped, Progress::delivered, Progress::cancelled})
        if (to_text(p) == text) return p;
    return std::nullopt;
}

namespace rules {

namespace {

Error illegal(std::string detail) { return Error(errors::illegal_transition, std::move(detail)); }

/// Why nothing moves in this order at all, if so.
std::optional<Error> standstill(const Order& order) {
    if (!is_sold(order.status)) return illegal("The order is " + std::string(to_text(order.status)) + ".");
    if (order.cancelling) return illegal("The order is being cancelled.");
    return std::nullopt;
}

bool may_move(const Fulfilment& f, Progress to) {
    if (!f.step.empty()) return false;
    return to == Progress::shipped ? f.status == Progress::pending
                                   : to == Progress::delivered && f.status == Progress::shipped;
}

bool under_way(const Refund& r) { return r.status == "pending"; }

std::int64_t refunded_pieces(const Order& order, ProductId product) {
    std::int64_t pieces = 0;
    for (const auto& refund : order.refunds) {
        if (refund.status == "failed") continue;
        for (const auto& line : refund.lines)
            if (line.product_id == product) pieces += line.quantity;
    }
    return pieces;
}

Error invalid_item(std::size_t index, std::string detail) {
    Error error(cloudretail::errors::validation, "The refund is not valid.");
    error.fields.push_back({"/items/" + std::to_string(index) + "/productId", std::move(detail)});
    return error;
}

/// The price of the lines a refund names, all of which must have left.
Result<Money> price_of_lines(const Order& order, const std::vector<RefundLine>& wanted) {
    const auto all = fulfilments(order);
    std::set<ProductId> seen;
    Money sum;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto& want = wanted[i];
        auto line = std::ranges::find(order.lines, want.product_id, &OrderLine::product_id);
        if (line == order.lines.end()) return invalid_item(i, "is not in the order");
        if (!seen.insert(want.product_id).second) return invalid_item(i, "stands here twice");
        auto f = std::ranges::find(all, line->vendor_id, &Fulfilment::vendor_id);
        CR_ASSERT(f != all.end());
        if (f->status == Progress::cancelled)
            return illegal("A line of the refund was cancelled; its price was given back then.");
        if (f->status == Progress::pending)
            return illegal("A line of the refund is not shipped; cancel it instead.");
        if (want.quantity + refunded_pieces(order, want.product_id) > line->quantity)
            return Error(errors::refund_too_large, "More pieces than were sold and not yet refunded.");
        sum = sum + line->unit_price * want.quantity;
    }
    return sum;
}

}  // namespace

std::vector<Fulfilment> fulfilments(const Order& order) {
    const bool off = order.status == Status::cancelled || order.status == Status::failed;
    std::vector<Fulfilment> all;
    for (const auto& line : order.lines) {
        if (std::ranges::find(all, line.vendor_id, &Fulfilment::vendor_id) != all.end()) continue;
        auto kept = std::ranges::find(order.fulfilments, line.vendor_id, &Fulfilment::vendor_id);
        all.push_back(kept != order.fulfilments.end() ? *kept : Fulfilment{line.vendor_id, {}, {}, {}, {}});
        if (off) all.back().status = Progress::cancelled;
    }
    return all;
}

bool is_sold(Status status) {
    return status == Status::confirmed || status == Status::shipped || status == Status::delivered;
}

bool is_tracking_number(std::string_view text) {
    auto plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == ' ' ||
               c == '-' || c == '.' || c == '/';
    };
    return text.size() <= 64 && std::ranges::all_of(text, plain);
}

Result<std::vector<UserId>> movable(const Caller& caller, const Order& order, Progress to) {
    auto all = fulfilments(order);
    if (!caller.is_admin()) {
        std::erase_if(all, [&](const Fulfilment& f) { return f.vendor_id != caller.id; });
        if (caller.role != Role::vendor || all.empty())
            return Error(cloudretail::errors::forbidden, "Only who sells it ships it.");
    }
    if (auto stands = standstill(order)) return *stands;
    std::erase_if(all, [](const Fulfilment& f) { return !f.live(); });
    const bool too_early = to == Progress::delivered && std::ranges::any_of(all, [](const Fulfilment& f) {
                               return f.status == Progress::pending;
                           });
    std::vector<UserId> vendors;
    for (const auto& f : all)
        if (may_move(f, to)) vendors.push_back(f.vendor_id);
    if (too_early || vendors.empty())
        return illegal("Nothing here can become " + std::string(to_text(to)) + " now.");
    return vendors;
}

Status status_of(const std::vector<Fulfilment>& all) {
    bool live = false, shipped = true, delivered = true;
    for (const auto& f : all) {
        if (!f.live()) continue;
        live = true;
        shipped = shipped && f.status != Progress::pending;
        delivered = delivered && f.status == Progress::delivered;
    }
    if (!live) return Status::cancelled;
    return delivered ? Status::delivered : shipped ? Status::shipped : Status::confirmed;
}

Result<Cancellation> cancellable(const Order& order) {
    if (order.cancelling) return illegal("The order is being cancelled already.");
    if (!may_become(order.status, Status::cancelled))
        return illegal("An order that is " + std::string(to_text(order.status)) + " cannot be cancelled.");
    if (std::ranges::any_of(order.refunds, under_way)) return illegal("Money is on its way back already.");
    Cancellation out;
    out.whole = true;
    for (const auto& f : fulfilments(order)) {
        if (f.live() && f.status == Progress::pending && f.step.empty())
            out.vendors.push_back(f.vendor_id);
        else
            out.whole = false;
    }
    if (out.vendors.empty()) return illegal("Everything is shipped or on its way.");
    return out;
}

bool paid_later(std::string_view method) { return method == "cash_on_delivery" || method == "bank_transfer"; }

std::string later_of(const std::string& known, const std::string& told) {
    auto a = payment::status_from_text(known), b = payment::status_from_text(told);
    return !b || (a && *a > *b) ? known : told;
}

Money left(const Order& order) {
    Money sum = order.total;
    for (const auto& refund : order.refunds)
        if (refund.status != "failed") sum = sum - refund.amount;
    return sum;
}

Money price_of(const Order& order, const std::vector<UserId>& vendors) {
    Money sum;
    for (const auto& line : order.lines)
        if (std::ranges::find(vendors, line.vendor_id) != vendors.end()) sum = sum + line.total();
    return sum;
}

Result<Money> refundable(const Order& order, const WantedRefund& wanted) {
    if (auto stands = standstill(order)) return *stands;
    if (order.payment_status == payment::to_text(payment::Status::authorized))
        return illegal("Nothing is captured yet; cancel what is not shipped instead.");
    if (std::ranges::any_of(order.fulfilments, [](const Fulfilment& f) { return f.step == "cancelling"; }))
        return illegal("A part of the order is being cancelled.");
    auto priced = price_of_lines(order, wanted.lines);
    if (!priced) return priced.error();
    const Money all = left(order);
    const Money amount = wanted.amount ? *wanted.amount : wanted.lines.empty() ? all : *priced;
    if (amount > all || all == Money{})
        return Error(errors::refund_too_large, "At most " + all.to_string() + " can be given back.");
    if (amount == Money{}) {
        Error error(cloudretail::errors::validation, "The refund is not valid.");
        error.fields.push_back({"/amount", "must be more than nothing"});
        return error;
    }
    return amount;
}

bool visible_to_vendor(TimelineItem& item, UserId vendor) {
    if (!item.type.starts_with("order.") || item.type == "order.refunded") return false;
    auto document = json::Document::parse(item.data);
    if (!document) return false;
    auto root = document->root();
    if (root["vendorId"].present() && root["vendorId"].text() != vendor.to_string()) return false;
    json::Writer w;
    w.begin_object();
    for (const char* shown : {"status", "reason", "vendorId", "trackingNumber"})
        if (auto text = root[shown].text()) w.member(shown, *text);
    w.end_object();
    item.data = w.take();
    return true;
}

}  // namespace rules
}  // namespace cloudretail::order
