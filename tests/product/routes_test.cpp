// The catalogue's routes: how queries and bodies are read, what is answered from memory, and that the
// contract's fragment and the routes name the same operations.
#include <embedded/openapi_fragments.hpp>
#include <gateway/openapi.hpp>
#include <gateway/page.hpp>
#include <gateway/validate.hpp>

#include "catalogue.hpp"
#include "category_routes.hpp"
#include "routes.hpp"

using namespace cloudretail;
using namespace cloudretail::product;
using http::Method;
using http::Response;

namespace {

struct Shop : Catalogue {
    explicit Shop(db::Dialect dialect) : Catalogue(dialect), table(routes(service, caches, database)) {
        for (auto& route : category_routes(categories, database)) table.push_back(std::move(route));
    }

    /// Calls the handler of one operation as the gateway would after its checks.
    Result<Response> call(const std::string& operation, const Caller& who, http::Request request,
                          const std::string& id = {}) {
        const auto route = std::find_if(table.begin(), table.end(),
                                        [&](const auto& r) { return r.operation_id == operation; });
        REQUIRE(route != table.end());
        request.method = route->method;
        if (request.target.empty()) request.target = route->path;
        request.path = request.target.substr(0, request.target.find('?'));
        auto document = json::Document::parse(request.body.empty() ? "{}" : request.body);
        REQUIRE(document);
        gateway::Call call{request, who, "request", "127.0.0.1", {}, std::move(*document), {}};
        if (!id.empty()) call.path_values.push_back(id);
        return run(route->handler(call));
    }
    static http::Request query(std::vector<std::pair<std::string, std::string>> parameters) {
        http::Request request;
        request.query = std::move(parameters);
        return request;
    }
    static http::Request body(std::string text) {
        http::Request request;
        request.body = std::move(text);
        return request;
    }

    std::vector<gateway::Route> table;
};

json::Document parsed(const Response& response) { return json::Document::parse(response.content()).value(); }

constexpr const char* laptop =
    R"({"name":"Laptop","description":"Gaming laptop","price":1299.99,"category":"electronics","sku":"L-1",)"
    R"("attributes":{"a":1}})";

}  // namespace

TEST_CASE_ON_BOTH("routes: create, get, patch, put and delete a product", "[product]") {
    Shop shop(dialect);
    const Caller vendor = Catalogue::vendor();
    auto created = shop.call("createProduct", vendor, Shop::body(laptop));
    REQUIRE(created);
    CHECK(created->status == 201);
    const std::string id(*parsed(*created).root()["id"].text());
    CHECK(created->headers.get("Location") == "/api/products/" + id);
    const std::string etag(created->headers.get("ETag"));

    auto got = shop.call("getProduct", {}, {}, id);
    REQUIRE(got);
    CHECK(got->shared_body);
    CHECK(got->content() == created->body);
    CHECK(got->headers.get("ETag") == etag);
    http::Request conditional;
    conditional.headers.add("If-None-Match", etag);
    auto unchanged = shop.call("getProduct", {}, conditional, id);
    REQUIRE(unchanged);
    CHECK(unchanged->status == 304);
    CHECK(unchanged->content().empty());

    auto patched = shop.call("changeProduct", vendor, Shop::body(R"({"sku":null,"price":5})"), id);
    REQUIRE(patched);
    CHECK(parsed(*patched).root()["sku"].is_null());
    CHECK(parsed(*patched).root()["price"].number_text() == "5.00");
    CHECK(parsed(*patched).root()["attributes"].dump() == R"({"a":1})");
    CHECK(patched->headers.get("ETag") != etag);
    http::Request stale = Shop::body(R"({"price":6})");
    stale.headers.add("If-Match", etag);
    auto refused = shop.call("changeProduct", vendor, stale, id);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().is(cloudretail::errors::stale));

    auto put = shop.call("replaceProduct", vendor,
                         Shop::body(R"({"name":"N","description":"","price":1,"category":"c"})"), id);
    REQUIRE(put);
    CHECK(parsed(*put).root()["attributes"].dump() == "{}");
    CHECK(parsed(*put).root()["description"].text() == "");

    auto deleted = shop.call("deleteProduct", vendor, {}, id);
    REQUIRE(deleted);
    CHECK(deleted->status == 204);
    CHECK_FALSE(shop.call("getProduct", {}, {}, id));
    CHECK_FALSE(shop.call("getProduct", {}, {}, "no-uuid"));
}

TEST_CASE_ON_BOTH("routes: attributes have names of 1 to 64 characters, money has two decimals",
                  "[product]") {
    Shop shop(dialect);
    const Caller vendor = Catalogue::vendor();
    const std::string id(
        *parsed(*shop.call("createProduct", vendor, Shop::body(laptop))).root()["id"].text());
    for (const std::string& body :
         {std::string(R"({"attributes":{" ":1}})"), R"({"attributes":{")" + std::string(65, 'a') + R"(":1}})",
          std::string(R"({"price":1.999})"), std::string(R"({"price":-1})")}) {
        auto refused = shop.call("changeProduct", vendor, Shop::body(body), id);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().is(cloudretail::errors::validation));
    }
    auto cleared = shop.call("changeProduct", vendor, Shop::body(R"({"attributes":null})"), id);
    REQUIRE(cleared);
    CHECK(parsed(*cleared).root()["attributes"].dump() == "{}");
}

TEST_CASE_ON_BOTH("routes: list pages come from memory until somebody writes", "[product]") {
    Shop shop(dialect);
    const Caller vendor = Catalogue::vendor();
    for (int i = 0; i < 3; ++i) shop.add(vendor, Catalogue::change("P" + std::to_string(i), {100 * i}));
    const auto list = [&](std::vector<std::pair<std::string, std::string>> q) {
        auto response = shop.call("listProducts", {}, Shop::query(std::move(q)));
        REQUIRE(response);
        return std::move(*response);
    };
    const Response first = list({{"limit", "2"}, {"sort", "price"}});
    const Response second = list({{"limit", "2"}, {"sort", "price"}});
    REQUIRE(first.shared_body);
    CHECK(second.shared_body == first.shared_body);
    CHECK(second.headers.list() == first.headers.list());
    CHECK(second.headers.has("Link"));
    CHECK(second.headers.get("Content-Type") == "application/json");
    const auto page = parsed(first);
    CHECK(page.root()["total"].integer() == 3);
    CHECK(page.root()["totalPages"].integer() == 2);
    CHECK(page.root()["items"].size() == 2);
    const std::string cursor(*page.root()["nextCursor"].text());
    const Response rest = list({{"limit", "2"}, {"sort", "price"}, {"cursor", cursor}});
    CHECK(parsed(rest).root()["items"].size() == 1);
    CHECK(parsed(rest).root()["nextCursor"].is_null());
    CHECK_FALSE(rest.headers.has("Link"));

    shop.add(vendor, Catalogue::change("P3"));
    const Response after = list({{"limit", "2"}, {"sort", "price"}});
    CHECK(after.shared_body != first.shared_body);
    CHECK(parsed(after).root()["total"].integer() == 4);
}

TEST_CASE_ON_BOTH("routes: another path, as it was sent, is another page", "[product]") {
    Shop shop(dialect);
    for (int i = 0; i < 2; ++i) shop.add(Catalogue::vendor(), Catalogue::change("P"));
    for (const std::string path : {"/api/products", "/api/v1/products"}) {
        http::Request request = Shop::query({{"limit", "1"}});
        request.target = path + "?limit=1";
        auto response = shop.call("listProducts", {}, request);
        REQUIRE(response);
        CHECK(response->headers.get("Link").substr(0, path.size() + 2) == "<" + path + "?");
    }
}

TEST_CASE_ON_BOTH("routes: what a list query cannot mean is refused with its place", "[product]") {
    Shop shop(dialect);
    const std::pair<std::pair<std::string, std::string>, std::string> cases[] = {
        {{"minPrice", "1.999"}, "query/minPrice"}, {{"maxPrice", "x"}, "query/maxPrice"},
        {{"vendorId", "x"}, "query/vendorId"},     {{"category", "&&"}, "query/category"},
        {{"cursor", "AAAA"}, "query/cursor"},
    };
    for (const auto& [parameter, pointer] : cases) {
        auto refused = shop.call("listProducts", {}, Shop::query({parameter}));
        REQUIRE_FALSE(refused);
        REQUIRE(refused.error().fields.size() == 1);
        CHECK(refused.error().fields[0].pointer == pointer);
    }
    auto of_another_sort = shop.call(
        "listProducts", {},
        Shop::query(
            {{"sort", "name"},
             {"cursor", gateway::encode_cursor({2, encode(Sort::newest, {"", ProductId::make()})})}}));
    REQUIRE_FALSE(of_another_sort);
}

TEST_CASE_ON_BOTH("routes: a vendor's own drafts are listed to the vendor and not kept for others",
                  "[product]") {
    Shop shop(dialect);
    const Caller vendor = Catalogue::vendor();
    Change draft = Catalogue::change("secret");
    draft.status = Status::draft;
    shop.add(vendor, draft);
    shop.add(vendor, Catalogue::change("public"));
    const auto total = [&](const Caller& who, const std::string& status) {
        auto response = shop.call("listProducts", who, Shop::query({{"status", status}}));
        return response ? parsed(*response).root()["total"].integer().value() : -1;
    };
    CHECK(total(vendor, "draft") == 1);
    CHECK(total(vendor, "all") == 2);
    CHECK(total(Catalogue::vendor(), "all") == 0);
    CHECK(total(Catalogue::admin(), "all") == 2);
    CHECK(total({}, "draft") == -1);
    CHECK(total(Catalogue::of(Role::customer, UserId::make()), "draft") == -1);
    auto everybody = shop.call("listProducts", {}, Shop::query({}));
    CHECK(parsed(*everybody).root()["total"].integer() == 1);
}

TEST_CASE("routes: the contract compiles and names the same operations", "[product]") {
    Shop shop(db::Dialect::sqlite);
    const gateway::OpenApi document(embedded::openapi_fragments());
    std::vector<gateway::Route> all = shop.table;
    for (const auto& operation : document.operations()) {
        CHECK_NOTHROW(gateway::OperationSchema(document, operation));
        // Pictures and files have routes of their own.
        const bool elsewhere = operation.path.find("/images") != std::string::npos ||
                               operation.path.ends_with("/export") || operation.path.ends_with("/import");
        if (operation.path.starts_with("/api/products") && !elsewhere) continue;
        if (operation.path.starts_with("/api/categories")) continue;
        db::Database* const keys = operation.idempotency_key ? &shop.database : nullptr;
        all.push_back({operation.method, operation.path, operation.operation_id, operation.access, {}, keys});
    }
    CHECK_NOTHROW(document.check(all));
}
