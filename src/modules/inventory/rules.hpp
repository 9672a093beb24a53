// What stock means: availability, crossing of its borders, where a line is taken from. Pure functions, no
// I/O, no clock.
#pragma once

#include <base/caller.hpp>
#include <inventory/api.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::inventory {

constexpr std::int64_t default_low_stock_threshold = 10;
constexpr std::int64_t max_quantity = 1'000'000'000;  // of one product in one warehouse
constexpr std::size_t max_warehouses = 100;           // of one product

/// One product in one warehouse.
struct StockRow {
    ProductId product_id{};
    std::string warehouse;
    UserId vendor_id{};
    std::int64_t quantity = 0, reserved = 0;
    std::int64_t low_stock_threshold = default_low_stock_threshold;
    std::int64_t version = 1;
    [[nodiscard]] std::int64_t available() const { return quantity - reserved; }
};

enum class Availability { in_stock, low_stock, out_of_stock };
std::string_view to_text(Availability availability);

/// What a product's rows amount to.
struct Level {
    std::int64_t available = 0;
    Availability availability = Availability::out_of_stock;
};
/// out_of_stock = nothing available; low_stock = no more available than the sum of the thresholds.
Level level_of(std::span<const StockRow> rows);

/// The event of going from one availability to another: out_of_stock, back_in_stock or low_stock; nullptr
/// where there is none (also from low_stock to in_stock).
const char* crossing(Availability before, Availability after);

/// What is taken from one of the rows.
struct Take {
    std::size_t row;
    std::int64_t quantity;
};
/// Takes `quantity` from the row with the most available that holds all of it, else splits in that order;
/// rows with as much are taken in their own order. Empty where there is not enough.
std::vector<Take> allocate(std::span<const StockRow> rows, std::int64_t quantity);

/// What left a warehouse for an order and is still away.
struct Departure {
    ProductId product_id{};
    std::string warehouse;
    std::int64_t away = 0;
};
struct Return {
    std::string warehouse;
    std::int64_t quantity;
};
/// Where goods that come back go: to the warehouses they left from, the one from which most is away first.
/// Empty where less than that is away.
std::vector<Return> take_back(std::span<const Departure> departures, const Line& line);

/// A line that cannot be had.
struct Shortage {
    ProductId product_id{};
    std::int64_t requested, available;
};
Error insufficient(const std::vector<Shortage>& shortages);

/// More of a product in a warehouse.
struct Delivery {
    ProductId product_id{};
    std::int64_t quantity = 0;
    std::string warehouse;
    std::optional<std::int64_t> low_stock_threshold;
};
/// What is in a warehouse, as somebody says who has looked.
struct Count {
    ProductId product_id{};
    std::string warehouse;
    std::int64_t quantity = 0;
    std::optional<std::int64_t> low_stock_threshold{};  // none: as it is
};
/// A row as it will be, and whether it is a new one.
struct Stocked {
    StockRow row;
    bool fresh = false;
};
/// The row of the delivery's warehouse after it, made from the product's `rows`. Errors: validation (more
/// than max_quantity or max_warehouses).
Result<Stocked> received(std::span<const StockRow> rows, const Delivery& delivery, UserId vendor);

/// From one warehouse to another.
struct Transfer {
    std::string from, to;
    std::int64_t quantity = 0;
};
/// What is wrong with a transfer whose body satisfied the schema; empty = fine.
std::vector<FieldError> problems_of(const Transfer& transfer);

/// A change of one row, by its vendor or an admin.
struct Adjustment {
    std::string warehouse;
    std::optional<std::int64_t> quantity, delta, low_stock_threshold;  // not both of the first two
    std::string reason;                                                // may be empty
};
/// The row after the adjustment. Errors: below_reserved, validation (more than max_quantity).
Result<StockRow> adjusted(StockRow row, const Adjustment& adjustment);
/// What is wrong with an adjustment whose body satisfied the schema; empty = fine.
std::vector<FieldError> problems_of(const Adjustment& adjustment);
/// The name as it is kept: without white space at both ends; empty where it is none.
std::string warehouse_name(std::string_view text);

bool may_write(const Caller& caller, UserId vendor);

/// ETag of a product's stock: rows are never removed and their versions only grow. The owner's view is
/// another text.
std::string etag_of(std::span<const StockRow> rows, bool owners_view);

}  // namespace cloudretail::inventory
