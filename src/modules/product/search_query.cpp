// See search_query.hpp. Terms hold letters and digits only (text.hpp, words), so quoting them is enough.
#include "search_query.hpp"

#include <algorithm>

#include "text.hpp"

namespace cloudretail::product {

namespace {

constexpr std::size_t max_terms = 48;  // of one group
constexpr std::size_t spare_words = 2;

/// Says the parts of a match in one database's language.
class Speech {
  public:
    explicit Speech(db::Dialect dialect) : fts5_(dialect == db::Dialect::sqlite) {}

    [[nodiscard]] std::string group(const Group& g, bool prefixes, Where where) const {
        std::string out;
        for (const std::string& term : g.terms) {
            join(out, either(), word(term, false, where));
            if (prefixes && g.prefix) join(out, either(), word(term, true, where));
        }
        return scoped("(" + out + ")", where);
    }
    [[nodiscard]] std::string all(const Query& q, bool prefixes, Where where) const {
        std::string out;
        for (const Group& g : q.groups) join(out, both(), group(g, prefixes, where));
        return "(" + out + ")";
    }
    [[nodiscard]] std::string any(const Query& q, Where where) const {
        std::string out;
        for (const Group& g : q.groups) join(out, either(), group(g, true, where));
        return "(" + out + ")";
    }
    /// A name of `from` to `to` words.
    [[nodiscard]] std::string length(std::size_t from, std::size_t to) const {
        Group marks;
        for (std::size_t n = from; n <= to; ++n) marks.terms.push_back(length_mark(n));
        return group(marks, false, Where::name);
    }
    [[nodiscard]] std::string both(const std::string& a, const std::string& b) const {
        return "(" + a + std::string(both()) + b + ")";
    }
    [[nodiscard]] std::string but_not(const std::string& a, const std::string& b) const {
        return a + (fts5_ ? " NOT " : " & !") + b;
    }

  private:
    [[nodiscard]] std::string word(const std::string& term, bool prefix, Where where) const {
        if (fts5_) return "\"" + term + "\"" + (prefix ? " *" : "");
        return "'" + std::string(where_mark(where)) + term + (prefix ? "':*" : "'");
    }
    [[nodiscard]] std::string scoped(std::string text, Where where) const {
        if (!fts5_ || where == Where::anywhere) return text;
        return (where == Where::name ? "{name} : " : "{name tags} : ") + text;
    }
    [[nodiscard]] std::string_view both() const { return fts5_ ? " AND " : " & "; }
    [[nodiscard]] std::string_view either() const { return fts5_ ? " OR " : " | "; }
    static void join(std::string& out, std::string_view between, const std::string& more) {
        if (!out.empty()) out += between;
        out += more;
    }
    bool fts5_;
};

}  // namespace

Query query_of(std::string_view text) {
    Query query;
    std::vector<std::string> seen;
    for (std::string& word : words(text)) {
        if (query.groups.size() == max_query_words) break;
        if (std::find(seen.begin(), seen.end(), word) != seen.end()) continue;
        seen.push_back(word);
        query.groups.push_back({{word}, letters(word) >= prefix_letters});
    }
    return query;
}

std::string to_text(const Query& query) {
    std::string out;
    for (const Group& group : query.groups) {
        if (!out.empty()) out += ' ';
        for (std::size_t i = 0; i < group.terms.size(); ++i) (out += i == 0 ? "" : "|") += group.terms[i];
        if (group.prefix) out += '*';
    }
    return out;
}

Query query_from_text(std::string_view text) {
    Query query;
    while (!text.empty() && query.groups.size() < max_query_words) {
        const std::string_view part = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        Group group;
        group.terms = words(part);
        if (group.terms.empty()) continue;
        group.terms.resize(std::min(group.terms.size(), max_terms));
        group.prefix = part.ends_with('*') && letters(group.terms.front()) >= prefix_letters;
        query.groups.push_back(std::move(group));
    }
    return query;
}

std::string plain_text(const Query& query) {
    std::string out;
    for (const Group& group : query.groups) {
        if (!out.empty()) out += ' ';
        out += group.terms.front();
    }
    return out;
}

std::string_view where_mark(Where where) {
    switch (where) {
        case Where::name:
            return "=";
        case Where::name_or_tags:
            return "+";
        case Where::anywhere:
            return "";
    }
    return "";
}

std::string length_mark(std::size_t words) { return "#" + std::to_string(words); }

std::vector<std::string> tier_matches(const Query& query, db::Dialect dialect) {
    if (query.groups.empty()) return {};
    const Speech say(dialect);
    const std::size_t n = query.groups.size();
    const std::string named = say.all(query, false, Where::name);
    const std::string everywhere = say.all(query, true, Where::anywhere);
    // Each holds all that the ones before it hold.
    const std::string nested[tiers] = {say.both(named, say.length(n, n)),
                                       say.both(named, say.length(n, n + spare_words)),
                                       named,
                                       say.all(query, true, Where::name),
                                       say.all(query, true, Where::name_or_tags),
                                       say.both(everywhere, say.any(query, Where::name_or_tags)),
                                       everywhere};
    const auto begins = [](const Group& group) { return group.prefix; };
    const bool prefixes = std::any_of(query.groups.begin(), query.groups.end(), begins);
    std::vector<std::string> out{nested[0]};
    for (int tier = 1; tier < tiers; ++tier) {
        // Without prefixes 3 is 2; one word that is somewhere is not in the description only where 4 has it.
        const bool same = (tier == 3 && !prefixes) || (tier == 5 && n == 1);
        out.push_back(same ? std::string() : say.but_not(nested[tier], nested[tier - 1]));
    }
    return out;
}

std::string whole_match(const Query& query, db::Dialect dialect) {
    return query.groups.empty() ? std::string() : Speech(dialect).all(query, true, Where::anywhere);
}

}  // namespace cloudretail::product
