// The pure parts of search: words, queries, edit distance, the dictionary of mistyped words.
#include <catch2/catch.hpp>
#include <support/invented_names.hpp>

#include "search_dictionary.hpp"
#include "search_document.hpp"
#include "search_query.hpp"
#include "text.hpp"

using namespace cloudretail;
using namespace cloudretail::product;

using Words = std::vector<std::string>;

TEST_CASE("search: words are folded letters and digits, whatever stands between them", "[product]") {
    const std::pair<const char*, Words> cases[] = {
        {"", {}},
        {" !?/.,%_\"'(*)-:^{} ", {}},
        {"Gaming Laptop, 15\"", {"gaming", "laptop", "15"}},
        {"Men's T-SHIRT", {"mens", "t", "shirt"}},
        {"Crème BRÛLÉE Straße", {"creme", "brulee", "strasse"}},
        {"cre\u0300me", {"creme"}},  // the accent as a letter of its own
        {"ЧАЙ Ёлка", {"чай", "ёлка"}},
        {"手机壳 case", {"手", "机", "壳", "case"}},
        {"\xff\xfe broken", {"broken"}},
        {"OR and NOT near", {"or", "and", "not", "near"}},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK(words(text) == expected);
        for (const std::string& word : words(text)) CHECK(words(word) == Words{word});
    }
    CHECK(words(std::string(300, 'a')) == Words{std::string(64, 'a')});
    CHECK(letters("чай") == 3);
}

TEST_CASE("search: a query keeps ten different words, and its text is read back", "[product]") {
    const Query query = query_of("Red red SHOES of a b c d e f g h i j");
    CHECK(query.groups.size() == max_query_words);
    CHECK(to_text(query) == "red* shoes* of a b c d e f g");
    CHECK(to_text(query_from_text(to_text(query))) == to_text(query));
    const Query meant{{{{"laptop", "laptops"}, false}, {{"red"}, true}}};
    CHECK(to_text(meant) == "laptop|laptops red*");
    CHECK(to_text(query_from_text(to_text(meant))) == to_text(meant));
    CHECK(plain_text(meant) == "laptop red");
    CHECK(to_text(query_from_text("\") OR (\"x* 'y'|z")) == "or x y|z");
    CHECK(query_from_text(" * | ").groups.empty());
}

TEST_CASE("search: classes are asked for in each database's language, and only where they can differ",
          "[product]") {
    const auto sqlite = tier_matches(query_of("of"), db::Dialect::sqlite);
    REQUIRE(sqlite.size() == tiers);
    CHECK(sqlite[0] == R"((({name} : ("of")) AND {name} : ("#1")))");
    CHECK(sqlite[3].empty());
    CHECK(sqlite[5].empty());
    const auto postgresql = tier_matches(query_of("of"), db::Dialect::postgresql);
    CHECK(postgresql[0] == "((('=of')) & ('=#1'))");
    CHECK(tier_matches(query_of("lamp red"), db::Dialect::sqlite)[3].find("\"lamp\" *") != std::string::npos);
    CHECK(whole_match(query_of("lamp"), db::Dialect::postgresql) == "(('lamp' | 'lamp':*))");
    CHECK(whole_match(Query{}, db::Dialect::sqlite).empty());
}

TEST_CASE("search: a document holds distinct words, and PostgreSQL's form the same with marks", "[product]") {
    Product p;
    p.name = "Lamp lamp Oak";
    p.category = "home-garden";
    p.sku = "L-1001";
    p.attributes = R"({"color":"Dark Red","weight":2.5,"new":true})";
    p.description = "An oak lamp.";
    const Document d = document_of(p, "Things & Gadgets");
    CHECK(d.name == Words{"lamp", "oak", "#2"});
    CHECK(d.tags == Words{"1001", "dark", "gadgets", "garden", "home", "l", "l1001", "red", "things"});
    CHECK(d.body == Words{"an", "lamp", "oak"});
    const std::string text = to_text(d);
    CHECK(part_of(text, 0) == "lamp oak #2");
    CHECK(part_of(text, 1) == "1001 dark gadgets garden home l l1001 red things");
    CHECK(part_of(text, 2) == "an lamp oak");
    CHECK(to_vector(d) ==
          "'#2' '+#2' '+1001' '+dark' '+gadgets' '+garden' '+home' '+l' '+l1001' '+lamp' '+oak' '+red' "
          "'+things' "
          "'1001' '=#2' '=lamp' '=oak' 'an' 'dark' 'gadgets' 'garden' 'home' 'l' 'l1001' 'lamp' 'oak' 'red' "
          "'things'");
}

TEST_CASE("search: edits are letters inserted, left out, replaced, or swapped with a neighbour",
          "[product]") {
    struct Case {
        std::u32string_view a, b;
        int edits;
    };
    const Case cases[] = {
        {U"", U"", 0},
        {U"laptop", U"laptop", 0},
        {U"laptop", U"labtop", 1},
        {U"laptop", U"latpop", 1},
        {U"laptop", U"laptp", 1},
        {U"laptop", U"llaptop", 1},
        {U"laptop", U"kaptop", 1},
        {U"laptop", U"alptop", 1},
        {U"laptop", U"laptop s", 2},
        {U"ca", U"abc", 3},
        {U"abcd", U"badc", 2},
        {U"laptop", U"tabletop", 4},
        {U"", U"ab", 2},
        {U"чай", U"чйа", 1},
    };
    for (const auto& [a, b, edits] : cases) {
        for (int limit = 0; limit <= 3; ++limit) {
            CHECK(edits_between(a, b, limit) == std::min(edits, limit + 1));
            CHECK(edits_between(b, a, limit) == std::min(edits, limit + 1));
        }
    }
    CHECK(edits_allowed(1) == 0);
    CHECK(edits_allowed(2) == 1);
    CHECK(edits_allowed(3) == 1);
    CHECK(edits_allowed(7) == 1);
    CHECK(edits_allowed(8) == 2);
}

TEST_CASE("search: the dictionary finds the nearest words, likeliest first", "[product]") {
    Dictionary d(100);
    d.add({{"laptop", true},
           {"lamp", true},
           {"lump", false},
           {"camp", true},
           {"lampshade", true},
           {"чай", true}});
    CHECK(d.nearest("labtop", 5) == Words{"laptop"});
    CHECK(d.nearest("aptop", 5) == Words{"laptop"});
    CHECK(d.nearest("xaptop", 5) == Words{"laptop"});
    CHECK(d.nearest("lanp", 5) == Words{"lamp"});
    CHECK(d.nearest("lamp", 5) == Words{"camp", "lump"});  // not itself; those of names first
    CHECK(d.nearest("lamp", 1) == Words{"camp"});
    CHECK(d.nearest("lapmhsade", 5) == Words{"lampshade"});  // two edits from eight letters on
    CHECK(d.nearest("lapotp", 5).size() == 1);
    CHECK(d.nearest("lpaotp", 5).empty());
    CHECK(d.nearest("чйа", 5) == Words{"чай"});
    CHECK(d.nearest("la", 5).empty());
}

TEST_CASE("search: the dictionary is bounded, and takes a word once", "[product]") {
    Dictionary d(2);
    d.add({{"one", false}, {"one", true}, {"two", false}, {"three", true}});
    d.add({{"two", false}});
    CHECK(d.size() == 2);
    CHECK(d.nearest("onn", 5) == Words{"one"});
    CHECK(d.nearest("threee", 5).empty());
    CHECK(d.bytes() > 0);
}

TEST_CASE("search: whatever letter is wrong, the dictionary finds the word", "[product]") {
    test::InventedNames names(7);
    Dictionary d(100'000);
    std::vector<Term> terms;
    for (int i = 0; i < 200; ++i) {
        for (std::string& word : words(names.next().name)) terms.push_back({std::move(word), true});
    }
    d.add(terms);
    int missed = 0;
    for (const Term& term : terms) {
        if (letters(term.text) < 3) continue;
        const std::string typed = names.mistyped(term.text);
        if (typed == term.text || letters(typed) < 3) continue;
        const auto near = d.nearest(typed, 100);
        missed += std::find(near.begin(), near.end(), term.text) == near.end() ? 1 : 0;
    }
    CHECK(missed == 0);
}
