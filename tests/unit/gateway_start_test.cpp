// What stops the start: every way in which routes, handlers and the document can differ, one by one, and a
// document that the server could not enforce.
#include <catch2/catch.hpp>

#include "gateway_world.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

/// Two operations and their routes; a test changes one thing.
struct Start {
    config::Config config;
    metrics::Registry registry;
    ManualClock clock;
    db::Database keys{{.module = "unit", .url = "sqlite::memory:", .inline_executor = true}, clock};
    std::string read = operation("read", "anyone",
                                 R"(,"x-owner":"none","parameters":[{"$ref":"#/components/parameters/id"}])");
    std::string make = operation("make", "signed_in",
                                 R"(,"parameters":[{"$ref":"#/components/parameters/idempotencyKey"}])");
    std::vector<Route> routes;

    Start() {
        add(Method::get, "/api/things/{id}", "read", Access::anyone);
        add(Method::post, "/api/things", "make", Access::signed_in);
        routes[1].idempotency = &keys;
    }
    void add(Method method, std::string path, std::string id, Access access) {
        routes.push_back({.method = method,
                          .path = std::move(path),
                          .operation_id = std::move(id),
                          .access = access,
                          .handler = [](Call&) -> Task<Result<http::Response>> {
                              co_return http::json_response(200, "{}");
                          }});
    }
    /// What the start says; empty: it starts.
    std::string said() {
        Gateway gateway(config, registry, clock);
        const Fragments fragments(R"({"paths":{"/api/things/{id}":{"get":)" + read +
                                  R"(},"/api/things":{"post":)" + make + "}}}");
        try {
            for (const Route& route : routes) gateway.add(route);
            gateway.seal(fragments.files());
        } catch (const std::exception& e) {
            return e.what();
        }
        return {};
    }
};

}  // namespace

TEST_CASE("routes, handlers and document that agree start", "[gateway]") { CHECK(Start().said().empty()); }

TEST_CASE("each difference between a route and its operation stops the start", "[gateway]") {
    const std::pair<std::function<void(Start&)>, const char*> table[] = {
        {[](Start& s) { s.routes.pop_back(); }, "POST /api/things: the document's operation has no route"},
        {[](Start& s) { s.add(Method::put, "/api/things", "x", Access::anyone); },
         "PUT /api/things: the route is not in the document"},
        {[](Start& s) { s.routes[0].path = "/api/things/{key}"; },
         "GET /api/things/{key}: the route is not in the document"},
        {[](Start& s) { s.routes[0].path = "/api/things/all"; },
         "GET /api/things/{id}: the document's operation has no route"},
        {[](Start& s) { s.routes[0].method = Method::del; },
         "GET /api/things/{id}: the document's operation has no route"},
        {[](Start& s) { s.routes[0].operation_id = "look"; }, "operationId is read, the route says look"},
        {[](Start& s) { s.routes[1].access = Access::admin; }, "x-access is signed_in, the route says admin"},
        {[](Start& s) { s.routes[1].access = Access::anyone; },
         "x-access is signed_in, the route says anyone"},
        {[](Start& s) { s.routes[1].idempotency = nullptr; },
         "the document has an Idempotency-Key, the route takes none"},
        {[](Start& s) { s.make = operation("make", "signed_in"); },
         "the route takes an Idempotency-Key, the document has none"},
        {[](Start& s) { s.routes.push_back(s.routes[0]); }, "two routes for GET /api/things/{id}"},
        {[](Start& s) { s.routes[0].handler = {}; }, "a route without a handler: read"},
        {[](Start& s) { s.routes[0].bucket = "nonsense"; }, "no such rate limit bucket: nonsense"},
        {[](Start& s) { s.routes[0].path = "/api/v1/things/{id}"; }, "not a route: GET /api/v1/things/{id}"},
        {[](Start& s) { s.routes[0].path = "/api/things/x{id}"; }, "a parameter must be a whole segment"},
        {[](Start& s) { s.routes[0].method = Method::options; }, "not a route: OPTIONS"},
    };
    for (const auto& [change, part] : table) {
        Start start;
        change(start);
        CAPTURE(part, start.said());
        CHECK(mentions(start.said(), part));
    }
}

TEST_CASE("a document that cannot be enforced stops the start", "[gateway]") {
    const std::pair<std::string, const char*> table[] = {
        {json_body(R"({"type":"string","pattern":"^a*$","maxLength":5})"), "'pattern' is not supported"},
        {json_body(R"({"type":"string"})"), "needs maxLength"},
        {json_body(R"({"type":"object"})"), "needs properties"},
        {R"(,"requestBody":{"required":true,"content":{}})", "names no content"},
        {R"(,"parameters":[{"name":"q","in":"query","schema":{"type":"array"}}])",
         "must be a string, integer"},
        {R"(,"parameters":[{"name":"q","in":"query","schema":{"type":"string"}}])", "needs maxLength"},
    };
    for (const auto& [more, part] : table) {
        Start start;
        start.make = operation("make", "signed_in", more);
        start.routes[1].idempotency = nullptr;
        CAPTURE(part, start.said());
        CHECK(mentions(start.said(), part));
    }
}

TEST_CASE("an operation whose access is no word of ours stops the start", "[gateway]") {
    Start start;
    start.make = operation("make", "everybody");
    CHECK(mentions(start.said(), "x-access must be"));
}
