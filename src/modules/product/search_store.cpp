// See search_store.hpp.
#include "search_store.hpp"

#include <algorithm>
#include <base/json.hpp>
#include <limits>

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

void write_index(db::Tx& tx, std::int64_t doc, const Document& document, std::string_view text) {
    if (on_sqlite(tx)) {
        tx->exec("INSERT INTO product_search (rowid, name, tags, body) VALUES (:doc, :name, :tags, :body)",
                 doc, part_of(text, 0), part_of(text, 1), part_of(text, 2));
    } else {
        const std::string vector = to_vector(document);
        tx->exec(
            "INSERT INTO product_search (doc, vector) VALUES (:doc, CAST(:vector AS tsvector)) "
            "ON CONFLICT (doc) DO UPDATE SET vector = excluded.vector",
            doc, vector);
    }
}

void clear_index(db::Tx& tx) {
    if (on_sqlite(tx)) {
        tx->exec("INSERT INTO product_search (product_search) VALUES ('delete-all')");
    } else {
        tx->exec("DELETE FROM product_search");
    }
    tx->exec("DELETE FROM search_terms");
}

struct Kept {
    Product product;
    std::string words;
};

/// Products that the index has read, in the order of their numbers.
std::vector<Kept> kept_after(db::Session& session, std::int64_t doc) {
    static const std::string sql = "SELECT " + std::string(product_columns) +
                                   ", words FROM products WHERE doc > :doc AND deleted_at IS NULL AND "
                                   "words IS NOT NULL ORDER BY doc LIMIT :chunk";
    static const std::string kinds = std::string(product_kinds) + "t";
    return session.query(
        kinds, sql,
        [](const db::Row& row) {
            return Kept{read_product(row), row.text(product_width)};
        },
        doc, chunk);
}

bool holds(db::Session& session, const Product& product, const Document& document) {
    // The rarest of its own words would do; its name must.
    Query query;
    for (const std::string& word : document.name) query.groups.push_back({{word}, false});
    const std::string match = tier_matches(query, session.dialect())[2];
    const std::string_view sql =
        session.dialect() == db::Dialect::sqlite
            ? "SELECT COUNT(*) FROM product_search WHERE product_search MATCH :match AND rowid = :doc"
            : "SELECT COUNT(*) FROM product_search WHERE doc = :doc AND vector @@ CAST(:match AS tsquery)";
    if (session.dialect() == db::Dialect::sqlite) return session.number(sql, match, product.doc) > 0;
    return session.number(sql, product.doc, match) > 0;
}

}  // namespace

std::int64_t next_doc(db::Tx& tx) {
    return tx->number(on_sqlite(tx) ? "SELECT COALESCE(MAX(doc), 0) + 1 FROM products"
                                    : "SELECT nextval('product_docs')");
}

std::string index(db::Tx& tx, const Product& product, const std::optional<std::string>& before) {
    const Document document = document_of(product);
    std::string text = to_text(document);
    if (before != text) {
        unindex(tx, product.doc, before);
        write_index(tx, product.doc, document, text);
    }
    if (is_listed(product)) {
        std::vector<std::string> named = document.name;
        named.insert(named.end(), document.tags.begin(), document.tags.end());
        put_terms(tx, std::move(named), true);
        put_terms(tx, document.body, false);
    }
    return text;
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

std::int64_t index_unread(db::Tx& tx, int limit) {
    static const std::string sql = "SELECT " + std::string(product_columns) +
                                   " FROM products WHERE words IS NULL AND deleted_at IS NULL ORDER BY doc "
                                   "LIMIT :limit";
    // Another process may be writing one of them: it reads that one into the index itself.
    static const std::string locking = sql + " FOR UPDATE SKIP LOCKED";
    const auto unread = tx->query(product_kinds, on_sqlite(tx) ? sql : locking, read_product, limit);
    for (const Product& product : unread) {
        const std::string text = index(tx, product, std::nullopt);
        tx->exec("UPDATE products SET words = :words WHERE id = :id", text, product.id);
    }
    return static_cast<std::int64_t>(unread.size());
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

std::string_view search_source(db::Dialect dialect) {
    // CROSS JOIN keeps SQLite's planner from walking the products and asking the index about each; LATERAL
    // and LIMIT 1 keep PostgreSQL's from joining all hits where the first few are enough.
    if (dialect == db::Dialect::sqlite) {
        return " FROM product_search CROSS JOIN products p ON p.doc = product_search.rowid WHERE "
               "product_search MATCH :match AND product_search.rowid < :before";
    }
    return " FROM (SELECT s.doc AS hit FROM product_search s WHERE s.vector @@ CAST(:match AS tsquery) AND "
           "s.doc < CAST(:before AS BIGINT) ORDER BY s.doc DESC OFFSET 0) hits CROSS JOIN LATERAL (SELECT * "
           "FROM products WHERE products.doc = hits.hit LIMIT 1) p WHERE true";
}

std::string_view search_order(db::Dialect dialect) {
    return dialect == db::Dialect::sqlite ? " ORDER BY product_search.rowid DESC" : " ORDER BY hits.hit DESC";
}

std::vector<std::string> index_faults(db::Session& session, std::size_t limit) {
    std::vector<std::string> found;
    std::int64_t after = -1;
    for (;;) {
        const auto part = kept_after(session, after);
        if (part.empty()) return found;
        after = part.back().product.doc;
        for (const Kept& kept : part) {
            const Document document = document_of(kept.product);
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
