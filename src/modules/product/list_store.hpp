// SQL of the catalogue's lists: filtered, searched, in every order, with counts. Reads only.
#pragma once

#include <array>
#include <db/session.hpp>
#include <limits>

#include "rules.hpp"

namespace cloudretail::product::store {

/// Which part of a list: after a keyset, or past the first `offset`.
struct Range {
    std::optional<Keyset> after;
    std::int64_t offset = 0;
    int limit = 20;
};

/// At most `limit` products in the order of `sort`, which is not relevance where the filter searches.
std::vector<Product> list(db::Session& session, const Filter& filter, Sort sort, const Range& range);

/// A product found by a search, by its number.
struct Hit {
    Place place;
};
/// At most `limit` places by relevance, best first, out of the first `classes` classes.
std::vector<Hit> hits(db::Session& session, const Filter& filter, const Range& range, int classes = tiers);
/// The products with these numbers, in their order; one that is gone is left out.
std::vector<Product> products_at(db::Session& session, const std::vector<Hit>& hits);
/// As much of a product as a suggestion shows.
struct Named {
    ProductId id{};
    std::string slug, name;
    std::int64_t doc = 0;
};
/// As products_at.
std::vector<Named> names_at(db::Session& session, const std::vector<Hit>& hits);
/// Does the filter find anything?
bool finds_any(db::Session& session, const Filter& filter);

/// What a list holds, by category, largest first.
struct Shelf {
    std::string slug, name;
    std::int64_t count = 0;
};
struct VendorCount {
    std::string id;
    std::int64_t count = 0;
};
struct Facets {
    std::int64_t total = 0;  // of a search that is not complete: how many were counted
    bool complete = true;    // all were counted
    std::vector<Shelf> categories;
    std::optional<Money> min_price, max_price;
    bool others_counted = false;  // the next two; where counters answered the rest they are not
    std::vector<VendorCount> vendors;
    std::array<std::int64_t, 3> availability{};  // by Availability
};
/// Looks at `bound` products at most, except where counters are kept.
Facets facets(db::Session& session, const Filter& filter, int bound);

}  // namespace cloudretail::product::store
