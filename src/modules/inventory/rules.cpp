// See rules.hpp.
#include "rules.hpp"

#include <algorithm>
#include <base/json.hpp>
#include <inventory/events.hpp>
#include <numeric>

namespace cloudretail::inventory {

namespace {

Error invalid(std::string pointer, std::string detail) {
    Error error(cloudretail::errors::validation, "The request is not valid.");
    error.fields.push_back({std::move(pointer), std::move(detail)});
    return error;
}

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

std::string_view to_text(Availability availability) {
    switch (availability) {
        case Availability::in_stock:
            return "in_stock";
        case Availability::low_stock:
            return "low_stock";
        case Availability::out_of_stock:
            return "out_of_stock";
    }
    return "";
}

Level level_of(std::span<const StockRow> rows) {
    std::int64_t available = 0;
    std::int64_t threshold = 0;
    for (const StockRow& row : rows) {
        available += row.available();
        threshold += row.low_stock_threshold;
    }
    if (available <= 0) return {available, Availability::out_of_stock};
    return {available, available <= threshold ? Availability::low_stock : Availability::in_stock};
}

const char* crossing(Availability before, Availability after) {
    if (before == after) return nullptr;
    if (after == Availability::out_of_stock) return out_of_stock;
    if (before == Availability::out_of_stock) return back_in_stock;
    return after == Availability::low_stock ? low_stock : nullptr;
}

std::vector<Take> allocate(std::span<const StockRow> rows, std::int64_t quantity) {
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [rows](std::size_t a, std::size_t b) {
        return rows[a].available() > rows[b].available();
    });
    // The fullest row comes first: where any row holds all of it, that one does.
    std::vector<Take> takes;
    for (const std::size_t row : order) {
        const std::int64_t take = std::min(quantity, rows[row].available());
        if (take <= 0) break;
        takes.push_back({row, take});
        quantity -= take;
    }
    if (quantity > 0) takes.clear();
    return takes;
}

std::vector<Return> take_back(std::span<const Departure> departures, const Line& line) {
    std::vector<StockRow> away;
    for (const Departure& d : departures) {
        if (d.product_id == line.product_id) away.push_back({d.product_id, d.warehouse, {}, d.away});
    }
    std::vector<Return> back;
    for (const Take& take : allocate(away, line.quantity))
        back.push_back({away[take.row].warehouse, take.quantity});
    return back;
}

Error insufficient(const std::vector<Shortage>& shortages) {
    Error error(errors::insufficient_stock, "Of at least one product less is available than you asked for.");
    json::Writer w;
    w.begin_array();
    for (const Shortage& s : shortages) {
        w.begin_object().member("productId", s.product_id).member("requested", s.requested);
        w.member("available", s.available).end_object();
    }
    w.end_array();
    error.members = "\"shortages\":" + w.take();
    return error;
}

Result<StockRow> adjusted(StockRow row, const Adjustment& adjustment) {
    const std::int64_t had = row.quantity;
    if (adjustment.quantity) row.quantity = *adjustment.quantity;
    if (adjustment.delta) row.quantity += *adjustment.delta;
    if (adjustment.low_stock_threshold) row.low_stock_threshold = *adjustment.low_stock_threshold;
    if (row.quantity < row.reserved) {
        Error error(errors::below_reserved);
        error.detail = "There are " + std::to_string(had) + " here, " + std::to_string(row.reserved) +
                       " of them reserved: at most " + std::to_string(had - row.reserved) +
                       " can be taken away.";
        error.members = "\"reserved\":" + std::to_string(row.reserved);
        return error;
    }
    if (row.quantity > max_quantity) {
        return invalid(adjustment.delta ? "/delta" : "/quantity",
                       "the quantity would be more than " + std::to_string(max_quantity));
    }
    ++row.version;
    return row;
}

Result<Stocked> received(std::span<const StockRow> rows, const Delivery& delivery, UserId vendor) {
    const auto at = std::find_if(rows.begin(), rows.end(),
                                 [&](const auto& row) { return row.warehouse == delivery.warehouse; });
    if (at != rows.end()) {
        auto row = adjusted(*at, {{}, std::nullopt, delivery.quantity, delivery.low_stock_threshold, {}});
        if (!row) {
            return invalid("/quantity",
                           "there would be more than " + std::to_string(max_quantity) + " there");
        }
        return Stocked{std::move(*row), false};
    }
    if (rows.size() >= max_warehouses) {
        return invalid("/warehouseLocation",
                       "the product is in " + std::to_string(max_warehouses) + " warehouses already");
    }
    StockRow row{delivery.product_id, delivery.warehouse, vendor, delivery.quantity};
    row.low_stock_threshold = delivery.low_stock_threshold.value_or(default_low_stock_threshold);
    return Stocked{std::move(row), true};
}

std::vector<FieldError> problems_of(const Transfer& transfer) {
    std::vector<FieldError> errors;
    if (transfer.from.empty()) errors.push_back({"/from", "must be one line of text"});
    if (transfer.to.empty()) errors.push_back({"/to", "must be one line of text"});
    if (errors.empty() && transfer.from == transfer.to) {
        errors.push_back({"/to", "must be another warehouse than from"});
    }
    return errors;
}

std::vector<FieldError> problems_of(const Adjustment& adjustment) {
    std::vector<FieldError> errors;
    if (adjustment.warehouse.empty()) errors.push_back({"/warehouseLocation", "must be one line of text"});
    if (adjustment.quantity && adjustment.delta) errors.push_back({"/delta", "not together with quantity"});
    if (!adjustment.quantity && !adjustment.delta && !adjustment.low_stock_threshold) {
        errors.push_back({"", "names nothing to change: quantity, delta or lowStockThreshold"});
    }
    if (has_control_characters(adjustment.reason)) errors.push_back({"/reason", "must be one line of text"});
    return errors;
}

std::string warehouse_name(std::string_view text) {
    if (has_control_characters(text)) return {};
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

bool may_write(const Caller& caller, UserId vendor) {
    return caller.is_admin() || (caller.role == Role::vendor && caller.id == vendor);
}

std::string etag_of(std::span<const StockRow> rows, bool owners_view) {
    std::int64_t versions = 0;
    for (const StockRow& row : rows) versions += row.version;
    return "\"" + std::to_string(versions) + (owners_view ? "w\"" : "\"");
}

}  // namespace cloudretail::inventory
