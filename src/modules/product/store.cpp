// See store.hpp.
#include "store.hpp"

#include "product_row.hpp"
#include "search_store.hpp"
#include "text.hpp"

namespace cloudretail::product::store {

namespace {

/// Both are looked up before; only another process can come between.
Error taken(const db::ConstraintViolation& violation) {
    if (violation.mentions("sku")) return {errors::sku_taken, "Another of your products has this SKU."};
    if (violation.mentions("slug")) throw Unavailable("the slug was taken a moment ago");
    throw violation;
}

/// On sale or not on sale any more: what its category counts.
void count_listed(db::Tx& tx, std::string_view category, int change) {
    tx->exec("UPDATE categories SET listed_products = listed_products + :change WHERE slug = :slug", change,
             category);
}

/// What an update replaces.
struct Before {
    std::int64_t doc = 0;
    std::optional<std::string> words;
    std::string category;
    bool listed = false;
};

std::optional<Before> before(db::Tx& tx, ProductId id) {
    return tx->query_one(
        "itti", "SELECT doc, words, category, listed FROM products WHERE id = :id AND deleted_at IS NULL",
        [](const db::Row& row) {
            return Before{row.integer(0), row.maybe_text(1), row.text(2), row.flag(3)};
        },
        id);
}

}  // namespace

Result<> insert(db::Tx& tx, Product p) {
    const std::string name_key = fold(p.name);
    p.doc = next_doc(tx);
    const std::string words = index(tx, p, std::nullopt);
    try {
        tx->exec(
            "INSERT INTO products (id, vendor_id, slug, name, name_key, description, words, price_minor, "
            "category, sku, attributes, status, availability, listed, version, created_at, updated_at, doc) "
            "VALUES (:id, :vendor, :slug, :name, :name_key, :description, :words, :price, :category, :sku, "
            ":attributes, :status, :availability, :listed, :version, :created_at, :updated_at, :doc)",
            p.id, p.vendor_id, p.slug, p.name, name_key, p.description, words, p.price, p.category, p.sku,
            p.attributes, to_text(p.status), to_text(p.availability), is_listed(p), p.version, p.created_at,
            p.updated_at, p.doc);
    } catch (const db::ConstraintViolation& violation) {
        return taken(violation);
    }
    if (is_listed(p)) count_listed(tx, p.category, 1);
    return {};
}

Result<> update(db::Tx& tx, Product p) {
    const auto old = before(tx, p.id);
    if (!old) return {};
    const std::string name_key = fold(p.name);
    p.doc = old->doc;
    const std::string words = index(tx, p, old->words);
    try {
        tx->exec(
            "UPDATE products SET name = :name, name_key = :name_key, description = :description, "
            "words = :words, price_minor = :price, category = :category, sku = :sku, "
            "attributes = :attributes, status = :status, listed = :listed, version = :version, "
            "updated_at = :updated_at WHERE id = :id",
            p.name, name_key, p.description, words, p.price, p.category, p.sku, p.attributes,
            to_text(p.status), is_listed(p), p.version, p.updated_at, p.id);
    } catch (const db::ConstraintViolation& violation) {
        return taken(violation);
    }
    if (old->listed != is_listed(p) || old->category != p.category) {
        if (old->listed) count_listed(tx, old->category, -1);
        if (is_listed(p)) count_listed(tx, p.category, 1);
    }
    return {};
}

void mark_deleted(db::Tx& tx, ProductId id) {
    const auto old = before(tx, id);
    if (!old) return;
    unindex(tx, old->doc, old->words);
    tx->exec(
        "UPDATE products SET deleted_at = :now, listed = 0, words = NULL, version = version + 1 "
        "WHERE id = :id",
        tx.now(), id);
    if (old->listed) count_listed(tx, old->category, -1);
}

bool set_availability(db::Tx& tx, ProductId id, Availability availability, std::int64_t position) {
    struct Known {
        std::string availability;
        std::int64_t position;
    };
    const auto known = tx->query_one(
        "ti", "SELECT availability, availability_position FROM products WHERE id = :id",
        [](const db::Row& row) {
            return Known{row.text(0), row.integer(1)};
        },
        id);
    if (!known || position <= known->position) return false;
    const std::string_view text = to_text(availability);
    tx->exec(
        "UPDATE products SET availability = :availability, availability_position = :position WHERE id = :id",
        text, position, id);
    return known->availability != text;
}

std::optional<Product> find(db::Session& session, ProductId id) {
    static const std::string sql =
        "SELECT " + std::string(product_columns) + " FROM products WHERE id = :id AND deleted_at IS NULL";
    return session.query_one(product_kinds, sql, read_product, id);
}

std::optional<ProductId> find_by_slug(db::Session& session, std::string_view slug) {
    return session.query_one(
        "t", "SELECT id FROM products WHERE slug = :slug AND deleted_at IS NULL",
        [](const db::Row& row) { return row.id<ProductId>(0); }, slug);
}

std::vector<Snapshot> snapshots(db::Session& session, std::span<const ProductId> ids) {
    const std::vector<db::Bind> list(ids.begin(), ids.end());
    return session.query_in("tttitt",
                            "SELECT id, vendor_id, name, price_minor, status, sku FROM products WHERE "
                            "deleted_at IS NULL AND id IN "
                            "({})",
                            list, [](const db::Row& row) {
                                const auto status = status_from_text(row.text(4));
                                CR_ASSERT(status);
                                return Snapshot{row.id<ProductId>(0), row.id<UserId>(1), row.text(2),
                                                row.money(3),         *status,           row.maybe_text(5)};
                            });
}

bool slug_taken(db::Session& session, std::string_view slug) {
    return session.number("SELECT COUNT(*) FROM products WHERE slug = :slug", slug) > 0;
}

bool sku_taken(db::Session& session, UserId vendor, std::string_view sku, ProductId but) {
    return session.number(
               "SELECT COUNT(*) FROM products WHERE vendor_id = :vendor AND sku = :sku AND deleted_at IS "
               "NULL "
               "AND id <> :but",
               vendor, sku, but) > 0;
}

std::int64_t mend_counts(db::Tx& tx) {
    return tx->exec(
        "UPDATE categories SET listed_products = (SELECT COUNT(*) FROM products p WHERE p.listed = 1 AND "
        "p.category = categories.slug) WHERE listed_products <> (SELECT COUNT(*) FROM products p WHERE "
        "p.listed = 1 AND p.category = categories.slug)");
}

std::vector<Fault> faults(db::Session& session, int limit) {
    std::vector<Fault> found;
    const auto look = [&](const char* rule, std::string_view sql) {
        for (auto& id : session.query(
                 "t", sql, [](const db::Row& row) { return row.text(0); }, limit)) {
            found.push_back({rule, std::move(id)});
        }
    };
    look("a product is listed if and only if it is active and not deleted",
         "SELECT id FROM products WHERE listed <> CASE WHEN status = 'active' AND deleted_at IS NULL THEN 1 "
         "ELSE 0 END "
         "LIMIT :limit");
    look("a product's category exists",
         "SELECT id FROM products WHERE deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM categories c "
         "WHERE c.slug = products.category) LIMIT :limit");
    look("a category counts the products on sale in it",
         "SELECT slug FROM categories c WHERE listed_products <> (SELECT COUNT(*) FROM products p WHERE "
         "p.listed = 1 AND p.category = c.slug) LIMIT :limit");
    for (std::string& id : index_faults(session, static_cast<std::size_t>(limit))) {
        found.push_back({"search finds a product by its words", std::move(id)});
    }
    look("a product's version counts from 1 and it is not changed before it was made",
         "SELECT id FROM products WHERE version < 1 OR updated_at < created_at OR deleted_at < created_at "
         "LIMIT :limit");
    return found;
}

}  // namespace cloudretail::product::store
