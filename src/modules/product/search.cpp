// See search.hpp.
#include "search.hpp"

#include <algorithm>

#include "categories_store.hpp"
#include "search_store.hpp"
#include "text.hpp"

namespace cloudretail::product {

namespace {

constexpr std::size_t neighbours = 32;             // that may stand for one word
constexpr std::size_t most_query_bytes = 600;      // it travels in cursors
constexpr std::int64_t longest_write_ms = 60'000;  // terms are seen that much later than they say, at most

struct Page {
    std::vector<Product> products;
    std::string next_keyset;
};

Page read_page(db::Session& session, const Filter& filter, Sort sort, store::Range range,
               const std::string& query) {
    Page page;
    const auto limit = static_cast<std::size_t>(range.limit);
    ++range.limit;  // one more than asked for tells whether there is more
    if (!filter.search) {
        if (sort == Sort::relevance) sort = Sort::newest;
    } else if (sort == Sort::relevance) {
        auto hits = store::hits(session, filter, range);
        const bool more = hits.size() > limit;
        if (more) hits.resize(limit);
        page.products = store::products_at(session, hits);
        if (!more) return page;
        const store::Hit& last = hits.back();
        Product place;  // of the last hit, even where the product went meanwhile
        place.doc = last.place.doc;
        Keyset keyset = keyset_of(sort, place, last.place.tier);
        keyset.query = query;
        page.next_keyset = encode(sort, keyset);
        return page;
    }
    page.products = store::list(session, filter, sort, range);
    if (page.products.size() <= limit) return page;
    page.products.pop_back();
    Keyset keyset = keyset_of(sort, page.products.back());
    keyset.query = query;
    page.next_keyset = encode(sort, keyset);
    return page;
}

/// What the caller may see at all, without what they narrowed it to.
Filter unfiltered(const Filter& filter) {
    Filter base;
    base.listed_only = filter.listed_only;
    if (!filter.listed_only) base.vendor = filter.vendor;
    base.search = filter.search;
    return base;
}

/// In each group the term that the best product has comes first.
void put_likeliest_first(db::Session& session, const Filter& base, Query& query) {
    Filter filter = base;
    filter.search = query;
    const auto best = store::products_at(session, store::hits(session, filter, {std::nullopt, 0, 1}));
    if (best.empty()) return;
    const Document document = document_of(best.front(), {});
    for (Group& group : query.groups) {
        for (const auto* part : {&document.body, &document.tags, &document.name}) {
            const auto in_part = [part](const std::string& term) {
                return std::find(part->begin(), part->end(), term) != part->end();
            };
            const auto found = std::find_if(group.terms.begin(), group.terms.end(), in_part);
            if (found != group.terms.end()) std::rotate(group.terms.begin(), found, found + 1);
        }
    }
}

void shorten(Query& query) {
    for (std::size_t most = neighbours; most > 1 && to_text(query).size() > most_query_bytes; --most) {
        for (Group& group : query.groups) group.terms.resize(std::min(group.terms.size(), most));
    }
}

}  // namespace

void Search::refresh(db::Session& session) {
    const std::lock_guard lock(refreshing_);
    const Timestamp now = clock_.now();
    dictionary_.add(store::terms_since(session, refreshed_at_.plus_ms(-longest_write_ms), limits_.terms));
    refreshed_at_ = now;
}

std::optional<Query> Search::with_neighbours(const Query& query, const std::vector<bool>& known,
                                             bool all) const {
    Query out;
    bool changed = false;
    for (std::size_t i = 0; i < query.groups.size(); ++i) {
        Group group = query.groups[i];
        if (!known[i] || all) {
            auto near = dictionary_.nearest(group.terms.front(), neighbours);
            if (near.empty() && !known[i]) return std::nullopt;
            if (!near.empty()) {
                changed = true;
                group.prefix = false;
                if (!known[i]) group.terms.clear();
                group.terms.insert(group.terms.end(), near.begin(), near.end());
            }
        }
        out.groups.push_back(std::move(group));
    }
    if (!changed) return std::nullopt;
    return out;
}

std::optional<Query> Search::correct(db::Session& session, const Filter& filter) {
    Filter base = unfiltered(filter);
    const Query asked = *filter.search;
    if (store::finds_any(session, base)) return std::nullopt;
    refresh(session);
    std::vector<bool> known;
    for (const Group& group : asked.groups) {
        base.search = Query{{group}};
        known.push_back(store::finds_any(session, base));
    }
    // First only words that are in no product; then, since even those that are may be meant otherwise, all.
    for (const bool all : {false, true}) {
        auto meant = with_neighbours(asked, known, all);
        if (!meant) continue;
        base.search = *meant;
        if (!store::finds_any(session, base)) continue;
        put_likeliest_first(session, base, *meant);
        shorten(*meant);
        return meant;
    }
    return std::nullopt;
}

Found Search::list(db::Session& session, Filter filter, Sort sort, store::Range range, bool with_facets) {
    Found found;
    std::string understood;
    if (!filter.category.empty()) filter.categories = store::with_descendants(session, filter.category);
    const auto take = [&](Query query) {
        understood = to_text(query);
        found.did_you_mean = plain_text(query);
        filter.search = std::move(query);
    };
    if (filter.search && range.after && !range.after->query.empty()) {
        take(query_from_text(range.after->query));
    }
    Page page = read_page(session, filter, sort, range, understood);
    if (page.products.empty() && !range.after && filter.search && !filter.search->groups.empty()) {
        if (auto meant = correct(session, filter)) {
            take(std::move(*meant));
            page = read_page(session, filter, sort, range, understood);
        }
    }
    found.products = std::move(page.products);
    found.next_keyset = std::move(page.next_keyset);
    if (with_facets) found.facets = store::facets(session, filter, limits_.counted);
    return found;
}

}  // namespace cloudretail::product
