// SQL of exporting and erasing vendors; see person_store.hpp.
#include "person_store.hpp"

namespace cloudretail::product::store {

std::vector<VendorsProduct> products_of(db::Session& session, UserId vendor, ProductId after, int limit) {
    return session.query(
        "tttii",
        "SELECT id, name, status, created_at, CASE WHEN images = '[]' THEN 0 ELSE 1 END FROM products WHERE "
        "vendor_id = :vendor AND deleted_at IS NULL AND id > :after ORDER BY id LIMIT :limit",
        [](const db::Row& r) {
            return VendorsProduct{r.id<ProductId>(0), r.text(1), r.text(2), r.time(3), r.flag(4)};
        },
        vendor, after, limit);
}

}  // namespace cloudretail::product::store
