// The storefront's page as the server sends it: which addresses there are, what search engines and previews
// read, what its first view is given, and that nothing stored gets out of its place.
#include <base/json.hpp>

#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

std::string between(const std::string& text, const std::string& from, const std::string& to) {
    const std::size_t begin = text.find(from);
    if (begin == std::string::npos) return {};
    const std::size_t end = text.find(to, begin + from.size());
    return text.substr(begin + from.size(), end - begin - from.size());
}

json::Document parsed(const std::string& text) {
    auto document = json::Document::parse(text);
    REQUIRE(document.has_value());
    return std::move(*document);
}

std::vector<std::string> with(const std::string& flag) {
    auto flags = quick_flags();
    flags.push_back(flag);
    return flags;
}

}  // namespace

TEST_CASE("a product's page carries its text, its data and what search engines read", "[storefront]") {
    const RunningServer server(db::Dialect::sqlite, with("--server.public_url=https://shop.example/"));
    HttpClient client = server.gateway(), pages = server.ui();
    const Account vendor = register_account(client, "vendor");
    const std::string evil = R"(</script><script>alert(1)</script> \"x\" & <b>)";
    const auto made = client.post("/api/products",
                                  R"({"name":"Pen )" + evil + R"(","description":"Blue )" + evil +
                                      R"(","price":12.50,"category":"Writing","sku":"P-1"})",
                                  vendor.headers());
    REQUIRE(made.status == 201);
    const std::string slug = at(made, "slug"), path = "/p/" + slug, api = "/api/products/by-slug/" + slug;

    const auto page = pages.get(path);
    REQUIRE(page.status == 200);
    CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
    CHECK(page.header("Cache-Control") == "no-cache");
    CHECK(page.body.find("<script>alert") == std::string::npos);
    CHECK(page.body.find("<b>") == std::string::npos);
    CHECK(between(page.body, "<title>", "</title>").starts_with("Pen &lt;/script>"));
    CHECK(page.body.find("<link rel=\"canonical\" href=\"https://shop.example" + path + "\">") !=
          std::string::npos);
    CHECK(between(page.body, "property=\"og:type\" content=\"", "\"") == "product");
    CHECK(between(page.body, "name=\"description\" content=\"", "\">").starts_with("Blue &lt;/script>"));
    CHECK(between(page.body, "<noscript>", "</noscript>").find("12.50 USD") != std::string::npos);

    const auto linked = parsed(between(page.body, "<script type=\"application/ld+json\">", "</script>"));
    CHECK(linked.root()["@type"].text() == "Product");
    CHECK(linked.root()["name"].text() == at(made, "name"));
    CHECK(linked.root()["offers"]["price"].number_text() == "12.50");
    CHECK(linked.root()["offers"]["availability"].text() == "https://schema.org/OutOfStock");
    const auto first =
        parsed(between(page.body, "<script type=\"application/json\" id=\"first\">", "</script>"));
    for (const std::string& asked : {api, std::string("/api/products/categories"),
                                     std::string("/api/products?category=writing&limit=5")})
        CHECK(first.root()[asked].dump() == parsed(client.get(asked).body).root().dump());

    const auto again = pages.get(path, {{"If-None-Match", std::string(page.header("ETag"))}});
    CHECK(again.status == 304);
    CHECK(pages.request("HEAD", path).body.empty());
    const auto by_id = pages.get("/p/" + at(made, "id"));
    CHECK(by_id.status == 301);
    CHECK(by_id.header("Location") == path);
    CHECK(pages.request("POST", path, {}, "x").status == 404);

    const auto shelf = pages.get("/c/writing");
    REQUIRE(shelf.status == 200);
    CHECK(between(shelf.body, "<title>", "</title>") == "Writing – CloudRetail");
    CHECK(between(shelf.body, "<noscript>", "</noscript>").find("href=\"/p/" + slug + "\"") !=
          std::string::npos);
    CHECK(parsed(between(shelf.body, "<script type=\"application/ld+json\">", "</script>"))
              .root()["itemListElement"]
              .at(0)["item"]
              .text() == "https://shop.example/c/writing");
    const auto shown = parsed(between(shelf.body, "id=\"first\">", "</script>"));
    for (const char* asked : {"/api/categories", "/api/products?category=writing&limit=24&page=1"})
        CHECK(shown.root()[asked].dump() == parsed(client.get(asked).body).root().dump());

    const auto front = pages.get("/");
    CHECK(parsed(between(front.body, "id=\"first\">", "</script>"))
              .root()["/api/products?sort=newest&limit=24"]["total"]
              .integer() == 1);
}

TEST_CASE("addresses that the storefront knows are 200, others are 404 with a page", "[storefront]") {
    const RunningServer server;
    HttpClient pages = server.ui();
    for (const char* path : {"/", "/search", "/search?q=pen", "/cart", "/checkout", "/orders", "/login",
                             "/register", "/forgot-password", "/reset-password", "/verify-email", "/account",
                             "/account/profile", "/account/addresses", "/account/security",
                             "/account/privacy", "/orders/0196f0c0-0000-7000-8000-000000000000"}) {
        INFO(path);
        const auto page = pages.get(path);
        CHECK(page.status == 200);
        CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
        const bool listed = std::string_view(path) == "/";
        CHECK((page.body.find("noindex") == std::string::npos) == listed);
    }
    for (const char* path : {"/p/none", "/c/none", "/p/", "/c/a/b", "/orders/1", "/nothing", "/account/none",
                             "/p/No%20Slug", "/no/such/page"}) {
        INFO(path);
        const auto page = pages.get(path);
        CHECK(page.status == 404);
        CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
        CHECK(page.body.find("noindex") != std::string::npos);
    }
    CHECK(pages.get("/api/nothing").header("Content-Type").starts_with("application/problem+json"));
}

TEST_CASE("a list's page carries the answer to its own question, and leads on", "[storefront]") {
    const RunningServer server(db::Dialect::sqlite, with("--store.name=Tom & Daughters"));
    HttpClient client = server.gateway(), pages = server.ui();
    const Account vendor = register_account(client, "vendor");
    for (int i = 0; i < 25; ++i)
        REQUIRE(client
                    .post("/api/products",
                          R"({"name":"Blue pen )" + std::to_string(i) +
                              R"(","description":"","price":2,"category":"Writing"})",
                          vendor.headers())
                    .status == 201);
    const auto [path, question] = GENERATE(table<const char*, const char*>({
        {"/search", "/api/products?limit=24&page=1"},
        {"/search?q=+blue%20pen+&sort=-price&inStock=no&utm_source=x",
         "/api/products?search=blue+pen&sort=-price&limit=24&page=1"},
        {"/search?sort=best&q=&category=writing&q=twice", "/api/products?category=writing&limit=24&page=1"},
        {"/c/writing?minPrice=1.5&maxPrice=9&page=1&category=other",
         "/api/products?category=writing&minPrice=1.5&maxPrice=9&limit=24&page=1"},
        {"/c/writing?page=2", "/api/products?category=writing&limit=24&page=2"},
    }));
    INFO(path);
    const auto page = pages.get(path);
    REQUIRE(page.status == 200);
    const auto first = parsed(between(page.body, "id=\"first\">", "</script>"));
    CHECK(first.root()[question].dump() == parsed(client.get(question).body).root().dump());
    CHECK(page.body.find("content=\"Tom &amp; Daughters\"") != std::string::npos);
    CHECK(page.body.find("utm_source") == std::string::npos);
    const std::string text = between(page.body, "<noscript>", "</noscript>");
    CHECK(text.find("<input type=\"search\" name=\"q\"") != std::string::npos);
    CHECK(text.find("<a href=\"/c/writing\">Writing</a>") != std::string::npos);
    std::string next = between(text, "<a rel=\"next\" href=\"", "\"");
    const bool last = std::string_view(path).find("page=2") != std::string_view::npos;
    CHECK(next.empty() == last);
    if (!last) {
        for (std::size_t i = next.find("&amp;"); i != std::string::npos; i = next.find("&amp;"))
            next.replace(i, 5, "&");
        const auto further = pages.get(next);
        CHECK(further.status == 200);
        CHECK(between(further.body, "<main", "</main>").find("Blue pen") != std::string::npos);
    } else {
        CHECK(page.body.find("<link rel=\"canonical\" href=\"/c/writing?page=2\">") != std::string::npos);
    }
}

TEST_CASE("a page that the script would ask for in other words is sent without the answer", "[storefront]") {
    const RunningServer server;
    HttpClient pages = server.ui();
    for (const char* path :
         {"/search?minPrice=1,50", "/search?page=0", "/search?page=x", "/search?maxPrice=1e3"}) {
        INFO(path);
        const auto page = pages.get(path);
        CHECK(page.status == 200);
        CHECK(page.body.find("/api/products?") == std::string::npos);
    }
}

TEST_CASE("a page that is kept changes with what it is made of", "[storefront]") {
    const RunningServer server;
    HttpClient client = server.gateway(), pages = server.ui();
    const Account vendor = register_account(client, "vendor");
    const auto made =
        client.post("/api/products", R"({"name":"Lamp","description":"Warm","price":1,"category":"x"})",
                    vendor.headers());
    const std::string path = "/p/" + at(made, "slug"), api = "/api/products/" + at(made, "id");
    const auto before = pages.get(path, {{"Accept-Encoding", "gzip"}});
    CHECK(before.header("Content-Encoding") == "gzip");
    CHECK(pages.get(path, {{"Accept-Encoding", "gzip"}}).body == before.body);
    CHECK(pages.get(path).header("Content-Encoding").empty());
    REQUIRE(client.request("PATCH", api, vendor.headers(), R"({"description":"Cold"})").status == 200);
    const auto after = pages.get(path);
    CHECK(after.body.find("Cold") != std::string::npos);
    CHECK(after.header("ETag") != before.header("ETag"));
    REQUIRE(client.request("DELETE", api, vendor.headers()).status == 204);
    CHECK(pages.get(path).status == 404);
}

TEST_CASE("the storefront's page says nothing of who asks for it", "[storefront]") {
    const RunningServer server;
    HttpClient client = server.gateway(), pages = server.ui();
    const Account vendor = register_account(client, "vendor");
    const auto made = client.post(
        "/api/products", R"({"name":"Secret","description":"","price":1,"category":"x","status":"draft"})",
        vendor.headers());
    REQUIRE(made.status == 201);
    // The vendor may see the draft by the API; a page that is kept somewhere must not tell of it.
    CHECK(client.get("/api/products/" + at(made, "id"), vendor.headers()).status == 200);
    const auto page = pages.get("/p/" + at(made, "id"), vendor.headers());
    CHECK(page.status == 404);
    CHECK(page.body.find("Secret") == std::string::npos);
}

TEST_CASE("a page that asks too often is 429 and says when to ask again", "[storefront]") {
    const RunningServer server(db::Dialect::sqlite,
                               {"--limits.anonymous_rate=1", "--limits.anonymous_burst=1"});
    HttpClient pages = server.ui();
    auto page = pages.get("/");
    for (int i = 0; i < 100 && page.status == 200; ++i) page = pages.get("/");
    CHECK(page.status == 429);
    CHECK_FALSE(page.header("Retry-After").empty());
    CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
}
