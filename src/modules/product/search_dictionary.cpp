// See search_dictionary.hpp. A look-up walks all terms: length and letters rule nearly all of them out in a
// nanosecond or two each, so that 200 000 take well below a millisecond, whatever letter is wrong.
#include "search_dictionary.hpp"

#include <algorithm>
#include <base/utf8.hpp>
#include <bit>
#include <mutex>
#include <tuple>

#include "text.hpp"

namespace cloudretail::product {

namespace {

constexpr std::size_t two_edits_from = 8;  // letters
constexpr std::size_t most_letters = 40;   // longer words are no words

std::u32string decoded(std::string_view text) {
    std::u32string out;
    while (!text.empty()) {
        const std::size_t n = std::max<std::size_t>(utf8_sequence(text), 1);
        char32_t c = 0;
        for (std::size_t i = 0; i < n; ++i) c = (c << 8U) | static_cast<unsigned char>(text[i]);
        out += c;  // not the code point, but different for different ones
        text.remove_prefix(n);
    }
    return out;
}

std::uint64_t letter_set(std::u32string_view word) {
    std::uint64_t set = 0;
    for (const char32_t c : word) {
        const unsigned bit = c >= 'a' && c <= 'z'   ? c - 'a'
                             : c >= '0' && c <= '9' ? 26 + c - '0'
                                                    : 36 + c % 28;
        set |= std::uint64_t{1} << bit;
    }
    return set;
}

std::uint64_t hash_of(std::string_view term) { return std::hash<std::string_view>{}(term); }

}  // namespace

int edits_between(std::u32string_view a, std::u32string_view b, int limit) {
    constexpr std::size_t width = most_letters + 1;
    if (a.size() >= width || b.size() >= width) return limit + 1;
    int rows[3][width];
    int* before = rows[0];
    int* last = rows[1];
    int* now = rows[2];
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<int>(j);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = static_cast<int>(i);
        int least = now[0];
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const int replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            now[j] = std::min({replaced, last[j] + 1, now[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                now[j] = std::min(now[j], before[j - 2] + 1);
            }
            least = std::min(least, now[j]);
        }
        // A swap looks two rows back, so that two rows must be beyond the limit.
        if (least > limit && i > 1 && *std::min_element(last, last + b.size() + 1) > limit) return limit + 1;
        int* const oldest = before;
        before = last;
        last = now;
        now = oldest;
    }
    return std::min(last[b.size()], limit + 1);
}

int edits_allowed(std::size_t letters) {
    if (letters < 2) return 0;
    return letters >= two_edits_from ? 2 : 1;
}

void Dictionary::add(const std::vector<Term>& terms) {
    const std::unique_lock lock(mutex_);
    for (const Term& term : terms) {
        const std::uint64_t hash = hash_of(term.text);
        if (const auto known = index_.find(hash); known != index_.end()) {
            if (term.in_name) in_name_[known->second] = true;
            continue;
        }
        const std::u32string word = decoded(term.text);
        if (lengths_.size() == limit_ || word.size() > most_letters) continue;
        index_.emplace(hash, static_cast<std::uint32_t>(lengths_.size()));
        text_ += term.text;
        ends_.push_back(static_cast<std::uint32_t>(text_.size()));
        letters_.push_back(letter_set(word));
        lengths_.push_back(static_cast<std::uint8_t>(word.size()));
        in_name_.push_back(term.in_name);
    }
}

std::string_view Dictionary::term(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(text_).substr(begin, ends_[i] - begin);
}

std::vector<std::size_t> Dictionary::near(std::string_view word, int limit) const {
    const std::u32string wanted = decoded(word);
    const std::uint64_t set = letter_set(wanted);
    const int length = static_cast<int>(wanted.size());
    std::vector<std::size_t> found;
    int best = limit;
    for (std::size_t i = 0; i < lengths_.size(); ++i) {
        const int difference = lengths_[i] - length;
        if (difference > best || -difference > best) continue;
        if (std::popcount(letters_[i] & ~set) > best || std::popcount(set & ~letters_[i]) > best) continue;
        const std::u32string other = decoded(term(i));
        const int edits = edits_between(wanted, other, best);
        if (edits == 0 || edits > best) continue;
        if (edits < best) found.clear();
        best = edits;
        found.push_back(i);
    }
    return found;
}

std::vector<std::string> Dictionary::nearest(std::string_view word, std::size_t most) const {
    const int limit = edits_allowed(letters(word));
    if (limit == 0) return {};
    const std::shared_lock lock(mutex_);
    using Rank = std::tuple<bool, bool, std::ptrdiff_t, std::string_view>;
    std::vector<Rank> ranked;
    for (const std::size_t i : near(word, limit)) {
        const std::string_view other = term(i);
        const auto same = std::mismatch(word.begin(), word.end(), other.begin(), other.end()).first;
        const std::ptrdiff_t common = same - word.begin();
        ranked.emplace_back(!in_name_[i], common == 0, -common, other);
    }
    std::sort(ranked.begin(), ranked.end());
    ranked.resize(std::min(ranked.size(), most));
    std::vector<std::string> out;
    for (const Rank& rank : ranked) out.emplace_back(std::get<std::string_view>(rank));
    return out;
}

std::size_t Dictionary::size() const {
    const std::shared_lock lock(mutex_);
    return lengths_.size();
}

std::size_t Dictionary::bytes() const {
    constexpr std::size_t index_node = 40;
    const std::shared_lock lock(mutex_);
    return text_.capacity() + lengths_.capacity() * (sizeof(ends_[0]) + sizeof(letters_[0]) + 1) +
           index_.size() * index_node;
}

}  // namespace cloudretail::product
