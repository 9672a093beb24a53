// What to suggest while somebody types a search; see search.hpp.
#include <algorithm>
#include <map>
#include <set>

#include "categories_store.hpp"
#include "search.hpp"
#include "text.hpp"

namespace cloudretail::product {

namespace {

constexpr int looked_at = 100;  // products whose names tell how a word goes on
constexpr std::size_t most_suggestions = 10, most_completions = 3, most_categories = 2;

/// The words of the best names that go on from the last word typed, the most frequent first.
std::vector<std::string> completions(const Query& query, const std::vector<store::Named>& products) {
    const std::string& typed = query.groups.back().terms.front();
    std::map<std::string, int> counts;
    for (const store::Named& product : products) {
        for (std::string& word : words(product.name)) {
            if (word.size() > typed.size() && word.starts_with(typed)) ++counts[std::move(word)];
        }
    }
    std::vector<std::pair<int, std::string>> ranked;
    for (const auto& [word, count] : counts) ranked.emplace_back(-count, word);
    std::sort(ranked.begin(), ranked.end());
    ranked.resize(std::min(ranked.size(), most_completions));
    std::string beginning = plain_text(query);
    beginning.resize(beginning.size() - typed.size());
    std::vector<std::string> out;
    for (const auto& [count, word] : ranked) out.push_back(beginning + word);
    return out;
}

bool is_meant(const Category& category, const Query& query) {
    auto named = words(category.name);
    for (std::string& word : words(category.slug)) named.push_back(std::move(word));
    return std::all_of(query.groups.begin(), query.groups.end(), [&named](const Group& group) {
        return std::any_of(named.begin(), named.end(), [&group](const std::string& word) {
            return std::any_of(group.terms.begin(), group.terms.end(), [&](const std::string& term) {
                return group.prefix ? word.starts_with(term) : word == term;
            });
        });
    });
}

void suggest_categories(db::Session& session, const Query& query, Suggestions& out) {
    auto categories = store::categories(session);
    std::erase_if(categories, [&query](const Category& category) {
        return category.listed_products == 0 || !is_meant(category, query);
    });
    std::sort(categories.begin(), categories.end(), [](const Category& a, const Category& b) {
        return std::tie(b.listed_products, a.slug) < std::tie(a.listed_products, b.slug);
    });
    categories.resize(std::min(categories.size(), most_categories));
    for (const Category& category : categories) {
        out.items.push_back({"category", category.name, category.slug, std::nullopt});
    }
}

}  // namespace

Suggestions Search::suggest(db::Session& session, std::string_view text) {
    Suggestions out;
    Filter filter;
    filter.search = query_of(text);
    if (filter.search->groups.empty()) return out;
    const auto look = [&] {
        return store::names_at(session,
                               store::hits(session, filter, {std::nullopt, 0, looked_at}, name_tiers));
    };
    auto products = look();
    if (products.empty()) {
        if (auto meant = correct(session, filter)) {
            out.did_you_mean = plain_text(*meant);
            filter.search = std::move(*meant);
            products = look();
        }
    }
    if (out.did_you_mean.empty()) {
        for (std::string& line : completions(*filter.search, products)) {
            out.items.push_back({"search", std::move(line), std::nullopt, std::nullopt});
        }
    }
    suggest_categories(session, *filter.search, out);
    std::set<std::string> names;
    for (const store::Named& product : products) {
        if (out.items.size() == most_suggestions) break;
        if (!names.insert(fold(product.name)).second) continue;
        out.items.push_back({"product", product.name, product.slug, product.id.to_string()});
    }
    return out;
}

}  // namespace cloudretail::product
