// The catalogue's SQL: plain synchronous functions on a session or transaction of product's database. No
// rules, no permissions. The same statements serve SQLite and PostgreSQL.
#pragma once

#include <db/database.hpp>
#include <span>

#include "rules.hpp"

namespace cloudretail::product::store {

/// A category in use and how many products the public finds in it.
struct Category {
    std::string slug, name;
    std::int64_t count;
};

/// Errors: sku_taken. Throws Unavailable where another process took the slug a moment ago.
Result<> insert(db::Tx& tx, const Product& product);
/// Writes all but vendor, slug, availability and creation. Errors: sku_taken.
Result<> update(db::Tx& tx, const Product& product);
/// Keeps the row: past orders have their own copy, and its slug stays taken.
void mark_deleted(db::Tx& tx, ProductId id);
/// As inventory's event at `position` says, unless a newer one has said otherwise. False where there is no
/// such product or nothing changes.
bool set_availability(db::Tx& tx, ProductId id, Availability availability, std::int64_t position);
/// Makes the category unless it exists.
void ensure_category(db::Tx& tx, std::string_view slug, std::string_view name);

std::optional<Product> find(db::Session& session, ProductId id);
std::vector<Snapshot> snapshots(db::Session& session, std::span<const ProductId> ids);
bool slug_taken(db::Session& session, std::string_view slug);
/// By another product of this vendor?
bool sku_taken(db::Session& session, UserId vendor, std::string_view sku, ProductId but);

/// At most `limit` products in the order of `sort`: after `after`, or past the first `offset`.
std::vector<Product> list(db::Session& session, const Filter& filter, Sort sort,
                          const std::optional<Keyset>& after, std::int64_t offset, int limit);
std::int64_t count(db::Session& session, const Filter& filter);
/// Most products first.
std::vector<Category> categories(db::Session& session);

/// Ids of rows that contradict the rules, at most `limit`, each with what is wrong.
struct Fault {
    std::string rule, id;
};
std::vector<Fault> faults(db::Session& session, int limit);

}  // namespace cloudretail::product::store
