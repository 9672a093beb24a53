// The catalogue as other modules see it. Everything here is plain data and one interface; how products are
// kept is the module's own business.
#pragma once

#include <base/id.hpp>
#include <base/money.hpp>
#include <base/task.hpp>
#include <string>
#include <vector>

namespace cloudretail::product {

namespace errors {
inline constexpr ErrorType not_yours{"not-your-product", "The product belongs to another vendor",
                                     ErrorKind::forbidden};
inline constexpr ErrorType sku_taken{"sku-taken", "You already sell a product with this SKU",
                                     ErrorKind::conflict};
}  // namespace errors

enum class Status { active, draft, archived };

/// What others need to know of a product. A deleted product is not found at all.
struct Snapshot {
    ProductId id;
    UserId vendor_id;
    std::string name;
    Money price;
    Status status = Status::active;
};

class Products {
  public:
    virtual ~Products() = default;
    /// The products among `ids` that exist (any status, not deleted), in no particular order. Answered from
    /// memory where possible, never staler than this process's last committed write. Throws Unavailable.
    virtual Task<std::vector<Snapshot>> find(std::vector<ProductId> ids) = 0;
};

}  // namespace cloudretail::product
