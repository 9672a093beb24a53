// SQL of the search index and its terms: what writes them, asks them, compares and rebuilds them. Called
// inside the product's own transaction. How the index is asked differs between SQLite (FTS5) and PostgreSQL
// (tsvector); what it answers does not.
#pragma once

#include <db/database.hpp>

#include "search_dictionary.hpp"
#include "search_document.hpp"

namespace cloudretail::product::store {

/// The number of a new product in the index.
std::int64_t next_doc(db::Tx& tx);

/// Puts the product into the index in place of `before`, the kept words of what the index holds (none:
/// nothing), and answers the words to keep. The words of what is on sale become terms.
std::string index(db::Tx& tx, const Product& product, const std::optional<std::string>& before);
/// Takes it out again.
void unindex(db::Tx& tx, std::int64_t doc, const std::optional<std::string>& before);

/// Indexes at most `limit` products that the index has not seen yet; answers how many.
std::int64_t index_unread(db::Tx& tx, int limit);

/// Terms that were added since a time, those of names first, at most `limit`.
std::vector<Term> terms_since(db::Session& session, Timestamp since, std::size_t limit);

/// Where a statement finds what `match` (search_query.hpp) matches: SQL from the FROM on, up to a condition
/// to which " AND …" can be added. It binds :match first, then :before (a doc; only smaller ones are found).
std::string_view search_source(db::Dialect dialect);
/// Newest first, as the index lies.
std::string_view search_order(db::Dialect dialect);

/// Ids of products whose words are not those of the product, or that the index does not hold; at most
/// `limit`.
std::vector<std::string> index_faults(db::Session& session, std::size_t limit);
/// Where anything is wrong, makes the index and the terms anew; answers how many products it had wrong, at
/// least.
std::int64_t rebuild_index(db::Tx& tx);

}  // namespace cloudretail::product::store
