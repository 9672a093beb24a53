// The chain every request passes, with routes and an authenticator of the test's own.
#include "result_text.hpp"

#include <base/uuid.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <db/migrate.hpp>
#include <gateway/chain.hpp>
#include <gateway/problem.hpp>
#include <log/log.hpp>

#include "gateway_fixture.hpp"

using namespace cloudretail;
using namespace cloudretail::gateway;
using namespace cloudretail::test;
using http::Method;

namespace {

const UserId somebody = UserId::parse("01890a5d-ac96-774b-bcce-b302099a8057").value();

/// "customer", "vendor" and "admin" are good tokens; "away" finds the database gone.
class Tokens final : public Authenticator {
  public:
    Task<Result<Caller>> authenticate(std::string token) override {
        if (token == "away") throw Unavailable("the database of user is away", 3);
        const auto role = role_from_text(token);
        if (!role || *role == Role::anonymous) co_return Error(errors::unauthenticated, "No.");
        Caller caller;
        caller.id = somebody;
        caller.role = *role;
        co_return caller;
    }
};

std::string captured;
void capture(std::string_view line) { captured.append(line).append("\n"); }

const std::string contract_text =
    R"({"paths":{
  "/api/things":{"get":)" +
    operation("list", "anyone",
              R"(,"parameters":[{"name":"page","in":"query","schema":{"type":"integer"}}])") +
    R"(,"post":)" +
    operation(
        "make", "signed_in",
        R"(,"parameters":[{"$ref":"#/components/parameters/idempotencyKey"}])" +
            json_body(
                R"({"type":"object","required":["n"],"properties":{"n":{"type":"integer","minimum":1}}})")) +
    R"(},
  "/api/things/{id}":{"get":)" +
    operation("read", "anyone", R"(,"parameters":[{"$ref":"#/components/parameters/id"}])") + R"(},
  "/api/maybe":{"post":)" +
    operation("maybe", "anyone", json_body(R"({"type":"object","properties":{}})", false)) + R"(},
  "/api/vendors":{"get":)" +
    operation("vendors", "vendor") + R"(},
  "/api/admins":{"get":)" +
    operation("admins", "admin") + R"(},
  "/api/login":{"post":)" +
    operation("login", "anyone") + R"(},
  "/api/broken":{"get":)" +
    operation("broken", "anyone") + R"(},
  "/api/away":{"get":)" +
    operation("away", "anyone") + R"(},
  "/api/refused":{"get":)" +
    operation("refused", "anyone") + R"(},
  "/api/image":{"post":)" +
    operation(
        "image", "anyone",
        R"(,"requestBody":{"required":true,"x-max-bytes":2097152,"content":{"image/*":{"schema":{}}}})") +
    R"(}
}})";

struct World {
    config::Config config;
    metrics::Registry registry;
    ManualClock clock;
    Tokens tokens;
    db::Database database{{.module = "unit", .url = "sqlite::memory:", .inline_executor = true}, clock};
    Fragments fragments{contract_text};
    std::unique_ptr<Gateway> gateway;
    int made = 0;             // times the POST's handler ran
    int answer_status = 201;  // what it keeps
    Caller seen;
    std::string seen_path_value, seen_address;

    explicit World(const std::vector<std::pair<std::string, std::string>>& settings = {}) {
        for (const auto& [key, value] : settings) config.set(key, value);
        database.open();
        db::migrate(database);
        gateway = std::make_unique<Gateway>(config, registry, clock);
        gateway->set_authenticator(tokens);
        add_routes();
        gateway->seal(fragments.files());
    }
    ~World() { log::capture(nullptr); }

    void add(Method method, std::string path, std::string id, Access access, RouteHandler handler,
             db::Database* keys = nullptr, std::string bucket = {}) {
        gateway->add({.method = method,
                      .path = std::move(path),
                      .operation_id = std::move(id),
                      .access = access,
                      .handler = std::move(handler),
                      .idempotency = keys,
                      .bucket = std::move(bucket)});
    }
    void add_routes() {
        const RouteHandler fine = [this](Call& call) { return fine_handler(this, call); };
        add(Method::get, "/api/things", "list", Access::anyone, fine);
        add(
            Method::post, "/api/things", "make", Access::signed_in,
            [this](Call& call) { return make_handler(this, call); }, &database);
        add(Method::get, "/api/things/{id}", "read", Access::anyone, fine);
        add(Method::post, "/api/maybe", "maybe", Access::anyone, fine);
        add(Method::get, "/api/vendors", "vendors", Access::vendor, fine);
        add(Method::get, "/api/admins", "admins", Access::admin, fine);
        add(Method::post, "/api/login", "login", Access::anyone, fine, nullptr, "login");
        add(Method::post, "/api/image", "image", Access::anyone, fine);
        add(Method::get, "/api/broken", "broken", Access::anyone,
            [](Call&) -> Task<Result<http::Response>> { throw std::runtime_error("secret path /var/x"); });
        add(Method::get, "/api/away", "away", Access::anyone,
            [](Call&) -> Task<Result<http::Response>> { throw Unavailable("queue full", 4); });
        add(Method::get, "/api/refused", "refused", Access::anyone, [](Call&) { return refused_handler(); });
    }
    static Task<Result<http::Response>> refused_handler() {
        co_return Error(errors::stale, "Read it again.");
    }
    static Task<Result<http::Response>> fine_handler(World* world, Call& call) {
        world->seen = call.caller;
        world->seen_address = call.client_address;
        world->seen_path_value = call.path_values.empty() ? "" : call.path_values[0];
        co_return http::json_response(200, "{}");
    }
    static Task<Result<http::Response>> make_handler(World* world, Call& call) {
        ++world->made;
        db::StoredAnswer answer;
        answer.status = world->answer_status;
        answer.body = "{\"run\":" + std::to_string(world->made) + "}";
        answer.location = "/api/things/1";
        auto work = [key = call.idempotency, answer, subject = std::to_string(world->made)](db::Tx& tx) {
            auto found = db::claim(tx, key, subject);
            if (found && !*found && answer.status != 0) db::keep(tx, key, answer);
            return found;
        };
        auto found = co_await world->database.write(std::move(work));
        if (!found) co_return found.error();
        http::Response response = http::json_response(answer.status == 0 ? 202 : answer.status, answer.body);
        co_return response;
    }

    http::Response send(http::Request request) {
        if (request.peer.empty()) request.peer = "192.0.2.1";
        boost::asio::io_context io;
        std::optional<http::Response> response;
        boost::asio::co_spawn(io, gateway->handle(request), [&](std::exception_ptr failed, http::Response r) {
            if (!failed) response = std::move(r);
        });
        io.run();
        REQUIRE(response.has_value());
        return std::move(*response);
    }
};

http::Request ask(Method method, std::string path,
                  std::vector<std::pair<std::string, std::string>> headers = {}, std::string body = {}) {
    http::Request request;
    request.method = method;
    request.method_text = http::to_text(method);
    request.path = path;
    request.target = std::move(path);
    for (auto& [name, value] : headers) request.headers.add(name, value);
    request.body = std::move(body);
    return request;
}

http::Request get(std::string path, std::vector<std::pair<std::string, std::string>> headers = {}) {
    return ask(Method::get, std::move(path), std::move(headers));
}

/// A POST of /api/things by a customer.
http::Request make(std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
    headers.emplace_back("Authorization", "Bearer customer");
    headers.emplace_back("Content-Type", "application/json");
    return ask(Method::post, "/api/things", std::move(headers), std::move(body));
}

std::string problem_of(const http::Response& response) {
    const auto document = json::Document::parse(response.body).value();
    return std::string(document.root()["type"].text().value_or(""));
}

}  // namespace

TEST_CASE("a public request passes and carries the common headers", "[gateway]") {
    World world;
    const http::Response response = world.send(get("/api/v1/things"));
    CHECK(response.status == 200);
    CHECK(response.headers.get("X-Content-Type-Options") == "nosniff");
    CHECK_FALSE(response.headers.get("Referrer-Policy").empty());
    CHECK(Uuid::parse(response.headers.get("X-Request-Id")).has_value());
    CHECK_FALSE(response.headers.has("Cache-Control"));
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
                            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "x"}) {
        world.send(get("/api/things", {{"traceparent", bad}}));
        CHECK(world.seen.traceparent.empty());
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

TEST_CASE("a token that is not good is refused even where none is needed", "[gateway]") {
    World world;
    for (const char* value : {"Bearer wrong", "Bearer ", "Basic Zm9v", "customer"}) {
        CAPTURE(value);
        const http::Response response = world.send(get("/api/things", {{"Authorization", value}}));
        CHECK(response.status == 401);
        CHECK(response.headers.get("WWW-Authenticate") == "Bearer");
    }
    CHECK(world.send(get("/api/things", {{"Authorization", "bearer customer"}})).status == 200);
}

TEST_CASE("an answer to somebody signed in is not stored by caches", "[gateway]") {
    World world;
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
    CHECK(world.gateway->max_body_bytes() == 2 * 1024 * 1024);
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
    world.send(request);
    world.send(get("/api/things/private-id"));
    CHECK(mentions(captured, "\"route\":\"/api/things/{id}\""));
    CHECK(mentions(captured, somebody.to_string()));
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
        const http::Response response = world.gateway->bad_request(status, "No.");
        CHECK(response.status == status);
        CHECK(problem_of(response) == type);
        CHECK(response.headers.has("X-Request-Id"));
    }
}

TEST_CASE("routes and contract that differ stop the start", "[gateway]") {
    config::Config config;
    metrics::Registry registry;
    const ManualClock clock;
    Gateway gateway(config, registry, clock);
    const Fragments fragments(contract_text);
    CHECK(mentions(contract_error([&] { gateway.seal(fragments.files()); }),
                   "GET /api/things: the document's operation has no route"));
    CHECK_THROWS_AS(gateway.add({.method = Method::get,
                                 .path = "/api/x",
                                 .operation_id = "x",
                                 .access = Access::anyone,
                                 .handler = {},
                                 .bucket = "nonsense"}),
                    std::invalid_argument);
}
