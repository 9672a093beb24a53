// What a search asks, and how that is said to the index: in FTS5's language on SQLite, as a tsquery on
// PostgreSQL. Both mean the same. Pure functions; asking is search_store.hpp's business.
#pragma once

#include <db/session.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::product {

/// One word of a search and what may stand for it: itself, or words it may have been meant as (best first).
struct Group {
    std::vector<std::string> terms;
    bool prefix = false;  // words that begin so count too
};

/// Every group must be found. Without groups, as of "!?", nothing is.
struct Query {
    std::vector<Group> groups;
};

constexpr std::size_t max_query_words = 10;  // the rest of a search is left out
constexpr std::size_t prefix_letters = 3;    // shorter words are found whole only

Query query_of(std::string_view text);
/// The same query always has the same text; query_from_text reads it back, and anything else as some query.
std::string to_text(const Query& query);
Query query_from_text(std::string_view text);
/// The first term of each group: how the search was understood.
std::string plain_text(const Query& query);

/// Products fall into classes, best first, and inside each the newest comes first:
///   0 the name is made of these words   1 all are in a name with at most two more   2 all are in the name
///   3 the name holds words that begin so   4 name, category, attributes and SKU hold them together
///   5 all are somewhere, one at least not in the description only   6 all are somewhere
constexpr int tiers = 7;
constexpr int name_tiers = 4;  // 0 to 3: the name alone decides

/// For each class, what finds its products and no better ones; empty where none can be in it.
std::vector<std::string> tier_matches(const Query& query, db::Dialect dialect);
/// What finds all of them.
std::string whole_match(const Query& query, db::Dialect dialect);

/// Where a word stands: FTS5 has a column for each, PostgreSQL a word that begins with a mark (what a weight
/// says is not in its index, and would have to be looked up for each hit).
enum class Where { name, name_or_tags, anywhere };
std::string_view where_mark(Where where);

/// Marks a name of so many words in the index.
std::string length_mark(std::size_t words);

}  // namespace cloudretail::product
