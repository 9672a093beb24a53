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
    for (const char* status : {"401", "403", "422", "429", "default"})
        CHECK(closed["responses"][status].present());
    CHECK(closed["responses"]["200"]["description"].text() == "fine");
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
