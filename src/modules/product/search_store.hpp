// SQL of the search index and its terms: what writes them, asks them, compares and rebuilds them. Called
// inside the product's own transaction. How the index is asked differs between SQLite (FTS5) and PostgreSQL
// (tsvector); what it answers does not.
#pragma once

#include <db/database.hpp>
#include <span>

#include "categories_store.hpp"
#include "search_dictionary.hpp"
#include "search_document.hpp"

namespace cloudretail::product::store {

/// The numbers of new products in the index, ascending.
std::vector<std::int64_t> next_docs(db::Tx& tx, std::size_t count);

/// A product and the kept words of what the index holds of it (none: nothing).
struct Indexed {
    const Product* product;
    std::optional<std::string> before{};
    std::string words{};  // to keep; filled by index()
};
/// Puts the products into the index in place of what it holds. The words of what is on sale become terms.
void index(db::Tx& tx, std::span<Indexed> entries);
/// What the index keeps of a product's availability, where it keeps any.
void note_availability(db::Tx& tx, std::int64_t doc, std::string_view availability);
/// Takes it out again.
void unindex(db::Tx& tx, std::int64_t doc, const std::optional<std::string>& before);

/// Indexes at most `limit` products that the index has not seen yet; answers how many.
std::int64_t index_unread(db::Tx& tx, int limit);

/// Reads the next products of a category whose index is older than its name: those behind `after`, at most
/// `limit`. Answers the last one looked at; none: there are no more.
std::optional<ProductId> reread(db::Tx& tx, const CategoryName& category, std::optional<ProductId> after,
                                int limit);

/// Terms that were added since a time, those of names first, at most `limit`.
std::vector<Term> terms_since(db::Session& session, Timestamp since, std::size_t limit);

/// Terms behind `after` in their order, at most `limit`, that were added before a time.
std::vector<std::string> terms_after(db::Session& session, std::string_view after, Timestamp before,
                                     std::int64_t limit);
void forget_term(db::Tx& tx, std::string_view term);

/// Where a statement finds what `match` (search_query.hpp) matches: SQL from the FROM on, up to a condition
/// to which " AND …" can be added. It binds :match first, then :before (a doc; only smaller ones are found).
/// `whole`: all of a product's columns are at hand, else doc and what the public filters by, which is
/// quicker.
std::string_view search_source(db::Dialect dialect, bool whole);
/// Newest first, as the index lies.
std::string_view search_order(db::Dialect dialect, bool whole);

/// Ids of products whose words are not those of the product, or that the index does not hold; at most
/// `limit`.
std::vector<std::string> index_faults(db::Session& session, std::size_t limit);
/// Where anything is wrong, makes the index and the terms anew; answers how many products it had wrong, at
/// least.
std::int64_t rebuild_index(db::Tx& tx);

}  // namespace cloudretail::product::store
