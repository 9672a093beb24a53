// See transfer_store.hpp. Each half of the order walks an index: (vendor_id, sku), and (vendor_id, id).
#include "transfer_store.hpp"

#include "product_row.hpp"

namespace cloudretail::product::store {

namespace {

std::vector<Product> half(db::Session& session, bool with_sku, std::optional<UserId> vendor,
                          const std::optional<Place>& after, int limit) {
    std::string sql =
        "SELECT " + std::string(product_columns) + " FROM products WHERE deleted_at IS NULL AND sku IS ";
    sql += with_sku ? "NOT NULL" : "NULL";
    std::vector<db::Bind> binds;
    if (vendor) {
        sql += " AND vendor_id = :only";
        binds.emplace_back(*vendor);
    }
    const std::string key = with_sku ? "sku" : "id";
    if (after) {
        sql += " AND (vendor_id, " + key + ") > (:vendor, :key)";
        binds.emplace_back(after->vendor);
        with_sku ? binds.emplace_back(*after->sku) : binds.emplace_back(after->id);
    }
    sql += " ORDER BY vendor_id, " + key + " LIMIT :limit";
    binds.emplace_back(limit);
    return session.query_with(product_kinds, sql, binds, read_product);
}

}  // namespace

std::vector<Product> by_skus(db::Session& session, UserId vendor, const std::vector<std::string>& skus) {
    static const std::string sql =
        "SELECT " + std::string(product_columns) +
        " FROM products WHERE vendor_id = :vendor AND deleted_at IS NULL AND sku IN ({})";
    const std::vector<db::Bind> list(skus.begin(), skus.end());
    const db::Bind before[] = {db::Bind(vendor)};
    return session.query_in(product_kinds, sql, list, read_product, before);
}

std::vector<Product> in_order(db::Session& session, std::optional<UserId> vendor,
                              const std::optional<Place>& after, int limit) {
    std::vector<Product> found;
    if (!after || after->sku) found = half(session, true, vendor, after, limit);
    const int left = limit - static_cast<int>(found.size());
    if (left <= 0) return found;
    const bool begun = after && !after->sku;
    for (Product& product : half(session, false, vendor, begun ? after : std::nullopt, left))
        found.push_back(std::move(product));
    return found;
}

}  // namespace cloudretail::product::store
