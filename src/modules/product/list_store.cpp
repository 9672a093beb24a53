// See list_store.hpp.
#include "list_store.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "product_row.hpp"
#include "search_store.hpp"

namespace cloudretail::product::store {

namespace {

constexpr std::int64_t no_doc = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t most_merged = 32;  // categories whose lists are read one by one
constexpr std::size_t most_shelves = 50;

/// A statement that grows with what a filter asks: everything from FROM on. Owns the texts its binds borrow.
struct Question {
    std::string sql;
    std::vector<db::Bind> binds;

    void add(std::string_view condition) { (sql += " AND ") += condition; }
    void add(std::string_view condition, db::Bind bind) {
        add(condition);
        binds.push_back(std::move(bind));
    }
};

/// Few lengths, so that few statements exist.
void add_categories(const std::vector<std::string>& slugs, const std::string& column, Question& q) {
    if (slugs.size() == 1) return q.add(column + " = :category", slugs.front());
    std::size_t length = 1;
    while (length < slugs.size()) length *= 2;
    std::string list;
    for (std::size_t i = 0; i < length; ++i) {
        list += (i == 0 ? ":category_" : ", :category_") + std::to_string(i);
        q.binds.emplace_back(slugs[std::min(i, slugs.size() - 1)]);
    }
    q.add(column + " IN (" + list + ")");
}

/// `match` finds what is searched for; empty where nothing is.
Question ask(db::Session& session, const Filter& f, const std::string& match = {},
             std::int64_t before = no_doc) {
    Question q;
    if (match.empty()) {
        q.sql = " FROM products p WHERE ";
        q.sql += f.listed_only ? "listed = 1" : "deleted_at IS NULL";
    } else {
        q.sql = search_source(session.dialect());
        q.binds.emplace_back(std::string(match));
        q.binds.emplace_back(before);
        q.add(f.listed_only ? "listed = 1" : "deleted_at IS NULL");
    }
    if (!f.listed_only && f.status) q.add("status = :status", to_text(*f.status));
    if (!f.categories.empty()) add_categories(f.categories, "category", q);
    if (f.min_price) q.add("price_minor >= :min_price", *f.min_price);
    if (f.max_price) q.add("price_minor <= :max_price", *f.max_price);
    if (f.vendor) {
        // Implied by listed = 1, but said, so that the index of vendors is found.
        if (f.listed_only && match.empty()) q.add("deleted_at IS NULL");
        q.add("vendor_id = :vendor", *f.vendor);
    }
    if (f.in_stock) q.add(*f.in_stock ? "availability <> 'out_of_stock'" : "availability = 'out_of_stock'");
    return q;
}

/// Nothing that is searched for can be found: the search has no words.
bool hopeless(const Filter& f) { return f.search && f.search->groups.empty(); }

Question ask_whole(db::Session& session, const Filter& f) {
    return ask(session, f, f.search ? whole_match(*f.search, session.dialect()) : std::string());
}

void go_on(Sort sort, const Keyset& after, Question& q) {
    const auto add_value = [&q, &after] { q.binds.emplace_back(std::int64_t{std::stoll(after.value)}); };
    switch (sort) {
        case Sort::newest:
        case Sort::relevance:
            q.add("id < :after_id");
            break;
        case Sort::price_up:
            q.add("(price_minor, id) > (:after_value, :after_id)");
            add_value();
            break;
        case Sort::price_down:
            q.add("(price_minor, id) < (:after_value, :after_id)");
            add_value();
            break;
        case Sort::name:
            q.add("(name_key, id) > (:after_value, :after_id)");
            q.binds.emplace_back(after.value);
            break;
    }
    q.binds.emplace_back(after.id);
}

std::string_view order_of(Sort sort) {
    switch (sort) {
        case Sort::newest:
        case Sort::relevance:
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

std::vector<Product> read_list(db::Session& session, const Filter& f, Sort sort, const Range& range) {
    Question q = ask(session, f);
    if (range.after) go_on(sort, *range.after, q);
    std::string sql = "SELECT " + std::string(product_columns) + q.sql;
    sql += order_of(sort);
    sql += " LIMIT :limit OFFSET :offset";
    q.binds.emplace_back(range.limit);
    q.binds.emplace_back(range.after ? std::int64_t{0} : range.offset);
    return session.query_with(product_kinds, sql, q.binds, read_product);
}

/// Sorts the numbers of what is found, and reads those products alone.
std::vector<Product> read_found(db::Session& session, const Filter& f, Sort sort, const Range& range) {
    Question q = ask_whole(session, f);
    if (range.after) go_on(sort, *range.after, q);
    std::string sql = "SELECT p.doc" + q.sql;
    sql += order_of(sort);
    sql += " LIMIT :limit OFFSET :offset";
    q.binds.emplace_back(range.limit);
    q.binds.emplace_back(range.after ? std::int64_t{0} : range.offset);
    const auto found = session.query_with("i", sql, q.binds, [](const db::Row& row) {
        return Hit{{0, row.integer(0)}};
    });
    return products_at(session, found);
}

bool comes_before(Sort sort, const Product& a, const Product& b) {
    switch (sort) {
        case Sort::newest:
        case Sort::relevance:
            return b.id < a.id;
        case Sort::price_up:
            return std::tie(a.price.minor, a.id) < std::tie(b.price.minor, b.id);
        case Sort::price_down:
            return std::tie(b.price.minor, b.id) < std::tie(a.price.minor, a.id);
        case Sort::name: {
            const std::string one = keyset_of(sort, a).value, other = keyset_of(sort, b).value;
            return std::tie(one, a.id) < std::tie(other, b.id);
        }
    }
    return false;
}

/// Each category's list comes out of its index in order; the beginning of all of them together is among their
/// beginnings.
std::vector<Product> merge_lists(db::Session& session, const Filter& f, Sort sort, const Range& range) {
    std::vector<Product> all;
    Filter one = f;
    for (const std::string& slug : f.categories) {
        one.categories = {slug};
        for (Product& product : read_list(session, one, sort, range)) all.push_back(std::move(product));
    }
    std::sort(all.begin(), all.end(),
              [sort](const Product& a, const Product& b) { return comes_before(sort, a, b); });
    all.resize(std::min(all.size(), static_cast<std::size_t>(range.limit)));
    return all;
}

/// Fills categories, prices and total from rows of slug, name, count, lowest and highest price.
Facets gather(db::Session& session, const std::string& sql, const std::vector<db::Bind>& binds) {
    Facets facets;
    const auto add = [&facets](const db::Row& row) {
        facets.total += row.integer(2);
        if (facets.categories.size() < most_shelves)
            facets.categories.push_back({row.text(0), row.text(1), row.integer(2)});
        if (row.is_null(3) || row.is_null(4)) return 0;
        const Money low = row.money(3), high = row.money(4);
        if (!facets.min_price || low.minor < facets.min_price->minor) facets.min_price = low;
        if (!facets.max_price || high.minor > facets.max_price->minor) facets.max_price = high;
        return 0;
    };
    session.query_with("ttiii", sql, binds, add);
    return facets;
}

/// Two looks into an index for each category.
Facets plain_facets(db::Session& session, const Filter& f) {
    Question q;
    q.sql =
        "SELECT slug, name, listed_products, (SELECT MIN(price_minor) FROM products WHERE listed = 1 AND "
        "category = c.slug), (SELECT MAX(price_minor) FROM products WHERE listed = 1 AND category = c.slug) "
        "FROM categories c WHERE listed_products > 0";
    if (!f.categories.empty()) add_categories(f.categories, "slug", q);
    return gather(session, q.sql + " ORDER BY listed_products DESC, slug", q.binds);
}

std::int64_t count(db::Session& session, const Filter& f) {
    const Question q = ask(session, f);
    const auto rows = session.query_with("i", "SELECT COUNT(*)" + q.sql, q.binds,
                                         [](const db::Row& row) { return row.integer(0); });
    return rows.empty() ? 0 : rows.front();
}

}  // namespace

std::vector<Product> list(db::Session& session, const Filter& f, Sort sort, const Range& range) {
    if (hopeless(f)) return {};
    if (f.search) return read_found(session, f, sort, range);
    const bool several = f.categories.size() > 1 && f.categories.size() <= most_merged;
    if (several && (range.after || range.offset == 0)) return merge_lists(session, f, sort, range);
    return read_list(session, f, sort, range);
}

std::vector<Hit> hits(db::Session& session, const Filter& f, const Range& range, int classes) {
    std::vector<Hit> found;
    if (hopeless(f)) return found;
    const auto matches = tier_matches(*f.search, session.dialect());
    const Place from = range.after ? place_of(*range.after) : Place{0, no_doc};
    const std::int64_t skipped = range.after ? 0 : range.offset;
    for (int tier = from.tier; tier < classes; ++tier) {
        const auto missing = skipped + range.limit - static_cast<std::int64_t>(found.size());
        if (missing <= 0) break;
        const std::string& match = matches[static_cast<std::size_t>(tier)];
        if (match.empty()) continue;
        Question q = ask(session, f, match, tier == from.tier ? from.doc : no_doc);
        q.binds.emplace_back(missing);
        const std::string sql =
            "SELECT p.doc" + q.sql + std::string(search_order(session.dialect())) + " LIMIT :limit";
        for (const std::int64_t doc :
             session.query_with("i", sql, q.binds, [](const db::Row& row) { return row.integer(0); })) {
            found.push_back({{tier, doc}});
        }
    }
    found.erase(found.begin(), found.begin() + std::min<std::ptrdiff_t>(skipped, std::ssize(found)));
    return found;
}

std::vector<Product> products_at(db::Session& session, const std::vector<Hit>& hits) {
    static const std::string sql =
        "SELECT " + std::string(product_columns) + " FROM products WHERE deleted_at IS NULL AND doc IN ({})";
    std::vector<db::Bind> docs;
    std::unordered_map<std::int64_t, std::size_t> order;
    for (const Hit& hit : hits) {
        order.emplace(hit.place.doc, docs.size());
        docs.emplace_back(hit.place.doc);
    }
    auto products = session.query_in(product_kinds, sql, docs, read_product);
    std::sort(products.begin(), products.end(),
              [&order](const Product& a, const Product& b) { return order[a.doc] < order[b.doc]; });
    return products;
}

bool finds_any(db::Session& session, const Filter& f) {
    if (hopeless(f)) return false;
    const Question q = ask_whole(session, f);
    return !session
                .query_with("i", "SELECT p.doc" + q.sql + " LIMIT 1", q.binds,
                            [](const db::Row& row) { return row.integer(0); })
                .empty();
}

Facets facets(db::Session& session, const Filter& f, int bound) {
    if (hopeless(f)) return {};
    if (is_plain(f)) return plain_facets(session, f);
    Question q = ask_whole(session, f);
    const std::string_view order = f.search ? search_order(session.dialect()) : order_of(Sort::newest);
    const std::string sql =
        "SELECT g.category, c.name, g.products, g.low, g.high FROM (SELECT f.category, COUNT(*) AS products, "
        "MIN(f.price_minor) AS low, MAX(f.price_minor) AS high FROM (SELECT category, price_minor" +
        q.sql + std::string(order) +
        " LIMIT :bound) f GROUP BY f.category) g JOIN categories c ON c.slug = g.category ORDER BY "
        "g.products "
        "DESC, g.category";
    q.binds.emplace_back(std::int64_t{bound} + 1);
    Facets facets = gather(session, sql, q.binds);
    facets.complete = facets.total <= bound;
    if (!facets.complete) facets.total = f.search ? bound : count(session, f);
    return facets;
}

}  // namespace cloudretail::product::store
