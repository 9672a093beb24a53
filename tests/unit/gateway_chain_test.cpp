// The chain every request passes: identity, access, input, errors, log and metrics.
#include "gateway_world.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {
std::string captured;
void capture(std::string_view line) { captured.append(line).append("\n"); }
}  // namespace

TEST_CASE("a public request passes and carries the common headers", "[gateway]") {
    World world;
    const http::Response response = world.send(get("/api/v1/things"));
    CHECK(response.status == 200);
    CHECK(response.headers.get("X-Content-Type-Options") == "nosniff");
    CHECK_FALSE(response.headers.get("Referrer-Policy").empty());
    CHECK(Uuid::parse(response.headers.get("X-Request-Id")).has_value());
    CHECK(response.headers.get("Cache-Control") == "no-cache");
    CHECK(world.seen.role == Role::anonymous);
    CHECK(world.seen_address == "192.0.2.1");
}

TEST_CASE("a request id is taken when it is harmless, and made when not", "[gateway]") {
    World world;
    CHECK(world.send(get("/api/things", {{"X-Request-Id", "a.B_9-"}})).headers.get("X-Request-Id") ==
          "a.B_9-");
    CHECK(world.seen.request_id == "a.B_9-");
    for (const std::string& bad : {std::string("a b"), std::string(65, 'a'), std::string("<x>")}) {
        CHECK(world.send(get("/api/things", {{"X-Request-Id", bad}})).headers.get("X-Request-Id") != bad);
    }
}

TEST_CASE("only a valid traceparent is continued", "[gateway]") {
    World world;
    const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    world.send(get("/api/things", {{"traceparent", good}}));
    CHECK(world.seen.traceparent == good);
    for (const char* bad : {"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
                            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
                            "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "x"}) {
        world.send(get("/api/things", {{"traceparent", bad}}));
        CHECK(world.seen.traceparent.empty());
    }
    for (const std::string& later : {"cc" + good.substr(2), "01" + good.substr(2) + "-what-comes-later"}) {
        world.send(get("/api/things", {{"traceparent", later}}));
        CHECK(world.seen.traceparent == good);
    }
}

TEST_CASE("unknown addresses and methods are told apart", "[gateway]") {
    World world;
    const http::Response missing = world.send(get("/api/nothing"));
    CHECK(missing.status == 404);
    CHECK(problem_of(missing) == "/problems/not-found");
    const http::Response method = world.send(ask(Method::put, "/api/things"));
    CHECK(method.status == 405);
    CHECK(method.headers.get("Allow") == "GET, HEAD, POST, OPTIONS");
    CHECK(problem_of(method) == "/problems/method-not-allowed");
    CHECK(world.send(ask(Method::other, "/api/things")).status == 405);  // TRACE
}

TEST_CASE("a path value that is not text is not found", "[gateway]") {
    World world;
    CHECK(world.send(get("/api/things/abc")).status == 200);
    CHECK(world.seen_path_value == "abc");
    CHECK(world.send(get("/api/things/a\xff")).status == 404);
    CHECK(world.send(get(std::string("/api/things/a\0b", 15))).status == 404);
}

TEST_CASE("access follows the role", "[gateway]") {
    World world;
    const auto status = [&](const char* path, const char* token) {
        const bool anonymous = std::string_view(token).empty();
        return world
            .send(anonymous ? get(path) : get(path, {{"Authorization", std::string("Bearer ") + token}}))
            .status;
    };
    CHECK(status("/api/vendors", "") == 401);
    CHECK(status("/api/vendors", "customer") == 403);
    CHECK(status("/api/vendors", "vendor") == 200);
    CHECK(status("/api/vendors", "admin") == 200);
    CHECK(status("/api/admins", "vendor") == 403);
    CHECK(status("/api/admins", "admin") == 200);
    CHECK(world.seen.id == somebody);
}

TEST_CASE("an API key may do what its scopes say, and what has none takes no key", "[gateway]") {
    World world;
    const auto answer = [&](http::Request request, const std::string& scopes) {
        request.headers.add("Authorization", "Bearer key " + scopes);
        return world.send(std::move(request));
    };
    const auto make_thing = [] {
        return ask(Method::post, "/api/things", {{"Content-Type", "application/json"}}, R"({"n":1})");
    };
    CHECK(answer(get("/api/things"), "things:read").status == 200);
    CHECK(world.seen.scopes->names() == std::vector<std::string>{"things:read"});
    CHECK(answer(make_thing(), "things:write things:read").status == 201);
    CHECK(answer(get("/api/refused"), "").status == 412);  // "any": the handler was asked

    const http::Response refused = answer(make_thing(), "things:read");
    CHECK(refused.status == 403);
    CHECK(problem_of(refused) == "/problems/insufficient-scope");
    CHECK(refused.headers.get("WWW-Authenticate") ==
          "Bearer error=\"insufficient_scope\", scope=\"things:write\"");
    for (const char* path : {"/api/things/abc", "/api/admins"}) {
        const http::Response none = answer(get(path), "things:read things:write");
        CHECK(none.status == 403);
        CHECK(none.headers.get("WWW-Authenticate") == "Bearer error=\"insufficient_scope\"");
    }
    CHECK(answer(get("/api/nothing"), "things:read").status == 404);
    CHECK(world.made == 1);
}

TEST_CASE("an API key is no session", "[gateway]") {
    World world;
    const http::Response response =
        world.send(get("/api/things", {{"Cookie", "cloudretail_session=key things:read"}}));
    CHECK(response.status == 200);  // as nobody
    CHECK_FALSE(world.seen.signed_in());
}

TEST_CASE("the authenticator is told which scopes there are, and what each asks at least", "[gateway]") {
    const World world;
    REQUIRE(world.tokens.known.size() == 2);
    CHECK(world.tokens.known[0].name == "things:read");
    CHECK(world.tokens.known[0].access == Access::anyone);
    CHECK(world.tokens.known[1].access == Access::signed_in);
}

TEST_CASE("a token that is not good is refused even where none is needed", "[gateway]") {
    World world;
    for (const char* value : {"Bearer wrong", "Bearer ", "Basic Zm9v", "customer"}) {
        CAPTURE(value);
        const http::Response response = world.send(get("/api/things", {{"Authorization", value}}));
        CHECK(response.status == 401);
        const bool bearer = std::string_view(value).starts_with("Bearer w");
        CHECK(response.headers.get("WWW-Authenticate") ==
              (bearer ? "Bearer error=\"invalid_token\"" : "Bearer"));
    }
    CHECK(world.send(get("/api/vendors")).headers.get("WWW-Authenticate") == "Bearer");
    CHECK(world.send(get("/api/things", {{"Authorization", "bearer customer"}})).status == 200);
}

TEST_CASE("an answer to somebody signed in is not stored by caches, another asked for again", "[gateway]") {
    World world;
    CHECK(world.send(get("/api/things")).headers.get("Cache-Control") == "no-cache");
    CHECK_FALSE(world.send(ask(Method::post, "/api/login")).headers.has("Cache-Control"));
    const http::Response response = world.send(get("/api/things", {{"Authorization", "Bearer customer"}}));
    CHECK(response.headers.get("Cache-Control") == "no-store");
}

TEST_CASE("a session cookie signs in, but writes only from our own pages", "[gateway]") {
    World world;
    const std::string cookie = "a=1; cloudretail_session=customer; b=2";
    CHECK(world.send(get("/api/things", {{"Cookie", cookie}})).status == 200);
    CHECK(world.seen.role == Role::customer);
    const auto write = [&](std::vector<std::pair<std::string, std::string>> headers) {
        headers.emplace_back("Cookie", cookie);
        headers.emplace_back("Host", "shop.example:8080");
        return world.send(ask(Method::post, "/api/maybe", std::move(headers))).status;
    };
    CHECK(write({{"Sec-Fetch-Site", "same-origin"}}) == 200);
    CHECK(write({{"Sec-Fetch-Site", "none"}}) == 200);
    CHECK(write({{"Origin", "http://shop.example:8080"}}) == 200);
    CHECK(write({}) == 403);
    CHECK(write({{"Origin", "null"}}) == 403);
    CHECK(write({{"Origin", "http://evil.example"}}) == 403);
    CHECK(write({{"Origin", "http://shop.example:8080.evil.example"}}) == 403);
    CHECK(write({{"Sec-Fetch-Site", "same-site"}}) == 403);
    CHECK(write({{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://shop.example:8080"}}) == 403);
    CHECK(world.send(ask(Method::post, "/api/maybe", {{"Authorization", "Bearer customer"}})).status == 200);
}

TEST_CASE("a stale session cookie counts as none and is taken back", "[gateway]") {
    World world;
    const http::Response open =
        world.send(ask(Method::post, "/api/login", {{"Cookie", "cloudretail_session=old"}}));
    CHECK(open.status == 200);
    CHECK(mentions(open.headers.get("Set-Cookie"), "cloudretail_session=; Path=/; Max-Age=0"));
    const http::Response closed = world.send(get("/api/vendors", {{"Cookie", "cloudretail_session=old"}}));
    CHECK(closed.status == 401);
    CHECK(closed.headers.has("Set-Cookie"));
}

TEST_CASE("a body must be JSON of the operation's schema", "[gateway]") {
    World world;
    CHECK(world.send(make(R"({"n":1})")).status == 201);
    const http::Response invalid = world.send(make(R"({"n":0,"x":1})"));
    CHECK(invalid.status == 422);
    CHECK(mentions(invalid.body, R"({"pointer":"/n","detail":"must be at least 1"})"));
    CHECK(mentions(invalid.body, R"({"pointer":"/x","detail":"is not a known field"})"));
    for (const char* text : {"", "{", R"({"n":1}x)", R"({"n":1,"n":2})"}) {
        CAPTURE(text);
        const http::Response malformed = world.send(make(text));
        CHECK(malformed.status == 400);
        CHECK(problem_of(malformed) == "/problems/malformed-json");
    }
    http::Request form = make("n=1");
    form.headers.set("Content-Type", "application/x-www-form-urlencoded");
    CHECK(world.send(form).status == 415);
    CHECK(world.send(make(std::string(1024 * 1024 + 1, ' '))).status == 413);
    CHECK(world.made == 1);
}

TEST_CASE("a body with a content coding is refused, for nobody would take it off", "[gateway]") {
    World world;
    for (const char* coding : {"gzip", "br", "deflate, gzip"}) {
        http::Request coded = make(R"({"n":1})");
        coded.headers.set("Content-Encoding", coding);
        CHECK(world.send(coded).status == 415);
    }
    http::Request plain = make(R"({"n":1})");
    plain.headers.set("Content-Encoding", "identity");
    CHECK(world.send(plain).status == 201);
}

TEST_CASE("an optional body may be left out", "[gateway]") {
    World world;
    CHECK(world.send(ask(Method::post, "/api/maybe")).status == 200);
    CHECK(world.send(ask(Method::post, "/api/maybe", {{"Content-Type", "application/json"}}, "{}")).status ==
          200);
    CHECK(world.send(ask(Method::post, "/api/maybe", {{"Content-Type", "application/json"}}, "[]")).status ==
          422);
}

TEST_CASE("a body that is not JSON has its own types and size", "[gateway]") {
    World world;
    const std::string large(1'500'000, 'x');
    CHECK(world.send(ask(Method::post, "/api/image", {{"Content-Type", "image/png"}}, large)).status == 200);
    CHECK(world.send(ask(Method::post, "/api/image", {{"Content-Type", "text/html"}}, "x")).status == 415);
    const std::string too_large(image_bytes + 1, 'x');
    CHECK(world.send(ask(Method::post, "/api/image", {{"Content-Type", "image/png"}}, too_large)).status ==
          413);
}

TEST_CASE("what a body may weigh is known from the request line, and follows a reload", "[gateway]") {
    World world;
    const auto limit = [&](Method method, const char* path) {
        return world.gateway->body_limit(ask(method, path));
    };
    CHECK(limit(Method::post, "/api/image") == image_bytes);
    CHECK(limit(Method::post, "/api/v1/image") == image_bytes);
    CHECK(limit(Method::get, "/api/image") == 1024 * 1024);
    CHECK(limit(Method::post, "/api/things") == 1024 * 1024);
    CHECK(limit(Method::post, "/nowhere") == 1024 * 1024);
    world.config.set("limits.body_bytes", "2 KiB");
    world.gateway->reload_limits(world.config);
    CHECK(limit(Method::post, "/api/image") == image_bytes);
    CHECK(limit(Method::post, "/nowhere") == 2048);
}

TEST_CASE("an unknown query parameter is refused", "[gateway]") {
    World world;
    http::Request request = get("/api/things");
    request.query = {{"page", "2"}, {"pgae", "3"}};
    const http::Response response = world.send(request);
    CHECK(response.status == 422);
    CHECK(mentions(response.body, R"("pointer":"query/pgae")"));
}

TEST_CASE("what is broken is 500 without details, what is away is 503 with Retry-After", "[gateway]") {
    World world;
    captured.clear();
    log::configure(log::Format::json, log::Level::info);
    log::capture(capture);
    const http::Response broken = world.send(get("/api/broken", {{"X-Request-Id", "r-77"}}));
    CHECK(broken.status == 500);
    CHECK_FALSE(mentions(broken.body, "secret"));
    CHECK(mentions(broken.body, R"("requestId":"r-77")"));
    CHECK(mentions(captured, "r-77"));
    const http::Response away = world.send(get("/api/away"));
    CHECK(away.status == 503);
    CHECK(away.headers.get("Retry-After") == "4");
    CHECK(world.send(get("/api/things", {{"Authorization", "Bearer away"}})).headers.get("Retry-After") ==
          "3");
    CHECK(world.send(get("/api/refused")).status == 412);
}

TEST_CASE("the access log names the route and never the query or the body", "[gateway]") {
    World world;
    captured.clear();
    log::configure(log::Format::json, log::Level::info);
    log::capture(capture);
    http::Request request = make(R"({"n":4711})");
    request.query = {{"secret", "s3cr3t"}};
    request.headers.set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    world.send(request);
    world.send(get("/api/things/private-id"));
    CHECK(mentions(captured, "\"route\":\"/api/things/{id}\""));
    CHECK(mentions(captured, somebody.to_string()));
    CHECK(mentions(captured, "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\""));
    for (const char* never : {"s3cr3t", "4711", "private-id"}) CHECK_FALSE(mentions(captured, never));
}

TEST_CASE("requests are measured by route and status class", "[gateway]") {
    World world;
    world.send(get("/api/things/x"));
    world.send(get("/api/things/y"));
    world.send(get("/api/unknown"));
    const std::string text = world.registry.render();
    CHECK(mentions(text,
                   "cloudretail_http_request_duration_seconds_count{method=\"GET\",route=\"/api/things/"
                   "{id}\",status=\"2xx\"} 2"));
    CHECK(mentions(text, "route=\"none\",status=\"4xx\"} 1"));
}

TEST_CASE("pages of allowed origins may ask from elsewhere", "[gateway]") {
    World world({{"gateway.cors_origins", "https://shop.example"}});
    const http::Response preflight =
        world.send(ask(Method::options, "/api/things",
                       {{"Origin", "https://shop.example"}, {"Access-Control-Request-Method", "POST"}}));
    CHECK(preflight.status == 204);
    CHECK(preflight.headers.get("Access-Control-Allow-Origin") == "https://shop.example");
    CHECK(mentions(preflight.headers.get("Access-Control-Allow-Methods"), "POST"));
    CHECK(mentions(preflight.headers.get("Access-Control-Allow-Headers"), "Idempotency-Key"));
    CHECK_FALSE(preflight.headers.has("Access-Control-Allow-Credentials"));
    const http::Response answer = world.send(get("/api/things", {{"Origin", "https://shop.example"}}));
    CHECK(answer.headers.get("Access-Control-Allow-Origin") == "https://shop.example");
    CHECK(mentions(answer.headers.get("Access-Control-Expose-Headers"), "RateLimit"));
    CHECK(answer.headers.get("Vary") == "Origin");
    const http::Response foreign = world.send(get("/api/things", {{"Origin", "https://evil.example"}}));
    CHECK_FALSE(foreign.headers.has("Access-Control-Allow-Origin"));
    CHECK(foreign.headers.get("Vary") == "Origin");
}

TEST_CASE("OPTIONS of an unknown address is 404, of a known one says what it takes", "[gateway]") {
    World world;
    CHECK(world.send(ask(Method::options, "/api/nothing")).status == 404);
    const http::Response known = world.send(ask(Method::options, "/api/things"));
    CHECK(known.status == 204);
    CHECK(known.headers.get("Allow") == "GET, HEAD, POST, OPTIONS");
    const http::Response all = world.send(ask(Method::options, "*"));
    CHECK(all.status == 204);
    CHECK(mentions(all.headers.get("Allow"), "POST"));
}

TEST_CASE("the gateway says which paths are its own", "[gateway]") {
    World world;
    CHECK(world.gateway->serves("/api"));
    CHECK(world.gateway->serves("/api/nothing"));
    CHECK_FALSE(world.gateway->serves("/apis"));
    CHECK_FALSE(world.gateway->serves("/products"));
}

TEST_CASE("what the server refuses is a problem too", "[gateway]") {
    World world;
    const std::pair<int, const char*> table[] = {
        {400, "/problems/bad-request"}, {413, "/problems/too-large"}, {431, "/problems/headers-too-large"},
        {503, "/problems/overloaded"},  {408, "about:blank"},         {501, "about:blank"}};
    for (const auto& [status, type] : table) {
        const http::Response response = world.gateway->bad_request({}, status, "No.");
        CHECK(response.status == status);
        CHECK(problem_of(response) == type);
        CHECK(response.headers.has("X-Request-Id"));
    }
    const http::Request known = get("/api/things", {{"X-Request-Id", "mine"}});
    const http::Response named = world.gateway->bad_request(known, 413, "No.");
    CHECK(named.headers.get("X-Request-Id") == "mine");
    CHECK(mentions(named.body, R"("instance":"/api/things","requestId":"mine")"));
}

TEST_CASE("a request is counted while it is answered, also when its handler throws", "[gateway]") {
    World world;
    CHECK(world.in_flight() == "0");
    world.send(get("/api/things"));
    CHECK(world.seen_in_flight == "1");
    world.send(get("/api/broken"));
    CHECK(world.in_flight() == "0");
}
