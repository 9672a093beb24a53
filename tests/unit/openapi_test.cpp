// Joining fragments and comparing the contract with the routes.
#include <catch2/catch.hpp>
#include <embedded/openapi_fragments.hpp>
#include <gateway/openapi.hpp>
#include <gateway/validate.hpp>

#include "gateway_fixture.hpp"

using namespace cloudretail;
using namespace cloudretail::gateway;
using namespace cloudretail::test;

namespace {
std::string join_error(const std::string& fragment) {
    return contract_error([&] {
        const Fragments fragments(fragment);
        const OpenApi contract(fragments.files());
    });
}
std::string operation_error(std::string_view method, std::string_view path, std::string_view text) {
    return join_error("{\"paths\":{\"" + std::string(path) + "\":{\"" + std::string(method) +
                      "\":" + std::string(text) + "}}}");
}
Route route(http::Method method, std::string path, std::string id, Access access) {
    return {.method = method,
            .path = std::move(path),
            .operation_id = std::move(id),
            .access = access,
            .handler = {}};
}
}  // namespace

TEST_CASE("fragments are joined into one document", "[gateway]") {
    const Fragments fragments(R"({"tags":[{"name":"things"}],"paths":{"/api/things":{"get":)" +
                              operation("listThings", "anyone") +
                              R"(}},"components":{"schemas":{"Thing":{"type":"object"}}}})");
    const OpenApi contract(fragments.files());
    const auto document = json::Document::parse(contract.text()).value();
    const json::View root = document.root();
    CHECK(root["openapi"].text() == "3.0.3");
    CHECK(root["tags"].at(0)["name"].text() == "things");
    CHECK(root["components"]["schemas"]["Thing"].present());
    CHECK(root["components"]["schemas"]["Uuid"].present());
    REQUIRE(contract.operations().size() == 1);
    CHECK(contract.operations()[0].operation_id == "listThings");
}

TEST_CASE("the served document says who may call and which problems to expect", "[gateway]") {
    const Fragments fragments(
        R"({"paths":{"/api/a":{"get":)" + operation("a", "anyone") + R"(},"/api/b":{"post":)" +
        operation("b", "admin", json_body(R"({"type":"object","properties":{}})")) + "}}}");
    const OpenApi contract(fragments.files());
    const auto document = json::Document::parse(contract.text()).value();
    const json::View open = document.root()["paths"]["/api/a"]["get"];
    const json::View closed = document.root()["paths"]["/api/b"]["post"];
    CHECK(open["security"].at(0).size() == 0);
    CHECK(open["security"].size() == 3);
    CHECK(closed["security"].size() == 2);
    CHECK_FALSE(open["responses"]["401"].present());
    CHECK(open["responses"]["200"]["headers"]["X-Request-Id"].present());
    for (const char* status : {"401", "403", "422", "429", "default"})
        CHECK(closed["responses"][status].present());
    CHECK(closed["responses"]["200"]["description"].text() == "fine");
}

TEST_CASE("the served document names the headers that follow from status and parameters", "[gateway]") {
    const auto headers = [](std::string_view parameters, std::string_view status) {
        std::string text = operation("x", "anyone", R"(,"parameters":[)" + std::string(parameters) + "]");
        text.replace(text.find("\"200\""), 5, "\"" + std::string(status) + "\"");
        const Fragments fragments(R"({"paths":{"/api/x":{"post":)" + text + "}}}");
        const OpenApi contract(fragments.files());
        const auto document = json::Document::parse(contract.text()).value();
        std::string names;
        document.root()["paths"]["/api/x"]["post"]["responses"][status]["headers"].each_member(
            [&](std::string_view name, json::View) { names.append(name).append(" "); });
        return names;
    };
    const auto shared = [](const std::string& name) {
        return R"({"$ref":"#/components/parameters/)" + name + "\"}";
    };
    CHECK(headers("", "200") == "X-Request-Id ");
    CHECK(headers(shared("ifNoneMatch"), "200") == "X-Request-Id ETag ");
    CHECK(headers(shared("ifMatch"), "200") == "X-Request-Id ETag ");
    CHECK(headers(shared("ifMatch"), "204") == "X-Request-Id ");
    CHECK(headers(shared("idempotencyKey"), "201") == "X-Request-Id Location Idempotency-Replayed ");
    CHECK(headers(shared("cursor"), "200") == "X-Request-Id Link ");
    CHECK(headers(shared("ifMatch"), "429") == "X-Request-Id Retry-After ");
    CHECK(headers(shared("ifMatch"), "404") == "X-Request-Id ");
}

TEST_CASE("a fragment that is not right is refused with all its faults", "[gateway]") {
    const std::string said = join_error(
        R"({"info":{},"paths":{"/api/x/{id}":{"fetch":{"operationId":"x","x-access":"everyone"},"get":)" +
        operation("x", "anyone", R"(,"security":[])") + "}}}");
    for (const char* part : {"not info", "only get, post", "x-access must be", "no responses",
                             "operationId of its own", "security is made", "path parameters"}) {
        CAPTURE(part, said);
        CHECK(mentions(said, part));
    }
}

TEST_CASE("each fault of a fragment is told", "[gateway]") {
    CHECK(mentions(join_error("{"), "test.json"));
    CHECK(mentions(join_error("[]"), "not an object"));
    CHECK(mentions(join_error(R"({"components":{"schemas":{"Uuid":{}}}})"), "Uuid is there twice"));
    CHECK(mentions(operation_error("get", "/api/v1/x", operation("x", "anyone")), "not a path"));
    CHECK(mentions(
        operation_error("get", "/x",
                        operation("x", "anyone", R"(,"parameters":[{"$ref":"#/components/parameters/no"}])")),
        "leads nowhere"));
    CHECK(mentions(
        operation_error("get", "/x",
                        operation("x", "anyone", R"(,"y":{"$ref":"#/components/schemas/Uuid","z":1})")),
        "must stand alone"));
    CHECK(mentions(operation_error("get", "/x",
                                   operation("x", "anyone", R"(,"parameters":[{"name":"a","in":"cookie"}])")),
                   "in: path, query or header"));
}

TEST_CASE("an operation on a thing says whose it is and what others are answered", "[gateway]") {
    const auto said = [](std::string_view path, std::string_view words) {
        const std::string id = R"("parameters":[{"$ref":"#/components/parameters/id"}])";
        const std::string parameters = path == "/things" ? R"("parameters":[])" : id;
        return operation_error("get", path, operation("x", "anyone", "," + parameters + std::string(words)));
    };
    for (const char* right : {R"(,"x-owner":"none")", R"(,"x-owner":"self","x-foreign":404)",
                              R"(,"x-owner":"vendor","x-foreign":403)",
                              R"(,"x-owner":"customer","x-foreign":404,"x-viewer":"vendor")",
                              R"(,"x-owner":"parties","x-foreign":404)"}) {
        CAPTURE(right);
        CHECK(said("/things/{id}", right).empty());
        CHECK(said("/things", right).empty());
    }
    CHECK(said("/things", "").empty());
    CHECK(mentions(said("/things/{id}", ""), "a path with an id needs x-owner"));
    CHECK(mentions(said("/things", R"(,"x-foreign":404)"), "go with x-owner"));
    CHECK(mentions(said("/things/{id}", R"(,"x-owner":"god","x-foreign":404)"), "x-owner must be"));
    CHECK(mentions(said("/things/{id}", R"(,"x-owner":"vendor")"), "x-foreign must be"));
    CHECK(mentions(said("/things/{id}", R"(,"x-owner":"vendor","x-foreign":200)"), "x-foreign must be"));
    CHECK(mentions(said("/things/{id}", R"(,"x-owner":"none","x-foreign":404)"), "x-foreign must be"));
    CHECK(mentions(said("/things/{id}", R"(,"x-owner":"customer","x-foreign":403,"x-viewer":"vendor")"),
                   "x-viewer must be"));
}

TEST_CASE("scopes are listed and fit the methods", "[gateway]") {
    const auto said = [](const std::string& read, const std::string& write, const std::string& more = {}) {
        return contract_error([&] {
            const Fragments fragments(R"({"paths":{"/api/a":{"get":)" + operation("a", "anyone", read) +
                                          R"(,"post":)" + operation("b", "vendor", write) + R"(,"put":)" +
                                          operation("c", "admin", more) + "}}}",
                                      core_with_scopes);
            const OpenApi contract(fragments.files());
        });
    };
    const std::string read = R"(,"x-scope":"things:read")", write = R"(,"x-scope":"things:write")";
    CHECK(said(read, write).empty());
    CHECK(said(read, write, write).empty());
    CHECK(mentions(said(read, read), "does not fit the method"));
    CHECK(mentions(said(write, write), "does not fit the method"));
    CHECK(mentions(said(read, write, R"(,"x-scope":"other:write")"), "is not among"));
    CHECK(mentions(said(read, write, R"(,"x-scope":"any")"), "goes with x-access anyone"));
    CHECK(mentions(said(read, write, R"(,"x-scope":7)"), "x-scope is the name"));
}

TEST_CASE("the served document lists the scopes and which operations take a key", "[gateway]") {
    const Fragments fragments(R"({"paths":{"/api/a":{"get":)" +
                                  operation("a", "anyone", R"(,"x-scope":"things:read")") + R"(,"post":)" +
                                  operation("b", "vendor", R"(,"x-scope":"things:write")") + R"(,"put":)" +
                                  operation("c", "signed_in") + "}}}",
                              core_with_scopes);
    const OpenApi contract(fragments.files());
    REQUIRE(contract.scopes().size() == 2);
    CHECK(contract.scopes()[1].access == Access::vendor);
    const auto document = json::Document::parse(contract.text()).value();
    const json::View root = document.root(), item = root["paths"]["/api/a"];
    CHECK(root["components"]["securitySchemes"]["apiKey"]["description"].text() ==
          "A key.\n\nScopes:\n- `things:read`: Look\n- `things:write`: Make (vendors and administrators)\n");
    CHECK(item["get"]["security"].at(3)["apiKey"].present());
    CHECK(item["post"]["security"].at(2)["apiKey"].present());
    CHECK(item["put"]["security"].size() == 2);
    for (const char* method : {"get", "post", "put"}) CHECK(item[method]["responses"]["403"].present());
}

TEST_CASE("a reference to itself leads nowhere", "[gateway]") {
    CHECK(mentions(join_error(R"({"components":{"schemas":{"A":{"$ref":"#/components/schemas/A"}}}})"),
                   "leads nowhere"));
}

TEST_CASE("the core fragment must be there", "[gateway]") {
    const EmbeddedFile alone[] = {{"user.json", "{}"}};
    CHECK(mentions(contract_error([&] { const OpenApi contract(alone); }), "core.json"));
}

TEST_CASE("every difference between the document and the routes is told", "[gateway]") {
    const Fragments fragments(R"({"paths":{
        "/api/a":{"get":)" + operation("a", "anyone") +
                              R"(,"post":)" + operation("b", "vendor") + R"(},
        "/api/c":{"get":)" + operation("c", "anyone") +
                              "}}}");
    const OpenApi contract(fragments.files());
    const std::vector<Route> right{route(http::Method::get, "/api/a", "a", Access::anyone),
                                   route(http::Method::post, "/api/a", "b", Access::vendor),
                                   route(http::Method::get, "/api/c", "c", Access::anyone)};
    CHECK(contract_error([&] { contract.check(right); }).empty());
    const std::vector<Route> wrong{route(http::Method::get, "/api/a", "other", Access::anyone),
                                   route(http::Method::post, "/api/a", "b", Access::admin),
                                   route(http::Method::put, "/api/d", "d", Access::anyone)};
    const std::string said = contract_error([&] { contract.check(wrong); });
    CHECK(mentions(said, "GET /api/a: operationId is a, the route says other"));
    CHECK(mentions(said, "POST /api/a: x-access is vendor, the route says admin"));
    CHECK(mentions(said, "PUT /api/d: the route is not in the document"));
    CHECK(mentions(said, "GET /api/c: the document's operation has no route"));
}

TEST_CASE("the bundled contract is right and can be enforced", "[gateway]") {
    const OpenApi contract(embedded::openapi_fragments());
    for (const Operation& operation : contract.operations()) {
        CAPTURE(operation.path);
        CHECK_NOTHROW(OperationSchema(contract, operation));
    }
    CHECK(mentions(contract.text(), "\"getHealth\""));
}

TEST_CASE("every body of the bundled contract has an example that its schema accepts", "[gateway]") {
    const OpenApi contract(embedded::openapi_fragments());
    int bodies = 0;
    for (const Operation& operation : contract.operations()) {
        CAPTURE(operation.operation_id);
        const OperationSchema schema(contract, operation);
        if (!schema.takes_json()) continue;
        const json::View example =
            contract.resolve(operation.definition["requestBody"])["content"]["application/json"]["example"];
        REQUIRE(example.present());
        std::vector<FieldError> errors;
        schema.check_body(example, errors);
        for (const FieldError& error : errors) FAIL_CHECK(error.pointer + ": " + error.detail);
        ++bodies;
    }
    CHECK(bodies >= 8);
}

namespace {

/// Places of a response's or body's schemas that have no name: objects in the content itself or in arrays.
void find_nameless(json::View place, const std::string& where, std::vector<std::string>& found) {
    if (place["$ref"].present()) return;
    const bool is_object = place["type"].text() == "object" && place["properties"].present();
    if (is_object || place["allOf"].size() > 1) found.push_back(where);
    place["properties"].each_member([&](std::string_view name, json::View property) {
        find_nameless(property, where + "/" + std::string(name), found);
    });
    if (place["items"].present()) find_nameless(place["items"], where + "/items", found);
}

/// OpenAPI 3.0.3: nullable means something only beside a type; generators and linters insist.
void find_bare_nullable(json::View place, const std::string& where, std::vector<std::string>& found) {
    const bool bare = place["nullable"].boolean().value_or(false) && !place["type"].text();
    if (bare) found.push_back(where);
    place.each_member([&](std::string_view name, json::View below) {
        find_bare_nullable(below, where + "/" + std::string(name), found);
    });
    for (std::size_t i = 0; place.is_array() && i < place.size(); ++i)
        find_bare_nullable(place.at(i), where + "/" + std::to_string(i), found);
}

}  // namespace

TEST_CASE("what clients are generated from has names and descriptions", "[gateway]") {
    const OpenApi contract(embedded::openapi_fragments());
    std::vector<std::string> nameless;
    const auto content = [&](json::View holder, const std::string& where) {
        holder["content"].each_member([&](std::string_view, json::View media) {
            if (media["schema"].present()) find_nameless(media["schema"], where, nameless);
        });
    };
    for (const Operation& operation : contract.operations()) {
        CAPTURE(operation.operation_id);
        const json::View definition = operation.definition;
        CHECK(definition["tags"].size() == 1);
        CHECK_FALSE(definition["summary"].text().value_or("").empty());
        CHECK_FALSE(definition["description"].text().value_or("").empty());
        content(contract.resolve(definition["requestBody"]), operation.operation_id + " body");
        definition["responses"].each_member([&](std::string_view status, json::View response) {
            content(contract.resolve(response), operation.operation_id + " " + std::string(status));
        });
    }
    const auto document =
        json::Document::parse(contract.text(),
                              {.depth = 64, .members = 4096, .elements = 10'000, .number_chars = 32})
            .value();
    document.root()["components"]["schemas"].each_member([&](std::string_view name, json::View schema) {
        schema["properties"].each_member([&](std::string_view member, json::View property) {
            find_nameless(property, std::string(name) + "/" + std::string(member), nameless);
        });
    });
    for (const std::string& place : nameless)
        FAIL_CHECK(place + ": give its schema a name in components/schemas and refer to it");
    std::vector<std::string> bare;
    find_bare_nullable(document.root()["components"], "components", bare);
    find_bare_nullable(document.root()["paths"], "paths", bare);
    for (const std::string& place : bare) FAIL_CHECK(place + ": nullable needs a type beside it");
}
