// See store.hpp.
#include "store.hpp"

#include "text.hpp"

namespace cloudretail::product::store {

namespace {

constexpr std::string_view all_columns =
    "id, vendor_id, slug, name, description, price_minor, category, sku, attributes, status, availability, "
    "version, created_at, updated_at";
constexpr db::Columns all_kinds = "tttttitttttiii";

Product read(const db::Row& row) {
    Product p;
    p.id = row.id<ProductId>(0);
    p.vendor_id = row.id<UserId>(1);
    p.slug = row.text(2);
    p.name = row.text(3);
    p.description = row.text(4);
    p.price = row.money(5);
    p.category = row.text(6);
    p.sku = row.maybe_text(7);
    p.attributes = row.text(8);
    const auto status = status_from_text(row.text(9));
    const auto availability = availability_from_text(row.text(10));
    CR_ASSERT(status && availability);  // the table checks both
    p.status = *status;
    p.availability = *availability;
    p.version = row.integer(11);
    p.created_at = row.time(12);
    p.updated_at = row.time(13);
    return p;
}

/// Both are looked up before; only another process can come between.
Error taken(const db::ConstraintViolation& violation) {
    if (violation.mentions("sku")) return {errors::sku_taken, "Another of your products has this SKU."};
    if (violation.mentions("slug")) throw Unavailable("the slug was taken a moment ago");
    throw violation;
}

std::string search_text(const Product& p) { return fold(p.name) + "\n" + fold(p.description); }

/// A statement that grows with what a filter asks; owns the texts its binds borrow.
struct Question {
    std::string where;
    std::vector<db::Bind> binds;
    std::string pattern;

    void add(std::string_view condition, db::Bind bind) {
        (where += " AND ") += condition;
        binds.push_back(std::move(bind));
    }
};

void ask(const Filter& f, Question& q) {
    q.where = f.listed_only ? " WHERE listed = 1" : " WHERE deleted_at IS NULL";
    if (!f.listed_only && f.status) q.add("status = :status", to_text(*f.status));
    if (!f.category.empty()) q.add("category = :category", f.category);
    if (f.min_price) q.add("price_minor >= :min_price", *f.min_price);
    if (f.max_price) q.add("price_minor <= :max_price", *f.max_price);
    if (f.vendor) {
        // Implied by listed = 1, but said, so that the index of vendors is found.
        if (f.listed_only) q.where += " AND deleted_at IS NULL";
        q.add("vendor_id = :vendor", *f.vendor);
    }
    if (f.in_stock) {
        q.where += *f.in_stock ? " AND availability <> 'out_of_stock'" : " AND availability = 'out_of_stock'";
    }
    if (!f.search.empty()) {
        q.pattern = "%" + escape_like(f.search) + "%";
        q.add("search_text LIKE :pattern ESCAPE '\\'", q.pattern);
    }
}

void go_on(Sort sort, const Keyset& after, Question& q) {
    const auto add_value = [&q, &after] { q.binds.emplace_back(std::int64_t{std::stoll(after.value)}); };
    switch (sort) {
        case Sort::newest:
            q.where += " AND id < :after_id";
            break;
        case Sort::price_up:
            q.where += " AND (price_minor, id) > (:after_value, :after_id)";
            add_value();
            break;
        case Sort::price_down:
            q.where += " AND (price_minor, id) < (:after_value, :after_id)";
            add_value();
            break;
        case Sort::name:
            q.where += " AND (name_key, id) > (:after_value, :after_id)";
            q.binds.emplace_back(after.value);
            break;
    }
    q.binds.emplace_back(after.id);
}

std::string_view order_of(Sort sort) {
    switch (sort) {
        case Sort::newest:
            return " ORDER BY id DESC";
        case Sort::price_up:
            return " ORDER BY price_minor, id";
        case Sort::price_down:
            return " ORDER BY price_minor DESC, id DESC";
        case Sort::name:
            return " ORDER BY name_key, id";
    }
    return "";
}

}  // namespace

Result<> insert(db::Tx& tx, const Product& p) {
    const std::string name_key = fold(p.name);
    const std::string searched = search_text(p);
    try {
        tx->exec(
            "INSERT INTO products (id, vendor_id, slug, name, name_key, description, search_text, "
            "price_minor, "
            "category, sku, attributes, status, availability, listed, version, created_at, updated_at) "
            "VALUES (:id, "
            ":vendor, :slug, :name, :name_key, :description, :search_text, :price, :category, :sku, "
            ":attributes, "
            ":status, :availability, :listed, :version, :created_at, :updated_at)",
            p.id, p.vendor_id, p.slug, p.name, name_key, p.description, searched, p.price, p.category, p.sku,
            p.attributes, to_text(p.status), to_text(p.availability), is_listed(p), p.version, p.created_at,
            p.updated_at);
    } catch (const db::ConstraintViolation& violation) {
        return taken(violation);
    }
    return {};
}

Result<> update(db::Tx& tx, const Product& p) {
    const std::string name_key = fold(p.name);
    const std::string searched = search_text(p);
    try {
        tx->exec(
            "UPDATE products SET name = :name, name_key = :name_key, description = :description, "
            "search_text = :search_text, price_minor = :price, category = :category, sku = :sku, "
            "attributes = :attributes, status = :status, listed = :listed, version = :version, "
            "updated_at = :updated_at WHERE id = :id AND deleted_at IS NULL",
            p.name, name_key, p.description, searched, p.price, p.category, p.sku, p.attributes,
            to_text(p.status), is_listed(p), p.version, p.updated_at, p.id);
    } catch (const db::ConstraintViolation& violation) {
        return taken(violation);
    }
    return {};
}

void mark_deleted(db::Tx& tx, ProductId id) {
    tx->exec(
        "UPDATE products SET deleted_at = :now, listed = 0, version = version + 1 "
        "WHERE id = :id AND deleted_at IS NULL",
        tx.now(), id);
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

void ensure_category(db::Tx& tx, std::string_view slug, std::string_view name) {
    tx->exec(
        "INSERT INTO categories (slug, name, created_at) VALUES (:slug, :name, :now) ON CONFLICT (slug) DO "
        "NOTHING",
        slug, name, tx.now());
}

std::optional<Product> find(db::Session& session, ProductId id) {
    static const std::string sql =
        "SELECT " + std::string(all_columns) + " FROM products WHERE id = :id AND deleted_at IS NULL";
    return session.query_one(all_kinds, sql, read, id);
}

std::vector<Snapshot> snapshots(db::Session& session, std::span<const ProductId> ids) {
    const std::vector<db::Bind> list(ids.begin(), ids.end());
    return session.query_in(
        "tttit",
        "SELECT id, vendor_id, name, price_minor, status FROM products WHERE deleted_at IS NULL AND id IN "
        "({})",
        list, [](const db::Row& row) {
            const auto status = status_from_text(row.text(4));
            CR_ASSERT(status);
            return Snapshot{row.id<ProductId>(0), row.id<UserId>(1), row.text(2), row.money(3), *status};
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

std::vector<Product> list(db::Session& session, const Filter& filter, Sort sort,
                          const std::optional<Keyset>& after, std::int64_t offset, int limit) {
    Question q;
    ask(filter, q);
    if (after) go_on(sort, *after, q);
    std::string sql = "SELECT " + std::string(all_columns) + " FROM products" + q.where;
    sql += order_of(sort);
    sql += " LIMIT :limit OFFSET :offset";
    q.binds.emplace_back(limit);
    q.binds.emplace_back(after ? std::int64_t{0} : offset);
    return session.query_with(all_kinds, sql, q.binds, read);
}

std::int64_t count(db::Session& session, const Filter& filter) {
    Question q;
    ask(filter, q);
    const auto rows = session.query_with("i", "SELECT COUNT(*) FROM products" + q.where, q.binds,
                                         [](const db::Row& row) { return row.integer(0); });
    return rows.empty() ? 0 : rows.front();
}

std::vector<Category> categories(db::Session& session) {
    return session.query(
        "tti",
        "SELECT c.slug, c.name, p.products FROM categories c JOIN (SELECT category, COUNT(*) AS products "
        "FROM products "
        "WHERE listed = 1 GROUP BY category) p ON p.category = c.slug ORDER BY p.products DESC, c.slug",
        [](const db::Row& row) {
            return Category{row.text(0), row.text(1), row.integer(2)};
        });
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
         "SELECT id FROM products WHERE NOT EXISTS (SELECT 1 FROM categories c WHERE c.slug = "
         "products.category) "
         "LIMIT :limit");
    look("a product's version counts from 1 and it is not changed before it was made",
         "SELECT id FROM products WHERE version < 1 OR updated_at < created_at OR deleted_at < created_at "
         "LIMIT :limit");
    return found;
}

}  // namespace cloudretail::product::store
