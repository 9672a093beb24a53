// Inventory's use-cases: permission, transaction, events. Not HTTP, not SQL. Thread-safe; coroutines run on
// the caller's io thread, jobs on inventory's writer and readers.
#pragma once

#include <db/database.hpp>
#include <db/idempotency.hpp>
#include <db/kind.hpp>
#include <inventory/api.hpp>
#include <product/api.hpp>

#include "changes.hpp"
#include "reservations.hpp"
#include "rules.hpp"
#include "store.hpp"

namespace cloudretail::inventory {

/// A part of a list: rendered items, how many there are in all, and where to go on ("" = the end).
struct Listing {
    std::vector<std::string> items;
    std::int64_t total = 0;
    std::string next_keyset;
};

/// Which part of a list is wanted: before an item, or past the first `offset`.
template <class Key>
struct PartBefore {
    std::optional<Key> before;
    std::int64_t offset = 0;
    int limit = 20;
};
using Part = PartBefore<ProductId>;
using MovementPart = PartBefore<Uuid>;

class Service final : public Stock {
  public:
    /// Both outlive the service.
    Service(db::Database& database, product::Products& products);

    void reserve(OrderId order, std::vector<Line> lines, std::string traceparent,
                 Then<Result<>> then) override;
    void release(OrderId order, std::string traceparent, Then<Result<>> then) override;
    void release_lines(OrderId order, std::vector<ProductId> products, std::string traceparent,
                       Then<Result<>> then) override;
    void ship(OrderId order, std::vector<ProductId> products, UserId actor, std::string traceparent,
              Then<Result<>> then) override;
    void restock(OrderId order, Uuid refund_id, std::vector<Line> lines, UserId actor,
                 std::string traceparent, Then<Result<>> then) override;
    Task<std::vector<StockLevel>> levels(std::vector<ProductId> products) override;
    Task<std::vector<ReservedLine>> reserved(std::vector<OrderId> orders) override;
    Task<std::vector<ReservedLine>> shipped(std::vector<OrderId> orders) override;
    Task<std::vector<OrderId>> holders(OrderId after, int limit) override;

    /// Adds to the warehouse: 201 where the product is new there, else 200; or what was answered to the same
    /// idempotency key. Errors: not_found, not_your_stock, validation.
    Task<Result<db::StoredAnswer>> add(Caller caller, Delivery delivery, db::IdempotencyKey key);
    /// Atomic; makes the row in `to` where there is none. What was answered to the same idempotency key is
    /// answered again. Errors: not_found (also the warehouse `from`), not_your_stock, below_reserved,
    /// validation.
    Task<Result<db::StoredAnswer>> transfer(Caller caller, ProductId product, Transfer transfer,
                                            db::IdempotencyKey key);
    /// `if_match` is the header's text, may be empty. Errors: not_found (also the warehouse), not_your_stock,
    /// below_reserved, stale, validation.
    Task<Result<Shown>> adjust(Caller caller, ProductId product, Adjustment adjustment, std::string if_match);
    /// The product's ledger, newest first; of one warehouse, where `warehouse` is not empty. Errors:
    /// not_found, not_your_stock.
    Task<Result<Listing>> movements(Caller caller, ProductId product, std::string warehouse,
                                    MovementPart part);
    /// Errors: not_found (also another vendor's draft).
    Task<Result<Shown>> get(Caller caller, ProductId product);
    /// A vendor's own stock, an admin's everything; `low`: only what is low or out of stock, or only what is
    /// not.
    Task<Listing> list(Caller caller, std::optional<bool> low, Part part);

    /// Publishes every product's level again, a part at a time, for whoever has lost what was told before;
    /// answers of how many.
    Task<std::int64_t> republish();

  private:
    Task<std::optional<product::Snapshot>> product_of(ProductId id);
    /// Whose stock it is, where the caller may write it; nullopt where there is no product that the caller
    /// may see. Errors: not_your_stock.
    Task<Result<std::optional<UserId>>> owner_of(Caller caller, ProductId id);

    db::Database& database_;
    product::Products& products_;
    const db::Kind<Wish, Result<>> wishes_;
};

}  // namespace cloudretail::inventory
