// See categories_store.hpp.
#include "categories_store.hpp"

namespace cloudretail::product::store {

namespace {

constexpr std::string_view columns =
    "id, slug, name, parent_id, position, listed_products, version, created_at, updated_at";
constexpr db::Columns kinds = "ttttiiiii";

Category read(const db::Row& row) {
    Category c;
    c.id = row.id<CategoryId>(0);
    c.slug = row.text(1);
    c.name = row.text(2);
    if (!row.is_null(3)) c.parent = row.id<CategoryId>(3);
    c.position = row.integer(4);
    c.listed_products = row.integer(5);
    c.version = row.integer(6);
    c.created_at = row.time(7);
    c.updated_at = row.time(8);
    return c;
}

}  // namespace

std::vector<Category> categories(db::Session& session) {
    static const std::string sql = "SELECT " + std::string(columns) + " FROM categories ORDER BY slug";
    return session.query(kinds, sql, read);
}

std::optional<Category> find_category(db::Session& session, std::string_view slug_or_id) {
    static const std::string sql =
        "SELECT " + std::string(columns) +
        " FROM categories WHERE slug = :slug OR id = :id ORDER BY slug = :again DESC";
    return session.query_one(kinds, sql, read, slug_or_id, slug_or_id, slug_or_id);
}

std::vector<std::string> with_descendants(db::Session& session, std::string_view slug) {
    // UNION, not UNION ALL: it would end even in a ring.
    auto slugs = session.query(
        "t",
        "WITH RECURSIVE below(id, slug) AS (SELECT id, slug FROM categories WHERE slug = :slug UNION "
        "SELECT c.id, c.slug FROM categories c JOIN below b ON c.parent_id = b.id) SELECT slug FROM below "
        "ORDER BY slug",
        [](const db::Row& row) { return row.text(0); }, slug);
    if (slugs.empty()) slugs.emplace_back(slug);
    return slugs;
}

bool insert_category(db::Tx& tx, const Category& c, int most) {
    // Written even where it exists: on PostgreSQL the statement waits for who deletes it.
    return tx->exec(
               "INSERT INTO categories (id, slug, name, read_name, parent_id, position, listed_products, "
               "version, created_at, updated_at) SELECT CAST(:id AS TEXT), CAST(:slug AS TEXT), CAST(:name "
               "AS "
               "TEXT), CAST(:read_name AS TEXT), CAST(:parent AS TEXT), CAST(:position AS BIGINT), 0, 1, "
               "CAST(:created_at AS BIGINT), CAST(:updated_at AS BIGINT) WHERE (SELECT COUNT(*) FROM "
               "categories) < CAST(:most AS BIGINT) "
               "ON CONFLICT (slug) DO NOTHING",
               c.id, c.slug, c.name, c.name, c.parent, c.position, tx.now(), tx.now(), most) > 0;
}

void update_category(db::Tx& tx, const Category& c) {
    tx->exec(
        "UPDATE categories SET name = :name, parent_id = :parent, position = :position, version = :version, "
        "updated_at = :now WHERE id = :id",
        c.name, c.parent, c.position, c.version, tx.now(), c.id);
}

void delete_category(db::Tx& tx, CategoryId id) { tx->exec("DELETE FROM categories WHERE id = :id", id); }

std::map<std::string, std::string> category_names(db::Session& session, const std::set<std::string>& slugs) {
    std::map<std::string, std::string> names;
    const std::vector<db::Bind> list(slugs.begin(), slugs.end());
    session.query_in("tt", "SELECT slug, name FROM categories WHERE slug IN ({})", list,
                     [&names](const db::Row& row) { return names.emplace(row.text(0), row.text(1)).second; });
    return names;
}

std::vector<CategoryName> renamed_categories(db::Session& session) {
    return session.query("tt", "SELECT slug, name FROM categories WHERE read_name <> name ORDER BY slug",
                         [](const db::Row& row) {
                             return CategoryName{row.text(0), row.text(1)};
                         });
}

void note_read(db::Tx& tx, const CategoryName& category) {
    tx->exec("UPDATE categories SET read_name = :name WHERE slug = :slug", category.name, category.slug);
}

bool is_in_use(db::Session& session, const Category& c) {
    return session.number(
               "SELECT CASE WHEN EXISTS (SELECT 1 FROM categories WHERE parent_id = :id) OR EXISTS (SELECT 1 "
               "FROM products WHERE category = :slug AND deleted_at IS NULL) THEN 1 ELSE 0 END",
               c.id, c.slug) > 0;
}

void hold_tree(db::Tx& tx) {
    // On SQLite there is no other process.
    if (tx->dialect() == db::Dialect::postgresql)
        tx->exec("LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE");
}

}  // namespace cloudretail::product::store
