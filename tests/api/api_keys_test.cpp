// API keys over HTTP: shown once, used as a bearer token, ended at once; and never where only a person may.
#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

HttpClient::Headers bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }

}  // namespace

TEST_CASE_ON_BOTH("a program reads stock with a key of its own, until the key is ended", "[keys]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    const std::string product = make_product(client, vendor);
    const auto made =
        client.post("/api/api-keys", R"({"name":"Scanner","scopes":["inventory:read","inventory:write"]})",
                    vendor.headers());
    REQUIRE(made.status == 201);
    const std::string key = at(made, "key"), id = at(made, "id");
    CHECK(made.header("Location") == "/api/api-keys/" + id);
    CHECK(made.header("Cache-Control") == "no-store");
    CHECK(at(made, "lastUsedAt") == "null");
    add_stock(client, {vendor.id, vendor.email, key}, product, 5);
    CHECK(at(client.get("/api/inventory/" + product, bearer(key)), "available") == "5");

    const auto refused = client.get("/api/products", bearer(key));
    CHECK(refused.status == 403);
    CHECK(problem_of(refused) == "insufficient-scope");
    CHECK(
        client.post("/api/api-keys", R"({"name":"More","scopes":["inventory:read"]})", bearer(key)).status ==
        403);
    CHECK(client.get("/api/users/me/export", bearer(key)).status == 403);
    CHECK(client.get("/health", bearer(key)).status == 200);

    // Shown once: no list has it, nor has the export of personal data, which names it.
    for (const char* path : {"/api/api-keys", "/api/users/me/export"}) {
        const auto seen = client.get(path, vendor.headers());
        CHECK(seen.status == 200);
        CHECK(seen.body.find(key.substr(0, 8)) != std::string::npos);
        CHECK(seen.body.find(key) == std::string::npos);
    }
    const auto one = client.get("/api/api-keys/" + id, vendor.headers());
    auto unchanged = vendor.headers();
    unchanged.push_back({"If-None-Match", std::string(one.header("ETag"))});
    CHECK(client.get("/api/api-keys/" + id, unchanged).status == 304);

    CHECK(client.del("/api/api-keys/" + id, vendor.headers()).status == 204);
    CHECK(client.get("/api/inventory/" + product, bearer(key)).status == 401);
    CHECK(client.get("/api/api-keys/" + id, vendor.headers()).status == 404);
}

TEST_CASE_ON_BOTH("keys outlive a restart and end with a restore and with their account", "[keys]") {
    ServerProcess server(CLOUDRETAIL_BINARY, dialect, quick_flags());
    server.start();
    const Account customer = register_account(server.gateway());
    const auto made = server.gateway().post("/api/api-keys", R"({"name":"Mine","scopes":["profile:read"]})",
                                            customer.headers());
    const auto mine = bearer(at(made, "key"));
    CHECK(server.gateway().get("/api/users/me", mine).status == 200);
    REQUIRE(server.terminate() == 0);
    server.start();
    CHECK(server.gateway().get("/api/users/me", mine).status == 200);
    const TemporaryFolder folder;
    const std::string backup = (folder.path() / "backup").string();
    REQUIRE(server.run({"backup", backup}).status == 0);
    REQUIRE(server.gateway()
                .request("DELETE", "/api/users/me", customer.headers(),
                         R"({"password":")" + std::string(demo_password) + "\"}")
                .status == 204);
    CHECK(server.gateway().get("/api/users/me", mine).status == 401);

    ServerProcess other(CLOUDRETAIL_BINARY, dialect, quick_flags());
    REQUIRE(other.run({"restore", backup}).status == 0);
    other.start();
    CHECK(other.gateway().get("/api/users/me", mine).status == 401);
}

TEST_CASE("what a key cannot be is told field by field", "[keys]") {
    const RunningServer server;
    HttpClient client = server.gateway();
    const Account customer = register_account(client);
    const auto post = [&](const std::string& body) {
        return client.post("/api/api-keys", body, customer.headers());
    };
    const auto beyond = post(R"({"name":"x","scopes":["profile:read","users:write","nothing"]})");
    CHECK(beyond.status == 422);
    CHECK(at(beyond, "errors/0/pointer") == "/scopes/1");
    CHECK(at(beyond, "errors/1/pointer") == "/scopes/2");
    CHECK(post(R"({"name":"x","scopes":[]})").status == 422);
    CHECK(post(R"({"name":"x","scopes":["profile:read","profile:read"]})").status == 422);
    CHECK(post(R"({"name":"x","scopes":["profile:read"],"expiresAt":"2001-01-01T00:00:00Z"})").status == 422);
    CHECK(post(R"({"name":"x","scopes":["profile:read"],"expiresAt":"2999-01-01T00:00:00Z"})").status == 422);
    for (int i = 0; i < 20; ++i) CHECK(post(R"({"name":"x","scopes":["profile:read"]})").status == 201);
    const auto full = post(R"({"name":"x","scopes":["profile:read"]})");
    CHECK(full.status == 409);
    CHECK(problem_of(full) == "too-many-api-keys");
}
