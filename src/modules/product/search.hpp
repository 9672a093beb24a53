// Reading lists with searches: words, corrections of mistyped ones, order, counts; and what to suggest while
// somebody types. Runs on product's readers; no permissions, no HTTP, no SQL of its own. Thread-safe.
#pragma once

#include <mutex>

#include "list_store.hpp"
#include "search_dictionary.hpp"

namespace cloudretail::product {

struct SearchLimits {
    std::size_t terms = 200'000;  // kept in memory for corrections
    int counted = 1'000;          // products of a search that are counted for total and facets
};

/// What was read of a list.
struct Found {
    std::vector<Product> products;
    std::string next_keyset;  // empty: the end
    /// Other words than those asked for were searched, because those find nothing; empty otherwise.
    std::string did_you_mean;
    std::optional<store::Facets> facets;  // where they were asked for
};

/// A line under a search box.
struct Suggestion {
    std::string type;  // "search", "category", "product"
    std::string text;
    std::optional<std::string> slug, id;
};
struct Suggestions {
    std::vector<Suggestion> items;
    std::string did_you_mean;
};

class Search {
  public:
    /// The clock outlives the search.
    Search(SearchLimits limits, const Clock& clock)
        : limits_(limits), clock_(clock), dictionary_(limits.terms) {}

    /// Where a search finds nothing at all, its mistyped words are replaced and it is asked again.
    Found list(db::Session& session, Filter filter, Sort sort, store::Range range, bool with_facets);
    /// For the public: what the last word may become, categories, products; at most ten.
    Suggestions suggest(db::Session& session, std::string_view text);

    /// Takes the terms that were added since the last time; called before each correction, and at start.
    void refresh(db::Session& session);
    [[nodiscard]] const Dictionary& dictionary() const { return dictionary_; }

  private:
    /// How the filter's search may have been meant; none where it finds something as it is, or nothing helps.
    std::optional<Query> correct(db::Session& session, const Filter& filter);
    [[nodiscard]] std::optional<Query> with_neighbours(const Query& query, const std::vector<bool>& known,
                                                       bool all) const;

    SearchLimits limits_;
    const Clock& clock_;
    Dictionary dictionary_;
    std::mutex refreshing_;
    Timestamp refreshed_at_{};
};

}  // namespace cloudretail::product
