// The catalogue as other modules see it. Everything here is plain data and one interface; how products are
// kept is the module's own business.
#pragma once

#include <base/id.hpp>
#include <base/money.hpp>
#include <base/task.hpp>
#include <optional>
#include <string>
#include <vector>

namespace cloudretail::product {

namespace errors {
inline constexpr ErrorType not_yours{"not-your-product", "The product belongs to another vendor",
                                     ErrorKind::forbidden};
inline constexpr ErrorType sku_taken{"sku-taken", "You already sell a product with this SKU",
                                     ErrorKind::conflict};
inline constexpr ErrorType category_exists{"category-exists", "There is a category with this slug",
                                           ErrorKind::conflict};
inline constexpr ErrorType category_in_use{"category-in-use", "The category is not empty",
                                           ErrorKind::conflict};
inline constexpr ErrorType too_many_images{"too-many-images", "The product has as many pictures as it may",
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
    std::optional<std::string> sku{};
};

class Products {
  public:
    virtual ~Products() = default;
    /// The products among `ids` that exist (any status, not deleted), in no particular order. Answered from
    /// memory where possible, never staler than this process's last committed write. Throws Unavailable.
    virtual Task<std::vector<Snapshot>> find(std::vector<ProductId> ids) = 0;
    /// The vendor's products of these SKUs that exist, in no particular order. Throws Unavailable.
    virtual Task<std::vector<Snapshot>> find_by_sku(UserId vendor, std::vector<std::string> skus) = 0;
    /// The products of one vendor, or all, that come after `after` in the order of the files they are
    /// exported to: those with a SKU by vendor and SKU, then the others by vendor and id; at most `limit`.
    /// Throws Unavailable.
    virtual Task<std::vector<Snapshot>> walk(std::optional<UserId> vendor, std::optional<Snapshot> after,
                                             int limit) = 0;
};

}  // namespace cloudretail::product
