// Stock as other modules see it. Reserving and releasing are for the order saga alone; they are not public
// operations.
#pragma once

#include <base/function.hpp>
#include <base/id.hpp>
#include <base/task.hpp>
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
inline constexpr ErrorType not_your_stock{"not-your-stock", "The stock belongs to another vendor's product",
                                          ErrorKind::forbidden};
}  // namespace errors

struct Line {
    ProductId product_id;
    std::int64_t quantity;  // 1 … 10 000
};

/// One reserved line of an order, summed over warehouses.
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
    /// Open reservations of these orders (for checks).
    virtual Task<std::vector<ReservedLine>> reserved(std::vector<OrderId> orders) = 0;
    /// Orders after `after` that hold an open reservation, ascending, at most `limit` (for checks).
    virtual Task<std::vector<OrderId>> holders(OrderId after, int limit) = 0;
};

}  // namespace cloudretail::inventory
