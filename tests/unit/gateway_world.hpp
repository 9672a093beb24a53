// A gateway with routes, an authenticator and a database of the test's own, and requests to send through it.
// Not a test itself.
#pragma once

#include <support/result_text.hpp>

#include <base/uuid.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <db/migrate.hpp>
#include <gateway/chain.hpp>
#include <gateway/problem.hpp>
#include <log/log.hpp>

#include "gateway_fixture.hpp"

namespace cloudretail::test {

using namespace gateway;
using http::Method;

inline constexpr std::size_t image_bytes = 2 * 1024 * 1024;  // what /api/image takes

inline const UserId somebody = UserId::parse("01890a5d-ac96-774b-bcce-b302099a8057").value();

/// "customer", "vendor" and "admin" are good tokens, "key things:read" is a customer's API key with this
/// scope; "away" finds the database gone.
class Tokens final : public Authenticator {
  public:
    Task<Result<Caller>> authenticate(std::string token) override {
        if (token == "away") throw Unavailable("the database of user is away", 3);
        const bool key = token.starts_with("key ");
        const auto role = key ? Role::customer : role_from_text(token);
        if (!role || *role == Role::anonymous) co_return Error(errors::unauthenticated, "No.");
        Caller caller;
        caller.id = somebody;
        caller.role = *role;
        if (key) {
            caller.token_id = token;
            caller.scopes = Scopes::parse(std::string_view(token).substr(4));
        }
        co_return caller;
    }
    [[nodiscard]] bool still_good(const Caller&) const override { return true; }
    void know_scopes(const std::vector<ScopeRule>& scopes) override { known = scopes; }

    std::vector<ScopeRule> known;
};

inline const std::string contract_text =
    R"({"paths":{
  "/api/things":{"get":)" +
    operation(
        "list", "anyone",
        R"(,"x-scope":"things:read","parameters":[{"name":"page","in":"query","schema":{"type":"integer"}}])") +
    R"(,"post":)" +
    operation(
        "make", "signed_in",
        R"(,"x-scope":"things:write","parameters":[{"$ref":"#/components/parameters/idempotencyKey"}])" +
            json_body(
                R"({"type":"object","required":["n"],"properties":{"n":{"type":"integer","minimum":1}}})")) +
    R"(},
  "/api/things/{id}":{"get":)" +
    operation("read", "anyone", R"(,"x-owner":"none","parameters":[{"$ref":"#/components/parameters/id"}])") +
    R"(},
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
    operation("refused", "anyone", R"(,"x-scope":"any")") + R"(},
  "/api/image":{"post":)" +
    operation("image", "anyone", R"(,"requestBody":{"required":true,"content":{"image/*":{"schema":{}}}})") +
    R"(}
}})";

struct World {
    config::Config config;
    metrics::Registry registry;
    ManualClock clock;
    Tokens tokens;
    db::Database database{{.module = "unit", .url = "sqlite::memory:", .inline_executor = true}, clock};
    Fragments fragments{contract_text, core_with_scopes};
    std::unique_ptr<Gateway> gateway;
    int made = 0;             // times the POST's handler ran
    int answer_status = 201;  // what it keeps
    Caller seen;
    std::string seen_path_value, seen_address, seen_in_flight;

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
             db::Database* keys = nullptr, std::string bucket = {}, std::size_t body_limit = 0) {
        gateway->add({.method = method,
                      .path = std::move(path),
                      .operation_id = std::move(id),
                      .access = access,
                      .handler = std::move(handler),
                      .idempotency = keys,
                      .bucket = std::move(bucket),
                      .body_limit = body_limit});
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
        add(Method::post, "/api/image", "image", Access::anyone, fine, nullptr, "", image_bytes);
        add(Method::get, "/api/broken", "broken", Access::anyone,
            [](Call&) -> Task<Result<http::Response>> { throw std::runtime_error("secret path /var/x"); });
        add(Method::get, "/api/away", "away", Access::anyone,
            [](Call&) -> Task<Result<http::Response>> { throw Unavailable("queue full", 4); });
        add(Method::get, "/api/refused", "refused", Access::anyone, [](Call&) { return refused_handler(); });
    }
    /// What the metric of requests in flight says.
    [[nodiscard]] std::string in_flight() const {
        const std::string text = registry.render(), name = "\ncloudretail_http_requests_in_flight ";
        const auto at = text.find(name) + name.size();
        return text.substr(at, text.find('\n', at) - at);
    }
    static Task<Result<http::Response>> refused_handler() {
        co_return Error(errors::stale, "Read it again.");
    }
    static Task<Result<http::Response>> fine_handler(World* world, Call& call) {
        world->seen = call.caller;
        world->seen_address = call.client_address;
        world->seen_in_flight = world->in_flight();
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

inline http::Request ask(Method method, std::string path,
                         std::vector<std::pair<std::string, std::string>> headers = {},
                         std::string body = {}) {
    http::Request request;
    request.method = method;
    request.method_text = http::to_text(method);
    request.path = path;
    request.target = std::move(path);
    for (auto& [name, value] : headers) request.headers.add(name, value);
    request.body = std::move(body);
    return request;
}

inline http::Request get(std::string path, std::vector<std::pair<std::string, std::string>> headers = {}) {
    return ask(Method::get, std::move(path), std::move(headers));
}

/// A POST of /api/things by a customer.
inline http::Request make(std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
    headers.emplace_back("Authorization", "Bearer customer");
    headers.emplace_back("Content-Type", "application/json");
    return ask(Method::post, "/api/things", std::move(headers), std::move(body));
}

inline std::string problem_of(const http::Response& response) {
    const auto document = json::Document::parse(response.body).value();
    return std::string(document.root()["type"].text().value_or(""));
}

}  // namespace cloudretail::test
