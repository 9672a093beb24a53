// The chain's rate limits and idempotency keys.
#include "gateway_world.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

TEST_CASE("anonymous requests are limited by address, signed-in ones by user", "[gateway]") {
    World world({{"limits.anonymous_burst", "3"},
                 {"limits.anonymous_rate", "1"},
                 {"limits.user_burst", "2"},
                 {"limits.user_rate", "1"}});
    const http::Response first = world.send(get("/api/things"));
    CHECK(first.headers.get("RateLimit-Policy") == "\"address\";q=3;w=3");
    CHECK(first.headers.get("RateLimit") == "\"address\";r=2;t=1");
    world.send(get("/api/nothing"));
    world.send(get("/api/things"));
    const http::Response refused = world.send(get("/api/things"));
    CHECK(refused.status == 429);
    CHECK(refused.headers.get("Retry-After") == "1");
    CHECK(problem_of(refused) == "/problems/rate-limited");
    http::Request other = get("/api/things");
    other.peer = "192.0.2.2";
    CHECK(world.send(other).status == 200);
    const auto signed_in = [&] {
        return world.send(get("/api/things", {{"Authorization", "Bearer customer"}})).status;
    };
    CHECK(signed_in() == 200);
    CHECK(signed_in() == 200);
    CHECK(signed_in() == 429);
    world.clock.advance_ms(1000);
    CHECK(signed_in() == 200);
}

TEST_CASE("each API key has a bucket of its own", "[gateway]") {
    World world({{"limits.key_burst", "2"}, {"limits.key_rate", "1"}, {"limits.user_burst", "1"}});
    const auto by = [&](const std::string& token) {
        return world.send(get("/api/things", {{"Authorization", "Bearer " + token}}));
    };
    CHECK(by("key things:read").headers.get("RateLimit-Policy") == "\"key\";q=2;w=2");
    CHECK(by("key things:read").status == 200);
    CHECK(by("key things:read").status == 429);
    CHECK(by("key things:read other").status == 200);
    CHECK(by("customer").status == 200);
}

TEST_CASE("guessing tokens is limited by address", "[gateway]") {
    World world({{"limits.anonymous_burst", "2"}, {"limits.anonymous_rate", "1"}});
    const auto guess = [&] { return world.send(get("/api/things", {{"Authorization", "Bearer x"}})).status; };
    CHECK(guess() == 401);
    CHECK(guess() == 401);
    CHECK(guess() == 429);
}

TEST_CASE("log-in has a stricter bucket, signed in or not", "[gateway]") {
    World world({{"limits.login_per_minute", "2"}});
    CHECK(world.send(ask(Method::post, "/api/login")).status == 200);
    const http::Response second =
        world.send(ask(Method::post, "/api/login", {{"Authorization", "Bearer customer"}}));
    CHECK(second.headers.get("RateLimit-Policy") == "\"login\";q=2;w=60");
    const http::Response third = world.send(ask(Method::post, "/api/login"));
    CHECK(third.status == 429);
    CHECK(third.headers.get("Retry-After") == "30");
    CHECK(world.send(get("/api/things")).status == 200);
}

TEST_CASE("limits can be switched off, and taken anew while running", "[gateway]") {
    World world({{"limits.anonymous_burst", "1"}, {"limits.anonymous_rate", "1"}});
    CHECK(world.send(get("/api/things")).status == 200);
    CHECK(world.send(get("/api/things")).status == 429);
    world.config.set("limits.enabled", "false");
    world.gateway->reload_limits(world.config);
    const http::Response response = world.send(get("/api/things"));
    CHECK(response.status == 200);
    CHECK_FALSE(response.headers.has("RateLimit"));
}

TEST_CASE("the same key and body get the stored answer, without running again", "[gateway]") {
    World world;
    for (const char* key : {"k-1", "\"k-1\""}) {
        const http::Response response = world.send(make(R"({"n":1})", {{"Idempotency-Key", key}}));
        CHECK(response.status == 201);
        CHECK(response.body == R"({"run":1})");
    }
    const http::Response replayed = world.send(make(R"({"n":1})", {{"Idempotency-Key", "k-1"}}));
    CHECK(replayed.headers.get("Idempotency-Replayed") == "true");
    CHECK(replayed.headers.get("Location") == "/api/things/1");
    CHECK(world.made == 1);
    CHECK(world.send(make(R"({"n":1})", {{"Idempotency-Key", "k-2"}})).body == R"({"run":2})");
}

TEST_CASE("a key belongs to caller, method, path and body", "[gateway]") {
    World world;
    world.send(make(R"({"n":1})", {{"Idempotency-Key", "k"}}));
    http::Request versioned = make(R"({"n":1})", {{"Idempotency-Key", "k"}});
    versioned.path = "/api/v1/things";
    CHECK(world.send(versioned).headers.get("Idempotency-Replayed") == "true");
    const http::Response reused = world.send(make(R"({"n":2})", {{"Idempotency-Key", "k"}}));
    CHECK(reused.status == 422);
    CHECK(problem_of(reused) == "/problems/idempotency-key-reused");
    CHECK(world.made == 1);
}

TEST_CASE("a pending answer is the handler's to give", "[gateway]") {
    for (const int status : {0, 202}) {
        World world;
        world.answer_status = status;
        world.send(make(R"({"n":1})", {{"Idempotency-Key", "k"}}));
        const http::Response again = world.send(make(R"({"n":1})", {{"Idempotency-Key", "k"}}));
        CHECK_FALSE(again.headers.has("Idempotency-Replayed"));
        CHECK(world.made == 2);
    }
}

TEST_CASE("a key that is none is refused", "[gateway]") {
    World world;
    for (const std::string& key :
         {std::string(), std::string("\"\""), std::string(256, 'k'), std::string("k\x01")}) {
        const http::Response response = world.send(make(R"({"n":1})", {{"Idempotency-Key", key}}));
        CHECK(response.status == 422);
        CHECK(mentions(response.body, "header/Idempotency-Key"));
    }
    CHECK(world.made == 0);
}
