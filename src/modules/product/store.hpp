// The catalogue's SQL: plain synchronous functions on a session or transaction of product's database. No
// rules, no permissions. The same statements serve SQLite and PostgreSQL.
#pragma once

#include <db/database.hpp>
#include <span>

#include "rules.hpp"

namespace cloudretail::product::store {

/// Their categories exist (categories_store.hpp). With the search index and the categories' counts, as the
/// next two; a statement for each table, however many there are. Gives them their numbers. Errors: sku_taken,
/// of any of them. Throws Unavailable where another process took a slug a moment ago.
Result<> insert(db::Tx& tx, std::span<Product> products);
/// Writes all but vendor, slug, availability and creation. Errors: sku_taken, of any of them.
Result<> update(db::Tx& tx, std::span<Product> products);
/// Keeps the row: past orders have their own copy, and its slug stays taken.
void mark_deleted(db::Tx& tx, ProductId id);
/// As inventory's event at `position` says, unless a newer one has said otherwise. False where there is no
/// such product or nothing changes.
bool set_availability(db::Tx& tx, ProductId id, Availability availability, std::int64_t position);

std::optional<Product> find(db::Session& session, ProductId id);
std::optional<ProductId> find_by_slug(db::Session& session, std::string_view slug);
std::vector<Snapshot> snapshots(db::Session& session, std::span<const ProductId> ids);
/// Those of them that products have or had.
std::vector<std::string> slugs_taken(db::Session& session, std::span<const std::string> slugs);
/// By another product of this vendor?
bool sku_taken(db::Session& session, UserId vendor, std::string_view sku, ProductId but);

/// Ids of rows that contradict the rules, at most `limit`, each with what is wrong.
struct Fault {
    std::string rule, id;
};
std::vector<Fault> faults(db::Session& session, int limit);
/// Counts again what categories hold; answers how many were wrong.
std::int64_t mend_counts(db::Tx& tx);

}  // namespace cloudretail::product::store
