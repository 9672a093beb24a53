// Folding, slugs and patterns.
#include <base/like.hpp>
#include <catch2/catch.hpp>

#include "text.hpp"

using namespace cloudretail::product;

TEST_CASE("text: folding lowers Latin, Greek and Cyrillic letters and leaves the rest", "[product]") {
    const std::pair<const char*, const char*> cases[] = {
        {"Laptop 15\"", "laptop 15\""},
        {"ÉCLAIR À ÖÇ", "éclair à öç"},
        {"×÷", "×÷"},
        {"ŁÓDŹ ŽŠČ Ÿ", "łódź žšč ÿ"},
        {"İSTANBUL", "istanbul"},
        {"ΆΈΉΊΌΎΏ ΣΊΣΥΦΟΣ", "άέήίόύώ σίσυφοσ"},
        {"σίσυφος", "σίσυφοσ"},
        {"ЁЖИК ІЇЄ", "ёжик іїє"},
        {"日本 語", "日本 語"},
        {"straße", "straße"},
        {"\xff", "\xef\xbf\xbd"},
        {"", ""},
        {"😀 A", "😀 a"},
    };
    for (const auto& [input, expected] : cases) CHECK(fold(input) == expected);
}

TEST_CASE("text: folding a folded text changes nothing", "[product]") {
    std::string all;
    for (unsigned c = 0x80; c < 0x800; ++c) {
        all += static_cast<char>(0xC0U | (c >> 6U));
        all += static_cast<char>(0x80U | (c & 0x3FU));
    }
    CHECK(fold(fold(all)) == fold(all));
}

TEST_CASE("text: slugs are readable", "[product]") {
    const std::pair<const char*, const char*> cases[] = {
        {"Laptop", "laptop"},
        {"Crème brûlée, 4 pcs", "creme-brulee-4-pcs"},
        {"  Home & Garden  ", "home-garden"},
        {"Men's T-Shirt", "mens-t-shirt"},
        {"Men’s T-Shirt", "mens-t-shirt"},
        {"Große Ærø Þór Œuvre", "grosse-aero-thor-oeuvre"},
        {"Łódź – Dvořák", "lodz-dvorak"},
        {"Электроника 5", "электроника-5"},
        {"ノート パソコン", "ノート-パソコン"},
        {"Ελληνικά", "ελληνικά"},
        {"100%", "100"},
        {"---", ""},
        {"😀", ""},
        {"", ""},
    };
    for (const auto& [input, expected] : cases) CHECK(slugify(input) == expected);
}

TEST_CASE("text: a slug has at most 80 bytes and is its own slug", "[product]") {
    for (const std::string& long_name :
         {std::string(300, 'a'), std::string("ab cd ") + std::string(200, 'x'), [] {
              std::string s;
              for (int i = 0; i < 100; ++i) s += "ж ";
              return s;
          }()}) {
        const std::string slug = slugify(long_name);
        CHECK(slug.size() <= 80);
        CHECK_FALSE(slug.empty());
        CHECK(slug.back() != '-');
        CHECK(slugify(slug) == slug);
    }
}

TEST_CASE("text: trimming and control characters", "[product]") {
    CHECK(trim(" \t a b \r\n") == "a b");
    CHECK(trim(" \n ").empty());
    CHECK(has_control_characters("a\nb", false));
    CHECK_FALSE(has_control_characters("a\r\n\tb", true));
    CHECK(has_control_characters("a\x1b[0m", true));
    CHECK(has_control_characters("a\x7f", true));
    CHECK_FALSE(has_control_characters("Ünïcödé", false));
}

TEST_CASE("text: what LIKE would interpret is escaped", "[product]") {
    CHECK(cloudretail::escape_like("100%_a\\b") == "100\\%\\_a\\\\b");
    CHECK(cloudretail::escape_like("plain") == "plain");
}
