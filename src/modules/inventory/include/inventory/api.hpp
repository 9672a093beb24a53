// Stock as other modules see it. Reserving, releasing, shipping and taking back are for the order module
// alone; they are not public operations.
#pragma once

#include <base/function.hpp>
#include <base/id.hpp>
#include <base/task.hpp>
#include <inventory/events.hpp>
#include <string>
#include <vector>

namespace cloudretail::inventory {

namespace errors {
/// Error::members holds `"shortages":[{productId, requested, available}]`.
inline constexpr ErrorType insufficient_stock{"insufficient-stock", "There is not enough in stock",
                                              ErrorKind::conflict};
inline constexpr ErrorType below_reserved{"below-reserved", "More is reserved than would be left",
                                          ErrorKind::conflict};
inline constexpr ErrorType order_released{"order-released", "The order's stock was given back already",
                                          ErrorKind::conflict};
inline constexpr ErrorType not_shipped{"not-shipped", "More would come back than was shipped",
                                       ErrorKind::conflict};
inline constexpr ErrorType not_your_stock{"not-your-stock", "The stock belongs to another vendor's product",
                                          ErrorKind::forbidden};
}  // namespace errors

struct Line {
    ProductId product_id;
    std::int64_t quantity;  // 1 … 10 000
};

/// One line of an order as inventory knows it, reserved or shipped, summed over warehouses.
struct ReservedLine {
    OrderId order_id;
    ProductId product_id;
    std::int64_t quantity;
};

class Stock {
  public:
    virtual ~Stock() = default;
    /// Reserves every line or none. Idempotent by order: reserving again what is reserved is a success; an
    /// order that was released cannot be reserved any more. Lines name distinct products. `then` runs on
    /// inventory's writer thread after the commit. Errors: insufficient_stock, order_released.
    virtual void reserve(OrderId order, std::vector<Line> lines, std::string traceparent,
                         Then<Result<>> then) = 0;
    /// Gives back all that the order still holds. Idempotent; an order that never reserved is marked so that
    /// a late reserve is refused. `then` as above.
    virtual void release(OrderId order, std::string traceparent, Then<Result<>> then) = 0;
    /// Like release, for these products of the order alone. What was shipped of them is left alone; what the
    /// order does not hold is passed over.
    virtual void release_lines(OrderId order, std::vector<ProductId> products, std::string traceparent,
                               Then<Result<>> then) = 0;
    /// What the order holds of these products leaves: quantity and reserved fall, one movement 'shipped' per
    /// warehouse. All or nothing; idempotent by order and product. Errors: order_released, where the order
    /// does not hold a product and it was not shipped before. `then` as above.
    virtual void ship(OrderId order, std::vector<ProductId> products, UserId actor, std::string traceparent,
                      Then<Result<>> then) = 0;
    /// Goods that came back return to the warehouses they left from, with a movement 'returned' each; once
    /// per refund id. Errors: not_shipped, where less than that is still away. `then` as above.
    virtual void restock(OrderId order, Uuid refund_id, std::vector<Line> lines, UserId actor,
                         std::string traceparent, Then<Result<>> then) = 0;
    /// What can be bought of these products now: one for each, also of those without stock. Throws
    /// Unavailable.
    virtual Task<std::vector<StockLevel>> levels(std::vector<ProductId> products) = 0;
    /// Open reservations of these orders (for checks).
    virtual Task<std::vector<ReservedLine>> reserved(std::vector<OrderId> orders) = 0;
    /// What was shipped for these orders, whether or not it came back (for checks). Kept for ever, unlike
    /// reservations.
    virtual Task<std::vector<ReservedLine>> shipped(std::vector<OrderId> orders) = 0;
    /// Orders after `after` that hold an open reservation, ascending, at most `limit` (for checks).
    virtual Task<std::vector<OrderId>> holders(OrderId after, int limit) = 0;
};

}  // namespace cloudretail::inventory
