// See search_store.hpp.
#include "search_store.hpp"

#include <algorithm>
#include <base/json.hpp>
#include <db/rows.hpp>
#include <iterator>
#include <limits>
#include <numeric>

#include "product_row.hpp"
#include "text.hpp"

namespace cloudretail::product::store {

namespace {

constexpr int chunk = 500;

bool on_sqlite(db::Tx& tx) { return tx->dialect() == db::Dialect::sqlite; }

/// Binds :in_name, :now, :terms (a JSON array), :at_least. Writes nothing where all are known: many products
/// use the same words. Each is looked up by itself: joined, PostgreSQL would read all terms there are.
std::string put_terms_sql(const std::string& source) {
    return "INSERT INTO search_terms (term, in_name, added_at) SELECT j.value, CAST(:in_name AS BIGINT), "
           "CAST(:now AS BIGINT) FROM " +
           source +
           " WHERE COALESCE((SELECT t.in_name FROM search_terms t WHERE t.term = j.value), -1) < "
           "CAST(:at_least AS BIGINT) ON CONFLICT (term) DO UPDATE SET in_name = excluded.in_name, added_at "
           "= "
           "excluded.added_at";
}

void put_terms(db::Tx& tx, std::vector<std::string> terms, bool in_name) {
    std::erase_if(terms, [](const std::string& term) { return letters(term) < 3 || term.starts_with('#'); });
    if (terms.empty()) return;
    std::sort(terms.begin(), terms.end());                              // rows are locked in one order
    terms.erase(std::unique(terms.begin(), terms.end()), terms.end());  // PostgreSQL writes a row once
    json::Writer w;
    w.begin_array();
    for (const std::string& term : terms) w.value(term);
    w.end_array();
    const std::string list = w.take();
    static const std::string sqlite = put_terms_sql("json_each(:terms) AS j");
    static const std::string postgresql =
        put_terms_sql("json_array_elements_text(CAST(:terms AS json)) AS j(value)");
    tx->exec(on_sqlite(tx) ? sqlite : postgresql, in_name, tx.now(), list, in_name);
}

/// Rows of the index: a product's number, what it is found by, and on PostgreSQL what lists filter by.
db::Rows index_rows(db::Tx& tx) {
    if (on_sqlite(tx)) return {"rowid, name, tags, body", "ittt"};
    return {"doc, listed, price_minor, category, vendor_id, availability, vector", "iiitttt"};
}

void add_row(db::Tx& tx, const Indexed& entry, const Document& document, db::Rows& rows) {
    const Product& p = *entry.product;
    if (on_sqlite(tx)) {
        rows.add(p.doc, part_of(entry.words, 0), part_of(entry.words, 1), part_of(entry.words, 2));
    } else {
        rows.add(p.doc, is_listed(p), p.price, p.category, p.vendor_id, to_text(p.availability),
                 to_vector(document));
    }
}

void write_rows(db::Tx& tx, const db::Rows& rows) {
    if (on_sqlite(tx)) return db::insert(tx.session(), "product_search", rows);
    if (rows.empty()) return;
    const std::string sql =
        "INSERT INTO product_search (doc, listed, price_minor, category, vendor_id, availability, vector) "
        "SELECT v_doc, v_listed, v_price_minor, v_category, v_vendor_id, v_availability, "
        "CAST(v_vector AS tsvector) FROM " +
        db::given(rows) +
        " ON CONFLICT (doc) DO UPDATE SET listed = excluded.listed, price_minor = excluded.price_minor, "
        "category = excluded.category, vector = excluded.vector, bulk = excluded.bulk";
    tx->run(sql, db::arrays_of(rows));
}

/// Beside the products, whose words they are.
void keep_words(db::Tx& tx, const std::vector<Indexed>& entries) {
    db::Rows rows("id, words", "tt");
    for (const Indexed& entry : entries) rows.add(entry.product->id, entry.words);
    db::update(tx.session(), "products", "words = {words}", "id = {id}", rows);
}

void clear_index(db::Tx& tx) {
    if (on_sqlite(tx)) {
        tx->exec("INSERT INTO product_search (product_search) VALUES ('delete-all')");
    } else {
        tx->exec("DELETE FROM product_search");
    }
    tx->exec("DELETE FROM search_terms");
}

/// What the index has been told of a product, and by which names it may know the category.
struct Kept {
    Product product;
    std::string words, category, category_before;
};

/// Products that the index has read, in the order of their numbers.
std::vector<Kept> kept_after(db::Session& session, std::int64_t doc) {
    static const std::string sql =
        "SELECT " + std::string(product_columns) +
        ", words, COALESCE((SELECT c.name FROM categories c WHERE c.slug = "
        "category), ''), COALESCE((SELECT c.read_name FROM categories c WHERE c.slug "
        "= category), '') FROM products WHERE doc > :doc AND deleted_at IS NULL AND "
        "words IS NOT NULL ORDER BY doc LIMIT :chunk";
    static const std::string kinds = std::string(product_kinds) + "ttt";
    return session.query(
        kinds, sql,
        [](const db::Row& row) {
            return Kept{read_product(row), row.text(product_width), row.text(product_width + 1),
                        row.text(product_width + 2)};
        },
        doc, chunk);
}

bool holds(db::Session& session, const Product& product, const Document& document) {
    // The rarest of its own words would do; its name must.
    Query query;
    for (const std::string& word : document.name) query.groups.push_back({{word}, false});
    const std::string match = tier_matches(query, session.dialect())[2];
    if (session.dialect() == db::Dialect::sqlite) {
        return session.number(
                   "SELECT COUNT(*) FROM product_search WHERE product_search MATCH :match AND rowid = :doc",
                   match, product.doc) > 0;
    }
    return session.number(
               "SELECT COUNT(*) FROM product_search s JOIN products p ON p.doc = s.doc WHERE s.doc = :doc "
               "AND "
               "s.vector @@ CAST(:match AS tsquery) AND s.listed = p.listed AND s.price_minor = "
               "p.price_minor "
               "AND s.category = p.category AND s.vendor_id = p.vendor_id AND s.availability = "
               "p.availability",
               product.doc, match) > 0;
}

}  // namespace

std::vector<std::int64_t> next_docs(db::Tx& tx, std::size_t count) {
    if (on_sqlite(tx)) {
        std::vector<std::int64_t> docs(count);
        std::iota(docs.begin(), docs.end(), tx->number("SELECT COALESCE(MAX(doc), 0) + 1 FROM products"));
        return docs;
    }
    return tx->query(
        "i", "SELECT nextval('product_docs') FROM generate_series(1, CAST(:count AS BIGINT))",
        [](const db::Row& row) { return row.integer(0); }, static_cast<std::int64_t>(count));
}

void index(db::Tx& tx, std::span<Indexed> entries) {
    db::Rows rows = index_rows(tx);
    db::Rows filters("doc, listed, price_minor, category", "iiit");  // on PostgreSQL: found by the same words
    std::vector<std::string> named, described;
    std::set<std::string> slugs;
    for (const Indexed& entry : entries) slugs.insert(entry.product->category);
    const auto names = category_names(tx.session(), slugs);
    for (Indexed& entry : entries) {
        const Product& p = *entry.product;
        const auto name = names.find(p.category);
        Document document = document_of(p, name == names.end() ? std::string_view() : name->second);
        entry.words = to_text(document);
        if (entry.before != entry.words) {
            // On PostgreSQL the row is replaced.
            if (on_sqlite(tx)) unindex(tx, p.doc, entry.before);
            add_row(tx, entry, document, rows);
        } else if (!on_sqlite(tx)) {
            filters.add(p.doc, is_listed(p), p.price, p.category);
        }
        if (!is_listed(p)) continue;
        std::ranges::move(document.name, std::back_inserter(named));
        std::ranges::move(document.tags, std::back_inserter(named));
        std::ranges::move(document.body, std::back_inserter(described));
    }
    write_rows(tx, rows);
    db::update(tx.session(), "product_search",
               "listed = {listed}, price_minor = {price_minor}, category = {category}", "doc = {doc}",
               filters);
    put_terms(tx, std::move(named), true);
    put_terms(tx, std::move(described), false);
}

void unindex(db::Tx& tx, std::int64_t doc, const std::optional<std::string>& before) {
    if (!before) return;
    if (on_sqlite(tx)) {
        tx->exec(
            "INSERT INTO product_search (product_search, rowid, name, tags, body) "
            "VALUES ('delete', :doc, :name, :tags, :body)",
            doc, part_of(*before, 0), part_of(*before, 1), part_of(*before, 2));
    } else {
        tx->exec("DELETE FROM product_search WHERE doc = :doc", doc);
    }
}

void note_availability(db::Tx& tx, std::int64_t doc, std::string_view availability) {
    if (on_sqlite(tx)) return;
    tx->exec("UPDATE product_search SET availability = :availability WHERE doc = :doc", availability, doc);
}

std::int64_t index_unread(db::Tx& tx, int limit) {
    static const std::string sql = "SELECT " + std::string(product_columns) +
                                   " FROM products WHERE words IS NULL AND deleted_at IS NULL ORDER BY doc "
                                   "LIMIT :limit";
    // Another process may be writing one of them: it reads that one into the index itself.
    static const std::string locking = sql + " FOR UPDATE SKIP LOCKED";
    const auto unread = tx->query(product_kinds, on_sqlite(tx) ? sql : locking, read_product, limit);
    std::vector<Indexed> entries;
    for (const Product& product : unread) entries.push_back({&product});
    index(tx, entries);
    keep_words(tx, entries);
    return static_cast<std::int64_t>(unread.size());
}

std::optional<ProductId> reread(db::Tx& tx, const CategoryName& category, std::optional<ProductId> after,
                                int limit) {
    static const std::string sql =
        "SELECT " + std::string(product_columns) +
        ", words FROM products WHERE id > :after AND category = :category AND deleted_at "
        "IS NULL AND words IS NOT NULL ORDER BY id LIMIT :limit";
    static const std::string locking = sql + " FOR UPDATE";
    static const std::string kinds = std::string(product_kinds) + "t";
    const std::string from = after ? after->to_string() : std::string();
    const auto kept = tx->query(
        kinds, on_sqlite(tx) ? sql : locking,
        [](const db::Row& row) { return std::pair(read_product(row), row.text(product_width)); }, from,
        category.slug, limit);
    std::vector<Indexed> entries;
    for (const auto& [product, words] : kept)
        if (words != to_text(document_of(product, category.name))) entries.push_back({&product, words});
    if (!entries.empty()) {
        index(tx, entries);
        keep_words(tx, entries);
    }
    return kept.empty() ? std::nullopt : std::optional(kept.back().first.id);
}

std::vector<Term> terms_since(db::Session& session, Timestamp since, std::size_t limit) {
    return session.query(
        "ti",
        "SELECT term, in_name FROM search_terms WHERE added_at >= :since ORDER BY in_name DESC LIMIT :limit",
        [](const db::Row& row) {
            return Term{row.text(0), row.flag(1)};
        },
        since, static_cast<std::int64_t>(limit));
}

std::vector<std::string> terms_after(db::Session& session, std::string_view after, Timestamp before,
                                     std::int64_t limit) {
    return session.query(
        "t",
        "SELECT term FROM search_terms WHERE term > :after AND added_at < :before ORDER BY term LIMIT :limit",
        [](const db::Row& row) { return row.text(0); }, after, before, limit);
}

void forget_term(db::Tx& tx, std::string_view term) {
    tx->exec("DELETE FROM search_terms WHERE term = :term", term);
}

std::string_view search_source(db::Dialect dialect, bool whole) {
    // CROSS JOIN keeps SQLite's planner from walking the products and asking the index about each.
    // PostgreSQL's walks all rows, or all newest first, where it thinks many match, and fetches the vector of
    // each: so it is not told what is asked before it has planned, nor that `doc` has an index. LATERAL and
    // LIMIT 1 keep it from joining all hits where the first few are enough.
    if (dialect == db::Dialect::sqlite) {
        return " FROM product_search CROSS JOIN products p ON p.doc = product_search.rowid WHERE "
               "product_search MATCH :match AND product_search.rowid < :before";
    }
    if (!whole) {
        return " FROM product_search p WHERE p.vector @@ (SELECT CAST(:match AS tsquery)) AND p.doc + 0 < "
               "CAST(:before AS BIGINT)";
    }
    return " FROM (SELECT s.doc AS hit FROM product_search s WHERE s.vector @@ (SELECT CAST(:match AS "
           "tsquery)) "
           "AND s.doc + 0 < CAST(:before AS BIGINT) ORDER BY s.doc + 0 DESC OFFSET 0) hits CROSS JOIN "
           "LATERAL "
           "(SELECT * FROM products WHERE products.doc = hits.hit LIMIT 1) p WHERE true";
}

std::string_view search_order(db::Dialect dialect, bool whole) {
    if (dialect == db::Dialect::sqlite) return " ORDER BY product_search.rowid DESC";
    return whole ? " ORDER BY hits.hit DESC" : " ORDER BY p.doc + 0 DESC";
}

std::vector<std::string> index_faults(db::Session& session, std::size_t limit) {
    std::vector<std::string> found;
    std::int64_t after = -1;
    for (;;) {
        const auto part = kept_after(session, after);
        if (part.empty()) return found;
        after = part.back().product.doc;
        for (const Kept& kept : part) {
            Document document = document_of(kept.product, kept.category);
            if (kept.words != to_text(document)) document = document_of(kept.product, kept.category_before);
            if (kept.words == to_text(document) && holds(session, kept.product, document)) continue;
            found.push_back(kept.product.id.to_string());
            if (found.size() == limit) return found;
        }
    }
}

std::int64_t rebuild_index(db::Tx& tx) {
    const auto wrong = index_faults(tx.session(), std::numeric_limits<int>::max());
    if (wrong.empty()) return 0;
    clear_index(tx);
    tx->exec("UPDATE products SET words = NULL WHERE words IS NOT NULL");
    while (index_unread(tx, chunk) > 0) {
    }
    return static_cast<std::int64_t>(wrong.size());
}

}  // namespace cloudretail::product::store
