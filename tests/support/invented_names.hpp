// A made-up catalogue of any size, the same for the same seed: names like "Velino Compact Oak Lantern 214"
// out of invented words, a few of them frequent and many rare, as in a real one. For tests of recall and for
// the benchmark. Header only; no other dependency.
#pragma once

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace cloudretail::test {

class InventedNames {
  public:
    explicit InventedNames(unsigned seed) : random_(seed) {
        std::set<std::string> all;
        while (all.size() < 14'000) all.insert(word());
        std::vector<std::string> words(all.begin(), all.end());
        std::shuffle(words.begin(), words.end(), random_);
        const auto take = [&words](std::size_t n) {
            std::vector<std::string> part(words.end() - static_cast<std::ptrdiff_t>(n), words.end());
            words.resize(words.size() - n);
            return part;
        };
        things_ = take(400);
        kinds_ = take(300);
        stuffs_ = take(100);
        makers_ = take(2'000);
        talk_ = std::move(words);
    }

    struct Item {
        std::string name, description, category;
        long price_minor;
    };
    Item next() {
        const std::size_t thing = skewed(things_.size());
        Item item;
        item.name = capital(some(makers_)) + " " + capital(some(kinds_)) + " " + capital(some(stuffs_)) +
                    " " + capital(things_[thing]) + " " + std::to_string(1 + below(999));
        item.category = "category " + std::to_string(thing % 40);
        for (int i = 0; i < 40; ++i) item.description += (i == 0 ? "" : " ") + some(talk_);
        item.price_minor = 100 + static_cast<long>(below(99'900));
        return item;
    }

    /// `text` with one letter of one of its words (of three letters and more) inserted, left out, replaced,
    /// or swapped with its neighbour.
    std::string mistyped(std::string text) {
        std::vector<std::pair<std::size_t, std::size_t>> words;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find(' ', at), text.size());
            if (end - at >= 3) words.emplace_back(at, end - at);
            at = end + 1;
        }
        const auto [begin, length] = words[below(words.size())];
        const std::size_t at = begin + below(length);
        const char letter = static_cast<char>('a' + below(26));
        switch (below(4)) {
            case 0:
                text.insert(at, 1, letter);
                break;
            case 1:
                text.erase(at, 1);
                break;
            case 2:
                text[at] = letter;
                break;
            default:
                if (at + 1 < begin + length) std::swap(text[at], text[at + 1]);
        }
        return text;
    }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

  private:
    std::string word() {
        static constexpr const char* starts[] = {"b",  "c",  "d",  "f",  "g",  "h",  "j",  "k", "l",  "m",
                                                 "n",  "p",  "r",  "s",  "t",  "v",  "w",  "z", "br", "cl",
                                                 "dr", "fl", "gr", "pl", "st", "tr", "sh", "ch"};
        static constexpr const char* middles[] = {"a", "e", "i", "o", "u", "ai", "ea", "ou", "ie"};
        static constexpr const char* ends[] = {"", "", "n", "r", "l", "s", "t", "m", "nd", "rt"};
        std::string out;
        const std::size_t syllables = 2 + below(3);
        for (std::size_t i = 0; i < syllables; ++i) out += starts[below(28)] + std::string(middles[below(9)]);
        return out + ends[below(10)];
    }
    /// Small numbers come up much more often.
    std::size_t skewed(std::size_t n) {
        const double x = static_cast<double>(random_() % 1'000'000) / 1'000'000.0;
        return static_cast<std::size_t>(static_cast<double>(n) * x * x);
    }
    const std::string& some(const std::vector<std::string>& from) { return from[skewed(from.size())]; }
    static std::string capital(std::string word) {
        word[0] = static_cast<char>(word[0] - 'a' + 'A');
        return word;
    }

    std::mt19937 random_;
    std::vector<std::string> things_, kinds_, stuffs_, makers_, talk_;
};

}  // namespace cloudretail::test
