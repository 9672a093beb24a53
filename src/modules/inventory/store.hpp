// Inventory's SQL: plain synchronous functions on a session or transaction of inventory's database. No rules,
// no permissions. The same statements serve SQLite and PostgreSQL (which also locks the rows it will change).
#pragma once

#include <db/database.hpp>
#include <span>

#include "rules.hpp"

namespace cloudretail::inventory::store {

/// All rows of these products, by product and warehouse. In a transaction that will change them: `locked`.
std::vector<StockRow> stock_of(db::Session& session, std::span<const ProductId> products, bool locked);
/// Throws Unavailable where another process made the row a moment ago.
void insert(db::Tx& tx, const StockRow& row);
/// Quantity, threshold and version.
void update(db::Tx& tx, const StockRow& row);

/// A line of the ledger: what changed a row's quantity, and who did it.
struct Movement {
    ProductId product_id{};
    std::string_view warehouse;
    std::int64_t delta;
    const char* kind;  // "received", "adjusted"
    std::string_view reason;
    UserId actor_id{};
};
void append(db::Tx& tx, const Movement& movement);

/// What an order holds, or held, of one row.
struct Reservation {
    ProductId product_id{};  // nil: the mark of an order that was released before it reserved
    std::string warehouse;
    std::int64_t quantity = 0;
    bool released = false;
};
std::vector<Reservation> reservations_of(db::Session& session, OrderId order);
/// Throws std::runtime_error where less than `quantity` is available.
void reserve(db::Tx& tx, OrderId order, const StockRow& row, std::int64_t quantity);
/// Gives the row its quantity back; the reservation is closed by close(). Throws where less is reserved.
void give_back(db::Tx& tx, const Reservation& reservation);
void close(db::Tx& tx, OrderId order);
void mark_released(db::Tx& tx, OrderId order);

/// Open reservations of these orders, summed over warehouses.
std::vector<ReservedLine> reserved(db::Session& session, std::span<const OrderId> orders);
std::vector<OrderId> holders(db::Session& session, OrderId after, int limit);

/// Which products are listed: of one vendor or all, low (or out) of stock or not low.
struct Filter {
    std::optional<UserId> vendor;
    std::optional<bool> low;
};
/// Products with stock, newest first: before `before`, or past the first `offset`; at most `limit`.
std::vector<ProductId> products(db::Session& session, const Filter& filter,
                                const std::optional<ProductId>& before, std::int64_t offset, int limit);
std::int64_t count(db::Session& session, const Filter& filter);

/// Rows that contradict the rules, at most `limit` of each, with what is wrong.
struct Fault {
    std::string rule, id;
};
std::vector<Fault> faults(db::Session& session, int limit);

}  // namespace cloudretail::inventory::store
