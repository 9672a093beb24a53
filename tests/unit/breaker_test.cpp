// The circuit breaker's states, on a clock that is moved by hand.
#include <catch2/catch.hpp>
#include <resilience/breaker.hpp>

using namespace cloudretail;
using resilience::Breaker;

namespace {

void fail_times(Breaker& breaker, int n) {
    for (int i = 0; i < n; ++i) breaker.failed();
}

}  // namespace

TEST_CASE("a breaker opens after so many failures in a row and refuses at once") {
    ManualClock clock;
    Breaker breaker("database", {3, 30'000}, clock);
    fail_times(breaker, 2);
    breaker.succeeded();
    fail_times(breaker, 2);
    CHECK(breaker.allow());
    CHECK(breaker.state() == "closed");
    breaker.failed();
    CHECK(breaker.state() == "open");
    CHECK(breaker.open());
    CHECK_FALSE(breaker.allow());
}

TEST_CASE("after the reset time one trial goes through, and its success closes the breaker") {
    ManualClock clock;
    Breaker breaker("database", {1, 30'000}, clock);
    breaker.failed();
    clock.advance_ms(29'999);
    CHECK_FALSE(breaker.allow());
    clock.advance_ms(1);
    CHECK(breaker.state() == "half_open");
    CHECK_FALSE(breaker.open());
    CHECK(breaker.allow());
    CHECK_FALSE(breaker.allow());
    CHECK(breaker.open());
    breaker.succeeded();
    CHECK(breaker.state() == "closed");
    CHECK(breaker.allow());
}

TEST_CASE("a failed trial opens the breaker for another reset time") {
    ManualClock clock;
    Breaker breaker("database", {3, 1'000}, clock);
    fail_times(breaker, 3);
    clock.advance_ms(1'000);
    REQUIRE(breaker.allow());
    breaker.failed();
    CHECK(breaker.state() == "open");
    clock.advance_ms(999);
    CHECK_FALSE(breaker.allow());
    clock.advance_ms(1);
    CHECK(breaker.allow());
}

TEST_CASE("a trial that never reports does not keep the breaker open for ever") {
    ManualClock clock;
    Breaker breaker("database", {1, 1'000}, clock);
    breaker.failed();
    clock.advance_ms(1'000);
    REQUIRE(breaker.allow());
    clock.advance_ms(999);
    CHECK_FALSE(breaker.allow());
    clock.advance_ms(1);
    CHECK(breaker.allow());
}

TEST_CASE("administrators see a breaker's failures, openings and next trial") {
    ManualClock clock;
    Breaker breaker("database", {2, 1'000}, clock);
    breaker.failed();
    CHECK(breaker.view().name == "database");
    CHECK(breaker.view().failures == 1);
    CHECK(breaker.view().openings == 0);
    CHECK(breaker.view().trial_at.ms == 0);
    const Timestamp opened = clock.now();
    breaker.failed();
    breaker.failed();
    CHECK(breaker.view().state == "open");
    CHECK(breaker.view().openings == 1);
    CHECK(breaker.view().opened_at == opened);
    CHECK(breaker.view().trial_at == opened.plus_ms(1'000));
    clock.advance_ms(1'000);
    REQUIRE(breaker.allow());
    breaker.failed();  // the trial: it stays open, which is no new opening
    CHECK(breaker.view().openings == 1);
    clock.advance_ms(1'000);
    REQUIRE(breaker.allow());
    breaker.succeeded();
    CHECK(breaker.view().state == "closed");
    CHECK(breaker.view().trial_at.ms == 0);
    CHECK(breaker.view().opened_at.ms > 0);
}

TEST_CASE("failures of calls that began earlier do not prolong the open time") {
    ManualClock clock;
    Breaker breaker("database", {1, 1'000}, clock);
    breaker.failed();
    clock.advance_ms(900);
    breaker.failed();
    clock.advance_ms(100);
    CHECK(breaker.allow());
}
