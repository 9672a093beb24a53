// What a product is and what may be done with it: pure functions, no I/O, no clock. Storing is store.hpp's
// business.
#pragma once

#include <base/caller.hpp>
#include <base/money.hpp>
#include <optional>
#include <product/api.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "search_query.hpp"

namespace cloudretail::product {

enum class Availability { in_stock, low_stock, out_of_stock };

std::string_view to_text(Status status);
std::optional<Status> status_from_text(std::string_view text);
std::string_view to_text(Availability availability);
std::optional<Availability> availability_from_text(std::string_view text);

/// A product as it is kept; never a deleted one.
struct Product {
    ProductId id{};
    UserId vendor_id{};
    std::string slug, name, description;
    Money price;
    std::string category;            // a slug
    std::optional<std::string> sku;  // unique among its vendor's products
    std::string attributes = "{}";   // a JSON object of texts, numbers and booleans
    Status status = Status::active;
    Availability availability = Availability::out_of_stock;  // until inventory says otherwise
    std::string images = "[]";  // what is shown of its pictures, as JSON (images.hpp)
    std::int64_t version = 1;   // counts the vendor's changes, for If-Match
    Timestamp created_at{}, updated_at{};
    std::int64_t doc = 0;  // its number in the search index, given when it is stored
};

/// What a request wants changed; absent = as it is. A new product and a PUT name all of them.
struct Change {
    std::optional<std::string> name, description;
    std::optional<Money> price;
    std::optional<std::string> category;            // any text, becomes a slug
    std::optional<std::optional<std::string>> sku;  // nullopt inside = none
    std::optional<std::string> attributes;
    std::optional<Status> status;
};

/// What is wrong with texts that the schema let through; empty = fine.
std::vector<FieldError> problems_of(const Change& change);
/// Applies a change that has no problems.
void apply(const Change& change, Product& product);

/// What other modules need to know of it.
Snapshot snapshot_of(const Product& product);

/// Drafts are seen by their vendor and admins alone.
bool may_see(const Caller& caller, UserId vendor, Status status);
bool may_write(const Caller& caller, UserId vendor);
inline constexpr const char* not_yours_detail =
    "Only its vendor or an administrator may change this product.";
/// Is it in the public's lists?
bool is_listed(const Product& product);

/// Slugs for a new product in the order to try them: readable, with eight characters of the id, with the
/// whole id.
std::vector<std::string> slug_candidates(std::string_view name, ProductId id);

/// Strong ETag of a product's representation: its version and its availability, which changes without a
/// version.
std::string etag_of(std::int64_t version, Availability availability);
/// The ETags a version can have. An If-Match that names one of them is not stale: stock moving is no edit.
std::vector<std::string> etags_of(std::int64_t version);

/// Relevance without a search is newest.
enum class Sort { newest, price_up, price_down, name, relevance };
std::string_view to_text(Sort sort);
std::optional<Sort> sort_from_text(std::string_view text);

/// What a list is asked for, with texts already folded and slugs made.
struct Filter {
    std::optional<Query> search;          // none = all
    std::string category;                 // slug; empty = all
    std::vector<std::string> categories;  // it and all below it, once the tree was asked
    std::optional<Money> min_price, max_price;
    std::optional<UserId> vendor;
    std::optional<bool> in_stock;
    bool listed_only = true;       // what the public sees
    std::optional<Status> status;  // where not listed_only; none = every status
};

/// The filter as text, the same for the same question: part of cache keys.
std::string normalized(const Filter& filter);

/// Does it ask for nothing but a category? Then counters know the answer.
bool is_plain(const Filter& filter);

/// A product's place in the order of relevance.
struct Place {
    int tier = 0;  // search_query.hpp
    std::int64_t doc = 0;
};

/// Where a list goes on: the sort's value and the id of the last item.
struct Keyset {
    std::string value;  // price in minor units, folded name, place; empty for newest
    ProductId id{};
    std::string query{};  // how the search was understood, where that is not what it says
};
std::string encode(Sort sort, const Keyset& keyset);
/// nullopt where the text is not a position in a list of this sort.
std::optional<Keyset> decode(Sort sort, std::string_view text);
/// `tier` counts for relevance alone.
Keyset keyset_of(Sort sort, const Product& product, int tier = 0);
/// Of a keyset of relevance.
Place place_of(const Keyset& keyset);

}  // namespace cloudretail::product
