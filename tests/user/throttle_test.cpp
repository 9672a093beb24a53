// Waiting after too many wrong passwords.
#include "throttle.hpp"

#include <catch2/catch.hpp>

namespace cloudretail::user {

namespace {
constexpr Timestamp start{1'000'000};
constexpr std::int64_t window = 15 * 60 * 1000;

void fail(LoginThrottle& throttle, int times, Timestamp now = start) {
    for (int i = 0; i < times; ++i) throttle.attempt("a", "1", now).failed();
}
}  // namespace

TEST_CASE("after ten failures the pair waits until fifteen minutes after the first") {
    LoginThrottle throttle({});
    for (int i = 0; i < 10; ++i) {
        auto attempt = throttle.attempt("a", "1", start.plus_ms(i * 1000));
        CHECK(attempt.wait_s() == 0);
        attempt.failed();
    }
    CHECK(throttle.attempt("a", "1", start.plus_ms(10'000)).wait_s() == 15 * 60 - 10);
    CHECK(throttle.attempt("a", "1", start.plus_ms(window - 1)).wait_s() == 1);
    CHECK(throttle.attempt("a", "1", start.plus_ms(window)).wait_s() == 0);
}

TEST_CASE("another account and another address do not wait") {
    LoginThrottle throttle({});
    fail(throttle, 10);
    CHECK(throttle.attempt("a", "1", start).wait_s() > 0);
    CHECK(throttle.attempt("b", "1", start).wait_s() == 0);
    CHECK(throttle.attempt("a", "2", start).wait_s() == 0);
}

TEST_CASE("a good log-in forgets the failures before it") {
    LoginThrottle throttle({});
    fail(throttle, 9);
    throttle.attempt("a", "1", start).succeeded();
    CHECK(throttle.size() == 0);
    fail(throttle, 9);
    CHECK(throttle.attempt("a", "1", start).wait_s() == 0);
}

TEST_CASE("tries at the same time count from their beginning") {
    LoginThrottle throttle({});
    std::vector<LoginThrottle::Attempt> open;
    for (int i = 0; i < 10; ++i) open.push_back(throttle.attempt("a", "1", start));
    CHECK(throttle.attempt("a", "1", start).wait_s() > 0);
    open.clear();  // none was told how it ended: none counts
    CHECK(throttle.size() == 0);
    CHECK(throttle.attempt("a", "1", start).wait_s() == 0);
}

TEST_CASE("a refused try neither counts nor takes anything back") {
    LoginThrottle throttle({});
    fail(throttle, 10);
    for (int i = 0; i < 20; ++i) CHECK(throttle.attempt("a", "1", start).wait_s() > 0);
    CHECK(throttle.size() == 1);
}

TEST_CASE("the table is bounded and forgets the oldest pair first") {
    LoginThrottle throttle({.failures = 2, .window_ms = window, .entries = 3});
    for (const char* account : {"a", "b", "c"})
        for (int i = 0; i < 2; ++i) throttle.attempt(account, "1", start).failed();
    throttle.attempt("d", "1", start).failed();
    CHECK(throttle.size() == 3);
    CHECK(throttle.attempt("b", "1", start).wait_s() > 0);
    CHECK(throttle.attempt("a", "1", start).wait_s() == 0);
}

TEST_CASE("what is over is forgotten") {
    LoginThrottle throttle({});
    for (int i = 0; i < 100; ++i) throttle.attempt("a" + std::to_string(i), "1", start).failed();
    CHECK(throttle.size() == 100);
    throttle.attempt("b", "1", start.plus_ms(window)).failed();
    CHECK(throttle.size() == 1);
}

}  // namespace cloudretail::user
