// See store.hpp.
#include "store.hpp"

#include <algorithm>
#include <db/rows.hpp>
#include <map>

#include "product_row.hpp"
#include "search_store.hpp"
#include "text.hpp"

namespace cloudretail::product::store {

namespace {

constexpr std::size_t rows_at_once = 250;

/// Both are looked up before; only another process can come between.
Error taken(const db::ConstraintViolation& violation) {
    if (violation.mentions("sku")) return {errors::sku_taken, "Another of your products has this SKU."};
    if (violation.mentions("slug")) throw Unavailable("the slug was taken a moment ago");
    throw violation;
}

/// By how much the number of products on sale in a category changes.
using Counts = std::map<std::string, std::int64_t, std::less<>>;

void count_listed(db::Tx& tx, const Counts& counts) {
    db::Rows rows("slug, change", "ti");
    for (const auto& [category, change] : counts)
        if (change != 0) rows.add(category, change);
    db::update(tx.session(), "categories", "listed_products = listed_products + {change}", "slug = {slug}",
               rows);
}

/// What an update replaces.
struct Before {
    std::int64_t doc = 0;
    std::optional<std::string> words;
    std::string category;
    bool listed = false;
};

std::map<ProductId, Before> before(db::Tx& tx, std::span<const Product> products) {
    std::vector<db::Bind> ids;
    for (const Product& p : products) ids.emplace_back(p.id);
    std::map<ProductId, Before> found;
    tx->query_in(
        "titti",
        "SELECT id, doc, words, category, listed FROM products WHERE deleted_at IS NULL AND id IN ({})", ids,
        [&found](const db::Row& row) {
            return found
                .emplace(row.id<ProductId>(0),
                         Before{row.integer(1), row.maybe_text(2), row.text(3), row.flag(4)})
                .second;
        });
    return found;
}

Result<> insert_part(db::Tx& tx, std::span<Product> products) {
    const auto docs = next_docs(tx, products.size());
    std::vector<Indexed> entries;
    for (std::size_t i = 0; i < products.size(); ++i) {
        products[i].doc = docs[i];
        entries.push_back({&products[i]});
    }
    index(tx, entries);
    db::Rows rows(
        "id, vendor_id, slug, name, name_key, description, words, category, sku, attributes, status, "
        "availability, price_minor, listed, version, created_at, updated_at, doc",
        "ttttttttttttiiiiii");
    Counts counts;
    for (const Indexed& entry : entries) {
        const Product& p = *entry.product;
        rows.add(p.id, p.vendor_id, p.slug, p.name, fold(p.name), p.description, entry.words, p.category,
                 p.sku, p.attributes, to_text(p.status), to_text(p.availability), p.price, is_listed(p),
                 p.version, p.created_at, p.updated_at, p.doc);
        if (is_listed(p)) ++counts[p.category];
    }
    try {
        db::insert(tx.session(), "products", rows);
    } catch (const db::ConstraintViolation& violation) {
        return taken(violation);
    }
    count_listed(tx, counts);
    return {};
}

Result<> update_part(db::Tx& tx, std::span<Product> products) {
    const auto known = before(tx, products);
    std::vector<Indexed> entries;
    Counts counts;
    for (Product& p : products) {
        const auto old = known.find(p.id);
        if (old == known.end()) continue;
        p.doc = old->second.doc;
        entries.push_back({&p, old->second.words});
        if (old->second.listed) --counts[old->second.category];
        if (is_listed(p)) ++counts[p.category];
    }
    if (entries.empty()) return {};
    index(tx, entries);
    db::Rows rows(
        "id, name, name_key, description, words, category, sku, attributes, status, price_minor, listed, "
        "version, updated_at",
        "tttttttttiiii");
    for (const Indexed& entry : entries) {
        const Product& p = *entry.product;
        rows.add(p.id, p.name, fold(p.name), p.description, entry.words, p.category, p.sku, p.attributes,
                 to_text(p.status), p.price, is_listed(p), p.version, p.updated_at);
    }
    try {
        db::update(tx.session(), "products",
                   "name = {name}, name_key = {name_key}, description = {description}, words = {words}, "
                   "category = {category}, sku = {sku}, attributes = {attributes}, status = {status}, "
                   "price_minor = {price_minor}, listed = {listed}, version = {version}, updated_at = "
                   "{updated_at}",
                   "id = {id}", rows);
    } catch (const db::ConstraintViolation& violation) {
        return taken(violation);
    }
    count_listed(tx, counts);
    return {};
}

/// Bounds what one statement carries.
template <class F>
Result<> in_parts(std::span<Product> products, F f) {
    while (!products.empty()) {
        const auto part = products.first(std::min(products.size(), rows_at_once));
        if (auto done = f(part); !done) return done;
        products = products.subspan(part.size());
    }
    return {};
}

}  // namespace

Result<> insert(db::Tx& tx, std::span<Product> products) {
    return in_parts(products, [&tx](std::span<Product> part) { return insert_part(tx, part); });
}

Result<> update(db::Tx& tx, std::span<Product> products) {
    return in_parts(products, [&tx](std::span<Product> part) { return update_part(tx, part); });
}

void mark_deleted(db::Tx& tx, ProductId id) {
    Product product;
    product.id = id;
    const auto known = before(tx, std::span(&product, 1));
    if (known.empty()) return;
    const Before& old = known.begin()->second;
    unindex(tx, old.doc, old.words);
    tx->exec(
        "UPDATE products SET deleted_at = :now, listed = 0, words = NULL, version = version + 1 "
        "WHERE id = :id",
        tx.now(), id);
    if (old.listed) count_listed(tx, {{old.category, -1}});
}

bool set_availability(db::Tx& tx, ProductId id, Availability availability, std::int64_t position) {
    struct Known {
        std::string availability;
        std::int64_t position, doc;
    };
    const auto known = tx->query_one(
        "tii", "SELECT availability, availability_position, doc FROM products WHERE id = :id",
        [](const db::Row& row) {
            return Known{row.text(0), row.integer(1), row.integer(2)};
        },
        id);
    if (!known || position <= known->position) return false;
    const std::string_view text = to_text(availability);
    tx->exec(
        "UPDATE products SET availability = :availability, availability_position = :position WHERE id = :id",
        text, position, id);
    if (known->availability == text) return false;
    note_availability(tx, known->doc, text);
    return true;
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

std::vector<std::string> slugs_taken(db::Session& session, std::span<const std::string> slugs) {
    std::vector<std::string> found;
    while (!slugs.empty()) {
        const auto part = slugs.first(std::min(slugs.size(), rows_at_once));
        const std::vector<db::Bind> list(part.begin(), part.end());
        for (auto& slug : session.query_in("t", "SELECT slug FROM products WHERE slug IN ({})", list,
                                           [](const db::Row& row) { return row.text(0); }))
            found.push_back(std::move(slug));
        slugs = slugs.subspan(part.size());
    }
    return found;
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
