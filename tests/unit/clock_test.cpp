// Time stamps as RFC 3339 text.
#include <base/clock.hpp>
#include <catch2/catch.hpp>
#include <limits>

using namespace cloudretail;

TEST_CASE("a time stamp is written in UTC with milliseconds") {
    CHECK(Timestamp{0}.to_string() == "1970-01-01T00:00:00.000Z");
    CHECK(Timestamp{1'769'860'800'007}.to_string() == "2026-01-31T12:00:00.007Z");
    CHECK(Timestamp{-1}.to_string() == "1969-12-31T23:59:59.999Z");
    CHECK(Timestamp{951'782'400'000}.to_string() == "2000-02-29T00:00:00.000Z");
    CHECK(Timestamp{std::numeric_limits<std::int64_t>::max()}.to_string() == "9999-12-31T23:59:59.999Z");
    CHECK(Timestamp{std::numeric_limits<std::int64_t>::min()}.to_string() == "0000-01-01T00:00:00.000Z");
}

TEST_CASE("time stamps are read with any offset and up to nine fraction digits") {
    const Timestamp noon{1'769'860'800'000};
    CHECK(Timestamp::parse("2026-01-31T12:00:00.000Z") == noon);
    CHECK(Timestamp::parse("2026-01-31T12:00:00Z") == noon);
    CHECK(Timestamp::parse("2026-01-31t12:00:00z") == noon);
    CHECK(Timestamp::parse("2026-01-31T13:30:00+01:30") == noon);
    CHECK(Timestamp::parse("2026-01-31T00:00:00-12:00") == noon);
    CHECK(Timestamp::parse("2026-01-31T12:00:00.1Z") == noon.plus_ms(100));
    CHECK(Timestamp::parse("2026-01-31T12:00:00.123456789Z") == noon.plus_ms(123));
}

TEST_CASE("what is not a real RFC 3339 time is refused") {
    for (const char* text :
         {"", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31 12:00:00Z", "2026-02-29T00:00:00Z",
          "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-31T24:00:00Z",
          "2026-01-31T12:60:00Z", "2026-01-31T12:00:60Z", "2026-01-31T12:00:00.Z",
          "2026-01-31T12:00:00.1234567890Z", "2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00+0100",
          "2026-01-31T12:00:00Zx", "26-01-31T12:00:00Z", "2026-1-31T12:00:00Z", "+026-01-31T12:00:00Z"}) {
        INFO(text);
        CHECK_FALSE(Timestamp::parse(text));
    }
}

TEST_CASE("written time stamps come back") {
    int different = 0;
    for (std::int64_t ms = -62'167'219'200'000; ms < 253'402'300'799'999; ms += 123'456'789'123) {
        if (Timestamp::parse(Timestamp{ms}.to_string()) != Timestamp{ms}) ++different;
    }
    CHECK(different == 0);
}

TEST_CASE("the manual clock moves only when told") {
    ManualClock clock({5});
    CHECK(clock.now() == Timestamp{5});
    clock.advance_ms(10);
    CHECK(clock.now() == Timestamp{15});
    CHECK(system_clock().now() > Timestamp{1'700'000'000'000});
}
