// Money: text in, text out, nothing lost.
#include <base/money.hpp>
#include <catch2/catch.hpp>
#include <limits>

#include <support/result_text.hpp>

using cloudretail::Money;

TEST_CASE("an amount is read exactly from its text") {
    CHECK(Money::parse("0") == Money{0});
    CHECK(Money::parse("5") == Money{500});
    CHECK(Money::parse("5.1") == Money{510});
    CHECK(Money::parse("19.99") == Money{1999});
    CHECK(Money::parse("1299.99") == Money{129999});
    CHECK(Money::parse("0.01") == Money{1});
    CHECK(Money::parse("1000000000000") == Money{Money::max_minor});
    CHECK(Money::parse("1000000000000.00") == Money{Money::max_minor});
}

TEST_CASE("every amount from 0.00 to 99.99 comes back as it went") {
    int different = 0;
    for (std::int64_t minor = 0; minor < 10'000; ++minor) {
        const auto back = Money::parse(Money{minor}.to_string());
        if (!back || back->minor != minor) ++different;
    }
    CHECK(different == 0);
}

TEST_CASE("amounts that are negative, too fine, too large or not plain are refused with a sentence") {
    CHECK(Money::parse("-1").error() == "must not be negative");
    CHECK(Money::parse("-0").error() == "must not be negative");
    CHECK(Money::parse("1.999").error() == "must have at most two decimals");
    CHECK(Money::parse("1000000000000.01").error() == "must be at most 1000000000000");
    CHECK(Money::parse("99999999999999999999999999").error() == "must be at most 1000000000000");
    for (const char* text : {"", ".", "1.", ".5", "1e2", "1E2", "01", "00.5", "+1", " 1", "1 ", "1,50", "0x1",
                             "1.2.3", "NaN", "1.2-", "٣"}) {
        INFO(text);
        CHECK(Money::parse(text).has_error());
    }
}

TEST_CASE("an amount is written with two decimals") {
    CHECK(Money{0}.to_string() == "0.00");
    CHECK(Money{5}.to_string() == "0.05");
    CHECK(Money{500}.to_string() == "5.00");
    CHECK(Money{129999}.to_string() == "1299.99");
    CHECK(Money{-150}.to_string() == "-1.50");
    CHECK(Money{std::numeric_limits<std::int64_t>::min()}.to_string() == "-92233720368547758.08");
}
