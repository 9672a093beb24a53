// The user module as the application sees it: routes with their statuses and headers, the contract, commands,
// checks.
#include "module.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <embedded/openapi_fragments.hpp>
#include <gateway/openapi.hpp>
#include <gateway/problem.hpp>
#include <gateway/validate.hpp>
#include <support/test_database.hpp>

namespace cloudretail::user {

namespace {

/// The module built from a configuration, on the place of a test database, with running threads.
struct House {
    explicit House(db::Dialect dialect, const std::string& public_url = "")
        : place(dialect, "user", clock), contract(embedded::openapi_fragments()) {
        place.database().close();
        config.set("server.data_dir", folder.path().string());
        config.set("user.database_url", place.same_place().url);
        config.set("auth.password_memory", "8MiB");
        config.set("auth.password_passes", "1");
        if (!public_url.empty()) config.set("server.public_url", public_url);
        runtime.start();
        build();
    }
    ~House() {
        end();
        runtime.stop();
    }
    void build() {
        bus = std::make_unique<events::Bus>(runtime, events::BusSettings{});
        sagas = std::make_unique<saga::Engine>(runtime, saga::EngineSettings{});
        persons = {};
        module = std::make_unique<UserModule>(
            app::Environment{config, clock, runtime, *bus, *sagas, metrics, persons});
        module->database().open();
        db::migrate(module->database());
        module->start();
        routes = module->routes();
    }
    void end() {
        module->stop();
        runtime.drain(std::chrono::seconds(5));
        module->database().close();
        routes.clear();
        module.reset();
    }

    template <class T>
    T run(Task<T> task) {
        return boost::asio::co_spawn(runtime.context(0), std::move(task), boost::asio::use_future).get();
    }

    struct Asked {
        std::string body{}, token{}, if_match{};
    };
    /// The answer of an operation, as a client would get it; errors as problems.
    http::Response ask(const std::string& operation, Asked asked) {
        for (const auto& route : routes) {
            if (route.operation_id != operation) continue;
            http::Request request;
            request.method = route.method;
            request.path = request.target = route.path;
            if (!asked.if_match.empty()) request.headers.set("If-Match", asked.if_match);
            gateway::Call call{request, {}, "r", "192.0.2.1", {}, {}, {}};
            if (!asked.token.empty()) {
                auto caller = run(module->authenticator().authenticate(asked.token));
                if (!caller) return gateway::problem_response(caller.error(), {});
                call.caller = *caller;
            }
            if (!asked.body.empty()) {
                auto document = json::Document::parse(asked.body);
                REQUIRE(document.has_value());
                call.document = std::move(*document);
                for (const auto& op : contract.operations()) {
                    if (op.operation_id != operation) continue;
                    std::vector<FieldError> wrong;
                    gateway::OperationSchema(contract, op).check_body(call.body(), wrong);
                    Error invalid(errors_of(wrong));
                    if (!wrong.empty()) return gateway::problem_response(invalid, {});
                }
            }
            auto answer = run(route.handler(call));
            return answer ? std::move(*answer) : gateway::problem_response(answer.error(), {});
        }
        FAIL("no such operation: " << operation);
        return {};
    }
    static Error errors_of(std::vector<FieldError> wrong) {
        Error error(cloudretail::errors::validation, "schema");
        error.fields = std::move(wrong);
        return error;
    }
    static std::string field(const http::Response& response, std::string_view name) {
        auto document = json::Document::parse(response.content());
        return std::string(document.value().root()[name].text().value_or(""));
    }

    ManualClock clock;
    test::TemporaryFolder folder;
    test::TestDatabase place;
    config::Config config;
    runtime::Runtime runtime{1};
    std::unique_ptr<events::Bus> bus;
    std::unique_ptr<saga::Engine> sagas;
    metrics::Registry metrics;
    app::Persons persons;
    gateway::OpenApi contract;
    std::unique_ptr<UserModule> module;
    std::vector<gateway::Route> routes;
};

const char* const demo_registration =
    R"({"email": "demo@example.com", "password": "Demo123!", "firstName": "Demo", "lastName": "User",
        "role": "vendor", "gdprConsent": true})";
const char* const demo_login = R"({"email": "demo@example.com", "password": "Demo123!"})";

}  // namespace

TEST_CASE_ON_BOTH("the user module's routes are those of its contract", "[user]") {
    House house(dialect);
    std::size_t mine = 0;
    for (const auto& operation : house.contract.operations()) {
        if (!operation.path.starts_with("/api/users") && !operation.path.starts_with("/api/api-keys"))
            continue;
        ++mine;
        INFO(operation.operation_id);
        bool found = false;
        for (const auto& route : house.routes)
            found |= route.operation_id == operation.operation_id && route.method == operation.method &&
                     route.path == operation.path && route.access == operation.access &&
                     (route.idempotency != nullptr) == operation.idempotency_key;
        CHECK(found);
    }
    CHECK(mine == house.routes.size());
}

TEST_CASE_ON_BOTH("the demo registers and signs in word for word", "[user]") {
    House house(dialect);
    auto registered = house.ask("registerUser", {demo_registration});
    CHECK(registered.status == 201);
    CHECK(registered.headers.get("Location") == "/api/users/me");
    CHECK(registered.headers.get("Cache-Control") == "no-store");
    CHECK_FALSE(House::field(registered, "token").empty());
    auto signed_in = house.ask("logIn", {demo_login});
    CHECK(signed_in.status == 200);
    auto me = house.ask("getMe", {"", House::field(signed_in, "token")});
    CHECK(me.status == 200);
    CHECK(me.headers.get("ETag") == "\"1\"");
    CHECK(House::field(me, "email") == "demo@example.com");
}

TEST_CASE_ON_BOTH("registering answers 403, 409 and 422 where it should", "[user]") {
    House house(dialect);
    auto with = [](const std::string& from, const std::string& to) {
        std::string body = demo_registration;
        return body.replace(body.find(from), from.size(), to);
    };
    CHECK(house.ask("registerUser", {with("vendor", "admin")}).status == 403);
    for (const auto& body : {with("true", "false"), with("vendor", "emperor"), with("Demo123!", "short"),
                             with("demo@example.com", "demo"), with("\"Demo\"", "\"  \""),
                             with("\"Demo\"", "null"), with("\"gdprConsent\": true", "\"x\": 1")})
        CHECK(house.ask("registerUser", {body}).status == 422);
    auto no_consent = house.ask("registerUser", {with("true", "false")});
    CHECK(no_consent.body.find("/gdprConsent") != std::string::npos);
    CHECK(house.ask("registerUser", {demo_registration}).status == 201);
    auto taken = house.ask("registerUser", {with("demo@", "DEMO@")});
    CHECK(taken.status == 409);
    CHECK(House::field(taken, "type") == "/problems/email-taken");
}

TEST_CASE_ON_BOTH("a log-in with a cookie keeps the token out of the body, and a log-out clears it",
                  "[user]") {
    for (const bool https : {false, true}) {
        House house(dialect, https ? "https://shop.example.com" : "http://shop.example.com");
        house.ask("registerUser", {demo_registration});
        auto signed_in =
            house.ask("logIn", {R"({"email":"demo@example.com","password":"Demo123!","cookie":true})"});
        CHECK(signed_in.status == 200);
        CHECK(signed_in.body.find("\"token\"") == std::string::npos);
        std::string cookie(signed_in.headers.get("Set-Cookie"));
        const std::string name = "cloudretail_session=";
        const std::string attributes =
            std::string("; HttpOnly; SameSite=Lax; Path=/; Max-Age=86400") + (https ? "; Secure" : "");
        REQUIRE(cookie.starts_with(name));
        REQUIRE(cookie.ends_with(attributes));
        const std::string token = cookie.substr(name.size(), cookie.size() - name.size() - attributes.size());
        CHECK(house.ask("getMe", {"", token}).status == 200);
        auto signed_out = house.ask("logOut", {"", token});
        CHECK(signed_out.status == 204);
        CHECK(signed_out.headers.get("Set-Cookie")
                  .starts_with("cloudretail_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"));
        CHECK(house.ask("getMe", {"", token}).status == 401);
    }
}

TEST_CASE_ON_BOTH("failed log-ins answer 401, then 429 with Retry-After", "[user]") {
    House house(dialect);
    house.ask("registerUser", {demo_registration});
    const std::string wrong = R"({"email":"demo@example.com","password":"wrong"})";
    auto unknown = house.ask("logIn", {R"({"email":"nobody@example.com","password":"wrong"})"});
    for (int i = 0; i < 10; ++i) {
        auto refused = house.ask("logIn", {wrong});
        CHECK(refused.status == 401);
        CHECK(refused.body == unknown.body);
        CHECK(House::field(refused, "type") == "/problems/invalid-credentials");
    }
    auto waiting = house.ask("logIn", {demo_login});
    CHECK(waiting.status == 429);
    CHECK(waiting.headers.get("Retry-After") == "900");
    CHECK(House::field(waiting, "type") == "/problems/too-many-failures");
}

TEST_CASE_ON_BOTH("a profile is patched, cleared by null and guarded by If-Match", "[user]") {
    House house(dialect);
    const std::string token = House::field(house.ask("registerUser", {demo_registration}), "token");
    auto changed = house.ask("changeMe", {R"({"phone":"+44 20 7946 0018","addresses":[{"street":"123 Main St",
        "city":"London","state":"UK","zipCode":"SW1A","country":"UK"}]})",
                                          token, "\"1\""});
    CHECK(changed.status == 200);
    CHECK(changed.headers.get("ETag") == "\"2\"");
    CHECK(House::field(changed, "phone") == "+44 20 7946 0018");
    CHECK(house.ask("changeMe", {R"({"firstName":"X"})", token, "\"1\""}).status == 412);
    CHECK(house.ask("changeMe", {R"({"firstName":null})", token}).status == 422);
    CHECK(house.ask("changeMe", {R"({"role":"admin"})", token}).status == 422);
    CHECK(house.ask("changeMe", {R"({"phone":"ask me"})", token}).status == 422);
    auto cleared = house.ask("changeMe", {R"({"phone":null,"addresses":null})", token, "\"2\""});
    CHECK(cleared.status == 200);
    CHECK(cleared.body.find("\"phone\":null,\"addresses\":[]") != std::string::npos);
    CHECK(House::field(cleared, "firstName") == "Demo");
}

TEST_CASE_ON_BOTH("tokens and revocations survive a restart", "[user]") {
    House house(dialect);
    const std::string kept = House::field(house.ask("registerUser", {demo_registration}), "token");
    const std::string revoked = House::field(house.ask("logIn", {demo_login}), "token");
    CHECK(house.ask("logOut", {"", revoked}).status == 204);
    house.end();
    house.build();
    CHECK(house.ask("getMe", {"", kept}).status == 200);
    CHECK(house.ask("getMe", {"", revoked}).status == 401);
}

TEST_CASE_ON_BOTH("admin create is a command, and a fresh store has no violations", "[user]") {
    House house(dialect);
    auto commands = house.module->commands();
    REQUIRE(commands.size() == 1);
    CHECK(commands[0].name == "admin create");
    auto refused = house.run(commands[0].run({{"email", "boss@example.com"}}));
    CHECK_FALSE(refused.has_value());
    auto made = house.run(commands[0].run({{"email", "boss@example.com"}, {"password", "Secret-Enough-1"}}));
    CHECK(made.has_value());
    house.ask("registerUser", {demo_registration});
    CHECK(house.run(house.module->check()).empty());
    house.place.beside("UPDATE users SET consent_at = NULL");
    CHECK(house.run(house.module->check()).size() == 1);
}

}  // namespace cloudretail::user
