// See list_store.hpp.
#include "list_store.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "product_row.hpp"
#include "search_store.hpp"

namespace cloudretail::product::store {

namespace {

constexpr std::int64_t no_doc = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t most_merged = 32;   // categories whose lists are read one by one
constexpr std::size_t most_shelves = 50;  // and vendors

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

/// Does a search look at more of a product than what the public filters by?
bool needs_whole(const Filter& f) { return !f.listed_only; }

/// `match` finds what is searched for; empty where nothing is.
Question ask(db::Session& session, const Filter& f, const std::string& match, std::int64_t before,
             bool whole) {
    Question q;
    if (match.empty()) {
        q.sql = " FROM products p WHERE ";
        q.sql += f.listed_only ? "listed = 1" : "deleted_at IS NULL";
    } else {
        q.sql = search_source(session.dialect(), whole);
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

Question ask(db::Session& session, const Filter& f) { return ask(session, f, {}, no_doc, true); }

Question ask_all(db::Session& session, const Filter& f, bool whole) {
    return ask(session, f, f.search ? whole_match(*f.search, session.dialect()) : std::string(), no_doc,
               whole);
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
    Question q = ask_all(session, f, true);
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

/// What has these numbers, in their order.
template <class Map>
auto at(db::Session& session, const std::vector<Hit>& hits, db::Columns kinds, std::string_view sql,
        Map map) {
    std::vector<db::Bind> docs;
    std::unordered_map<std::int64_t, std::size_t> order;
    for (const Hit& hit : hits) {
        order.emplace(hit.place.doc, docs.size());
        docs.emplace_back(hit.place.doc);
    }
    auto found = session.query_in(kinds, sql, docs, map);
    std::sort(found.begin(), found.end(),
              [&order](const auto& a, const auto& b) { return order[a.doc] < order[b.doc]; });
    return found;
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

template <class Counted>
void keep_largest(std::vector<Counted>& all) {
    std::stable_sort(all.begin(), all.end(),
                     [](const Counted& a, const Counted& b) { return a.count > b.count; });
    all.resize(std::min(all.size(), most_shelves));
}

/// Fills categories, prices and total from rows of slug, name, count, lowest and highest price, in the order
/// of slugs; a category may have several rows.
void add_shelf(const db::Row& row, Facets& facets) {
    facets.total += row.integer(2);
    if (facets.categories.empty() || facets.categories.back().slug != row.text(0))
        facets.categories.push_back({row.text(0), row.text(1), 0});
    facets.categories.back().count += row.integer(2);
    if (row.is_null(3) || row.is_null(4)) return;
    const Money low = row.money(3), high = row.money(4);
    if (!facets.min_price || low.minor < facets.min_price->minor) facets.min_price = low;
    if (!facets.max_price || high.minor > facets.max_price->minor) facets.max_price = high;
}

/// Two looks into an index for each category.
Facets plain_facets(db::Session& session, const Filter& f) {
    Question q;
    q.sql =
        "SELECT slug, name, listed_products, (SELECT MIN(price_minor) FROM products WHERE listed = 1 AND "
        "category = c.slug), (SELECT MAX(price_minor) FROM products WHERE listed = 1 AND category = c.slug) "
        "FROM categories c WHERE listed_products > 0";
    if (!f.categories.empty()) add_categories(f.categories, "slug", q);
    Facets facets;
    session.query_with("ttiii", q.sql + " ORDER BY slug", q.binds, [&facets](const db::Row& row) {
        add_shelf(row, facets);
        return 0;
    });
    keep_largest(facets.categories);
    return facets;
}

/// A row for each category, vendor and availability that is among the first of what is found.
Facets found_facets(db::Session& session, const Filter& f, int bound) {
    Question q = ask_all(session, f, needs_whole(f));
    const std::string_view order =
        f.search ? search_order(session.dialect(), needs_whole(f)) : order_of(Sort::newest);
    const std::string sql =
        "SELECT g.category, c.name, g.products, g.low, g.high, g.vendor_id, g.availability FROM (SELECT "
        "f.category, f.vendor_id, f.availability, COUNT(*) AS products, MIN(f.price_minor) AS low, "
        "MAX(f.price_minor) AS high FROM (SELECT category, vendor_id, availability, price_minor" +
        q.sql + std::string(order) +
        " LIMIT :bound) f GROUP BY f.category, f.vendor_id, f.availability) g JOIN categories c ON c.slug = "
        "g.category ORDER BY g.category, g.vendor_id";
    q.binds.emplace_back(std::int64_t{bound} + 1);
    Facets facets;
    facets.others_counted = true;
    std::map<std::string, std::int64_t> vendors;
    session.query_with("ttiiitt", sql, q.binds, [&](const db::Row& row) {
        add_shelf(row, facets);
        vendors[row.text(5)] += row.integer(2);
        const auto availability = availability_from_text(row.text(6));
        CR_ASSERT(availability);  // the table checks it
        facets.availability[static_cast<std::size_t>(*availability)] += row.integer(2);
        return 0;
    });
    for (const auto& [id, count] : vendors) facets.vendors.push_back({id, count});
    keep_largest(facets.vendors);
    keep_largest(facets.categories);
    return facets;
}

std::int64_t number(db::Session& session, const Question& q) {
    const auto rows =
        session.query_with("i", q.sql, q.binds, [](const db::Row& row) { return row.integer(0); });
    return rows.empty() ? 0 : rows.front();
}

std::int64_t count_one_by_one(db::Session& session, const Filter& f) {
    Question q = ask(session, f);
    q.sql.insert(0, "SELECT COUNT(*)");
    return number(session, q);
}

/// On sale between two prices (none: open), all else as the filter says.
std::int64_t count_between(db::Session& session, Filter f, std::optional<Money> min,
                           std::optional<Money> max) {
    f.min_price = min;
    f.max_price = max;
    return count_one_by_one(session, f);
}

/// Would at least half of what is on sale be within the filter's prices, if prices were spread evenly?
bool is_wide(db::Session& session, const Filter& f) {
    const auto ends = session.query_one(
        "ii",
        "SELECT COALESCE((SELECT MIN(price_minor) FROM products WHERE listed = 1), 0), COALESCE((SELECT "
        "MAX(price_minor) FROM products WHERE listed = 1), 0)",
        [](const db::Row& row) { return std::pair(row.integer(0), row.integer(1)); });
    if (!ends) return false;
    const std::int64_t low = std::max(ends->first, f.min_price.value_or(Money{0}).minor);
    const std::int64_t high = std::min(ends->second, f.max_price.value_or(Money{ends->second}).minor);
    return high - low >= (ends->second - ends->first) / 2;
}

/// Walks the index over what is found; of a wide range of prices, over what lies outside, as counters know
/// the rest.
std::int64_t count(db::Session& session, const Filter& f) {
    Filter rest = f;
    rest.min_price.reset();
    rest.max_price.reset();
    if (!is_plain(rest) || !is_wide(session, f)) return count_one_by_one(session, f);
    Question q;
    q.sql =
        "SELECT COALESCE(CAST(SUM(listed_products) AS BIGINT), 0) FROM categories WHERE listed_products > 0";
    if (!f.categories.empty()) add_categories(f.categories, "slug", q);
    std::int64_t inside = number(session, q);
    if (f.min_price) inside -= count_between(session, f, std::nullopt, Money{f.min_price->minor - 1});
    if (f.max_price) inside -= count_between(session, f, Money{f.max_price->minor + 1}, std::nullopt);
    return std::max<std::int64_t>(inside, 0);  // another process may have been between the statements
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
        Question q = ask(session, f, match, tier == from.tier ? from.doc : no_doc, needs_whole(f));
        q.binds.emplace_back(missing);
        const std::string sql = "SELECT p.doc" + q.sql +
                                std::string(search_order(session.dialect(), needs_whole(f))) +
                                " LIMIT :limit";
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
    return at(session, hits, product_kinds, sql, read_product);
}

std::vector<Named> names_at(db::Session& session, const std::vector<Hit>& hits) {
    return at(session, hits, "ttti",
              "SELECT id, slug, name, doc FROM products WHERE deleted_at IS NULL AND doc IN ({})",
              [](const db::Row& row) {
                  return Named{row.id<ProductId>(0), row.text(1), row.text(2), row.integer(3)};
              });
}

bool finds_any(db::Session& session, const Filter& f) {
    if (hopeless(f)) return false;
    Question q = ask_all(session, f, needs_whole(f));
    q.sql.insert(0, "SELECT p.doc");
    // Without an order PostgreSQL walks the table until it meets one, which may be never; SQLite begins where
    // the index does.
    if (f.search && session.dialect() == db::Dialect::postgresql)
        q.sql += search_order(session.dialect(), needs_whole(f));
    q.sql += " LIMIT 1";
    const auto one = [](const db::Row& row) { return row.integer(0); };
    return !session.query_with("i", q.sql, q.binds, one).empty();
}

Facets facets(db::Session& session, const Filter& f, int bound) {
    if (hopeless(f)) return {};
    if (is_plain(f)) return plain_facets(session, f);
    Facets facets = found_facets(session, f, bound);
    facets.complete = facets.total <= bound;
    if (!facets.complete) facets.total = f.search ? bound : count(session, f);
    return facets;
}

}  // namespace cloudretail::product::store
