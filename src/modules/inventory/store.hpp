// Inventory's SQL: plain synchronous functions on a session or transaction of inventory's database. No rules,
// no permissions. The same statements serve SQLite and PostgreSQL (which also locks the rows it will change).
#pragma once

#include <db/database.hpp>
#include <map>
#include <span>

#include "rules.hpp"

namespace cloudretail::inventory::store {

/// All rows of these products, by product and warehouse. In a transaction that will change them: `locked`.
std::vector<StockRow> stock_of(db::Session& session, std::span<const ProductId> products, bool locked);
/// Holds the order until the transaction ends: one process at a time reserves or releases it.
void hold(db::Tx& tx, OrderId order);
/// hold() of each, and stock_of(), locked, at once; `products` ascend.
std::vector<StockRow> hold_with_stock(db::Tx& tx, std::span<const OrderId> orders,
                                      std::span<const ProductId> products);
/// Throws Unavailable where another process made the row a moment ago.
void insert(db::Tx& tx, const StockRow& row);
/// Quantity, threshold and version.
void update(db::Tx& tx, const StockRow& row);

/// A line of the ledger: what changed a row's quantity, and who did it.
struct Movement {
    ProductId product_id{};
    std::string_view warehouse;
    std::int64_t delta;
    const char* kind;  // "received", "adjusted", "shipped", "returned", "transferred"
    std::string_view reason;
    UserId actor_id{};
    std::optional<OrderId> order_id{};  // shipped, returned
    std::optional<Uuid> refund_id{};    // returned
};
void append(db::Tx& tx, const Movement& movement);

/// A line of the ledger as it is read.
struct LedgerEntry {
    Uuid id;
    std::string warehouse;
    std::int64_t delta;
    std::string kind;
    std::optional<std::string> reason;
    std::string actor_id;
    std::optional<std::string> order_id, refund_id;
    Timestamp at;
};
/// Of one product, in one warehouse or ("") all, newest first: before `before`, or past the first `offset`.
std::vector<LedgerEntry> movements(db::Session& session, ProductId product, const std::string& warehouse,
                                   const std::optional<Uuid>& before, std::int64_t offset, int limit);
std::int64_t count_movements(db::Session& session, ProductId product, const std::string& warehouse);

/// What an order holds, or held, of one row.
struct Reservation {
    ProductId product_id{};  // nil: the mark of an order that was released before it reserved
    std::string warehouse;
    std::int64_t quantity = 0;
    enum class State { open, released, shipped } state = State::open;
    [[nodiscard]] bool is_open() const { return state == State::open; }
};
/// By product and warehouse. Whoever ends them has locked their products' stock before reading them.
std::vector<Reservation> reservations_of(db::Session& session, OrderId order);
/// Of those of the orders that have some.
std::map<OrderId, std::vector<Reservation>> reservations_of(db::Session& session,
                                                            std::span<const OrderId> orders);
/// What an order takes of a row, which it has not taken anything of.
struct Taken {
    OrderId order{};
    const StockRow* row;
    std::int64_t quantity;
};
/// Throws std::runtime_error where less than is taken of a row is available.
void reserve(db::Tx& tx, std::span<const Taken> taken);
/// Gives the row its quantity back and ends the open reservation. Throws where less is reserved.
void release(db::Tx& tx, OrderId order, const Reservation& reservation);
/// Takes the quantity out of the row and ends the open reservation. Throws where less is reserved.
void ship(db::Tx& tx, OrderId order, const Reservation& reservation);
/// Adds to the row what came back. Throws where there is no such row.
void put_back(db::Tx& tx, ProductId product, std::string_view warehouse, std::int64_t quantity);
void mark_released(db::Tx& tx, OrderId order);

/// What left for an order and is still away, 0 where all of it came back; by product and warehouse.
std::vector<Departure> departures(db::Session& session, OrderId order);
/// Whether the ledger holds what came back with this refund.
bool returned(db::Session& session, OrderId order, const Uuid& refund);

/// Open reservations of these orders, summed over warehouses.
std::vector<ReservedLine> reserved(db::Session& session, std::span<const OrderId> orders);
/// What the ledger says was shipped for these orders, summed over warehouses.
std::vector<ReservedLine> shipped(db::Session& session, std::span<const OrderId> orders);
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

/// Deletes reservations that ended longer ago than `retention_ms`, of orders that are older than that; about
/// `limit` at most. Answers how many. Walks through a part of the old orders, on from `after`, which is where
/// it came to then: what is open is not passed each time.
std::int64_t sweep_reservations(db::Tx& tx, std::int64_t retention_ms, int limit, OrderId& after);

/// Rows that contradict the rules, at most `limit` of each, with what is wrong.
struct Fault {
    std::string rule, id;
};
std::vector<Fault> faults(db::Session& session, int limit);

}  // namespace cloudretail::inventory::store
