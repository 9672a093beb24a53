// The catalogue over HTTP: searches with their facets and cursors, suggestions, slugs, the tree of
// categories.
#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

Account administrator(const RunningServer& server, HttpClient& client) {
    const std::string email = "root@example.com";
    REQUIRE(
        server
            .run({"admin", "create", "--email", email, "--password-stdin"}, std::string(demo_password) + "\n")
            .status == 0);
    const auto signed_in = client.post("/api/users/login",
                                       R"({"email":")" + email + R"(","password":")" + demo_password + "\"}");
    return {at(signed_in, "user/id"), email, at(signed_in, "token")};
}

/// "Kettle, Lamp": the items' names in their order.
std::string names(const HttpResponse& page) {
    std::string out;
    for (int i = 0; i < 100; ++i) {
        const std::string name = at(page, "items/" + std::to_string(i) + "/name");
        if (name.empty()) break;
        out += (out.empty() ? "" : ", ") + name;
    }
    return out;
}

}  // namespace

TEST_CASE_ON_BOTH("a search finds, corrects, counts, and goes on by its Link", "[catalogue]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    for (const char* name : {"Laptop sleeve of wool felt", "Laptop", "Gaming Laptop", "Kettle"})
        make_product(client, vendor, name, "10.00");
    const auto found = client.get("/api/products?search=laptop");
    CHECK(names(found) == "Laptop, Gaming Laptop, Laptop sleeve of wool felt");
    CHECK(at(found, "total") == "3");
    CHECK(at(found, "facets/categories/0/count") == "3");
    CHECK(at(found, "facets/complete") == "true");
    CHECK(at(found, "facets/price/max").substr(0, 2) == "10");
    CHECK(found.body.find(R"("didYouMean":null)") != std::string::npos);

    const auto corrected = client.get("/api/products?search=labtop&limit=2");
    CHECK(names(corrected) == "Laptop, Gaming Laptop");
    CHECK(at(corrected, "didYouMean") == "laptop");
    const std::string link(corrected.header("Link"));
    REQUIRE(link.find("rel=\"next\"") != std::string::npos);
    const auto rest = client.get(link.substr(1, link.find('>') - 1));
    CHECK(names(rest) == "Laptop sleeve of wool felt");
    CHECK(at(rest, "didYouMean") == "laptop");
    CHECK(at(rest, "total") == "3");
    CHECK(names(client.get("/api/products?search=labtop&limit=2&page=2")) == "Laptop sleeve of wool felt");

    CHECK(names(client.get("/api/products?search=laptop&sort=name")) ==
          "Gaming Laptop, Laptop, Laptop sleeve of wool felt");
    CHECK(at(client.get("/api/products?search=zzzz"), "total") == "0");
    CHECK(at(client.get("/api/products?search=%22%25"), "total") == "0");
    CHECK(at(client.get("/api/products?search=%20"), "total") == "4");
    CHECK(client.get("/api/products?sort=best").status == 422);

    const auto suggested = client.get("/api/products/suggest?q=gaming%20lap");
    CHECK(at(suggested, "items/0/text") == "gaming laptop");
    CHECK(at(suggested, "items/1/slug") == "gaming-laptop");
    CHECK(client.get("/api/products/suggest").status == 422);

    const auto by_slug = client.get("/api/products/by-slug/gaming-laptop");
    CHECK(at(by_slug, "name") == "Gaming Laptop");
    CHECK(client
              .get("/api/products/by-slug/gaming-laptop",
                   {{"If-None-Match", std::string(by_slug.header("ETag"))}})
              .status == 304);
    CHECK(client.del("/api/products/" + at(by_slug, "id"), vendor.headers()).status == 204);
    CHECK(client.get("/api/products/by-slug/gaming-laptop").status == 404);
    CHECK(names(client.get("/api/products?search=laptop")) == "Laptop, Laptop sleeve of wool felt");
}

TEST_CASE_ON_BOTH("the tree of categories is administrators' to change, and products stand in it",
                  "[catalogue]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor"), admin = administrator(server, client);
    make_product(client, vendor, "Laptop", "10.00");  // makes its category
    const auto made = client.get("/api/products/categories");
    const std::string slug = at(made, "items/0/slug");
    HttpClient::Headers once = admin.headers();
    once.emplace_back("Idempotency-Key", "tree-1");
    const auto top = client.post("/api/categories", R"({"name":"Hardware"})", once);
    CHECK(top.status == 201);
    CHECK(top.header("Location") == "/api/categories/hardware");
    CHECK(client.post("/api/categories", R"({"name":"Hardware"})", once).body == top.body);
    CHECK(problem_of(client.post("/api/categories", R"({"name":"Hardware"})", admin.headers())) ==
          "category-exists");
    CHECK(client.post("/api/categories", R"({"name":"Mine"})", vendor.headers()).status == 403);
    const auto moved =
        client.patch("/api/categories/" + slug, R"({"parentId":")" + at(top, "id") + "\"}", admin.headers());
    CHECK(moved.status == 200);
    CHECK(at(moved, "depth") == "2");
    CHECK(names(client.get("/api/products?category=hardware")) == "Laptop");
    const auto tree = client.get("/api/categories");
    CHECK(at(tree, "items/0/slug") == "hardware");
    CHECK(at(tree, "items/0/productCount") == "0");
    CHECK(at(tree, "items/0/totalProductCount") == "1");
    CHECK(at(tree, "items/1/slug") == slug);

    const std::string path = "/api/categories/" + at(top, "id");
    const auto shown = client.get(path);
    const std::string etag(shown.header("ETag"));
    CHECK(client.get(path, {{"If-None-Match", etag}}).status == 304);
    make_product(client, vendor, "Tower", "10.00");
    HttpClient::Headers guarded = admin.headers();
    guarded.emplace_back("If-Match", etag);
    CHECK(client.patch(path, R"({"name":"Machines"})", guarded).status == 200);
    CHECK(client.patch(path, R"({"name":"Hardware"})", guarded).status == 412);
    CHECK(problem_of(client.del(path, admin.headers())) == "category-in-use");
    CHECK(client.patch("/api/categories/" + slug, R"({"parentId":null})", admin.headers()).status == 200);
    CHECK(client.del(path, admin.headers()).status == 204);
    CHECK(client.get(path).status == 404);
    const auto checked = server.run({"check", "--deep"});
    INFO(checked.output);
    CHECK(checked.status == 0);
}
