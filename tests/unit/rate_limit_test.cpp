// Token buckets, and whose address a request counts by.
#include <catch2/catch.hpp>
#include <config/config.hpp>
#include <gateway/client_address.hpp>
#include <gateway/rate_limit.hpp>

using namespace cloudretail;
using namespace cloudretail::gateway;

namespace {
const LimitPolicy three{.name = "three", .burst = 3, .refill = 1, .period_ms = 1000};

std::string client(const ClientAddress& addresses, std::string peer, std::vector<std::string> forwarded) {
    http::Request request;
    request.peer = std::move(peer);
    for (std::string& value : forwarded) request.headers.add("X-Forwarded-For", std::move(value));
    return addresses.of(request);
}
}  // namespace

TEST_CASE("a bucket holds its burst and then refuses", "[gateway]") {
    RateLimiter limiter;
    ManualClock clock;
    CHECK(limiter.take(three, "a", clock.now()).remaining == 2);
    CHECK(limiter.take(three, "a", clock.now()).remaining == 1);
    CHECK(limiter.take(three, "a", clock.now()).allowed);
    const LimitVerdict refused = limiter.take(three, "a", clock.now());
    CHECK_FALSE(refused.allowed);
    CHECK(refused.retry_after_s == 1);
    CHECK(refused.reset_s == 3);
    CHECK(limiter.take(three, "b", clock.now()).allowed);
}

TEST_CASE("a bucket refills with time, exactly and not beyond its burst", "[gateway]") {
    RateLimiter limiter;
    ManualClock clock;
    for (int i = 0; i < 3; ++i) limiter.take(three, "a", clock.now());
    clock.advance_ms(999);
    CHECK_FALSE(limiter.take(three, "a", clock.now()).allowed);
    clock.advance_ms(1);
    CHECK(limiter.take(three, "a", clock.now()).allowed);
    CHECK_FALSE(limiter.take(three, "a", clock.now()).allowed);
    clock.advance_ms(1'000'000'000'000);
    CHECK(limiter.take(three, "a", clock.now()).remaining == 2);
}

TEST_CASE("setting the clock back gives nothing and takes nothing", "[gateway]") {
    RateLimiter limiter;
    ManualClock clock;
    CHECK(limiter.take(three, "a", clock.now()).remaining == 2);
    clock.advance_ms(-3'600'000);
    CHECK(limiter.take(three, "a", clock.now()).remaining == 1);
    CHECK(limiter.take(three, "a", clock.now()).allowed);
    CHECK_FALSE(limiter.take(three, "a", clock.now()).allowed);
}

TEST_CASE("the number of buckets is bounded", "[gateway]") {
    RateLimiter limiter(256);
    ManualClock clock;
    for (int i = 0; i < 10'000; ++i) limiter.take(three, std::to_string(i), clock.now());
    CHECK(limiter.size() <= 256);
}

TEST_CASE("buckets that are full again are forgotten", "[gateway]") {
    RateLimiter limiter;
    ManualClock clock;
    for (int i = 0; i < 1000; ++i) limiter.take(three, std::to_string(i), clock.now());
    CHECK(limiter.size() == 1000);
    clock.advance_ms(5000);
    for (int i = 0; i < 1000; ++i) limiter.take(three, "new" + std::to_string(i), clock.now());
    CHECK(limiter.size() < 1200);
}

TEST_CASE("a policy describes itself as the draft says", "[gateway]") {
    CHECK(LimitPolicy{.name = "user", .burst = 1000, .refill = 200, .period_ms = 1000}.header() ==
          "\"user\";q=1000;w=5");
    CHECK(LimitPolicy{.name = "login", .burst = 60, .refill = 60, .period_ms = 60'000}.header() ==
          "\"login\";q=60;w=60");
}

TEST_CASE("the client is the peer unless the peer is a trusted proxy", "[gateway]") {
    const ClientAddress nobody({});
    CHECK(client(nobody, "9.9.9.9", {"1.2.3.4"}) == "9.9.9.9");
    const ClientAddress proxies({"10.0.0.0/8", "::1", "192.168.1.1"});
    CHECK(client(proxies, "9.9.9.9", {"1.2.3.4"}) == "9.9.9.9");
    CHECK(client(proxies, "10.1.2.3", {"1.2.3.4"}) == "1.2.3.4");
    CHECK(client(proxies, "::1", {"1.2.3.4"}) == "1.2.3.4");
    CHECK(client(proxies, "::ffff:10.0.0.1", {"1.2.3.4"}) == "1.2.3.4");
    CHECK(client(proxies, "10.1.2.3", {}) == "10.1.2.3");
}

TEST_CASE("of forwarded addresses the right-most that is not ours counts", "[gateway]") {
    const ClientAddress proxies({"10.0.0.0/8"});
    CHECK(client(proxies, "10.0.0.1", {"6.6.6.6, 1.2.3.4, 10.0.0.2"}) == "1.2.3.4");
    CHECK(client(proxies, "10.0.0.1", {"6.6.6.6", "1.2.3.4 , 10.0.0.2"}) == "1.2.3.4");
    CHECK(client(proxies, "10.0.0.1", {"10.0.0.9, 10.0.0.2"}) == "10.0.0.9");
    CHECK(client(proxies, "10.0.0.1", {"1.2.3.4, rubbish, 10.0.0.2"}) == "10.0.0.2");
    CHECK(client(proxies, "10.0.0.1", {"2001:db8::7"}) == "2001:db8::7");
}

TEST_CASE("a trusted proxy that is no address stops the start", "[gateway]") {
    for (const char* text : {"proxy.example", "10.0.0.0/33", "10.0.0.0/x", "", "::/129", "10.0.0.0/"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(ClientAddress({text}), config::ConfigError);
    }
}

TEST_CASE("IPv6 counts by its /64", "[gateway]") {
    CHECK(ClientAddress::rate_key("1.2.3.4") == "1.2.3.4");
    CHECK(ClientAddress::rate_key("2001:db8:1:2:aaaa::1") == ClientAddress::rate_key("2001:db8:1:2:bbbb::9"));
    CHECK(ClientAddress::rate_key("2001:db8:1:2::1") != ClientAddress::rate_key("2001:db8:1:3::1"));
    CHECK(ClientAddress::rate_key("::ffff:1.2.3.4") == "1.2.3.4");
}
