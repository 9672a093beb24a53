// The words that products on sale use, in memory, to find what a mistyped word was meant as. Bounded; what
// does not fit is left out. Fed from the table search_terms; asks no database itself. Thread-safe.
#pragma once

#include <cstdint>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cloudretail::product {

struct Term {
    std::string text;
    bool in_name = false;  // or in category, attributes, SKU: not in descriptions only
};

/// Letters to insert, leave out, replace, or swap with a neighbour; more than `limit` is answered as limit
/// + 1. (Optimal string alignment: no letter is edited twice.)
int edits_between(std::u32string_view a, std::u32string_view b, int limit);

/// How many edits a word of so many letters may be away from what was meant.
int edits_allowed(std::size_t letters);

class Dictionary {
  public:
    /// At most so many terms are kept.
    explicit Dictionary(std::size_t limit) : limit_(limit) {}

    void add(const std::vector<Term>& terms);
    /// The nearest other words, all at the same distance, likeliest first: found in names, same first letter,
    /// longest common beginning. At most `most`; none where nothing is near enough.
    [[nodiscard]] std::vector<std::string> nearest(std::string_view word, std::size_t most) const;

    [[nodiscard]] std::size_t limit() const { return limit_; }
    [[nodiscard]] std::size_t size() const;
    /// About what it takes in memory.
    [[nodiscard]] std::size_t bytes() const;

  private:
    [[nodiscard]] std::string_view term(std::size_t i) const;
    [[nodiscard]] std::vector<std::size_t> near(std::string_view word, int limit) const;

    std::size_t limit_;
    mutable std::shared_mutex mutex_;
    // A column each: looking for a word reads letters_ and lengths_ alone, for nearly all terms.
    std::string text_;
    std::vector<std::uint32_t> ends_;
    std::vector<std::uint64_t> letters_;  // which letters a term has, folded into 64 bits
    std::vector<std::uint8_t> lengths_;
    std::vector<bool> in_name_;
    std::unordered_map<std::uint64_t, std::uint32_t> index_;  // by hash of the term
};

}  // namespace cloudretail::product
