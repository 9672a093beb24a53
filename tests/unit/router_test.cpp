// Finding routes by method and path.
#include <catch2/catch.hpp>
#include <gateway/router.hpp>

using namespace cloudretail;
using namespace cloudretail::gateway;
using http::Method;

namespace {
Router sample() {
    Router router;
    router.add(Method::get, "/health", 0);
    router.add(Method::get, "/api/orders", 1);
    router.add(Method::post, "/api/orders", 2);
    router.add(Method::get, "/api/orders/{id}", 3);
    router.add(Method::post, "/api/orders/{id}/cancel", 4);
    router.add(Method::get, "/api/orders/export", 5);
    router.add(Method::del, "/api/orders/{id}/images/{imageId}", 6);
    return router;
}
}  // namespace

TEST_CASE("a route is found by method and path", "[gateway]") {
    const Router router = sample();
    CHECK(router.find(Method::get, "/health").route == 0);
    CHECK(router.find(Method::get, "/api/orders").route == 1);
    CHECK(router.find(Method::post, "/api/orders").route == 2);
}

TEST_CASE("parameters are handed out in order", "[gateway]") {
    const Router router = sample();
    const Match one = router.find(Method::get, "/api/orders/o-1");
    CHECK(one.route == 3);
    CHECK(one.values == std::vector<std::string>{"o-1"});
    const Match two = router.find(Method::del, "/api/orders/o-1/images/i-2");
    CHECK(two.route == 6);
    CHECK(two.values == std::vector<std::string>{"o-1", "i-2"});
}

TEST_CASE("the same surface is served below /api/v1", "[gateway]") {
    const Router router = sample();
    CHECK(router.find(Method::get, "/api/v1/orders").route == 1);
    CHECK(router.find(Method::get, "/api/v1/orders/o-1").values == std::vector<std::string>{"o-1"});
    CHECK_FALSE(router.find(Method::get, "/v1/health").path_known);
    CHECK_FALSE(router.find(Method::get, "/api/v1").path_known);
    CHECK_FALSE(router.find(Method::get, "/api/v1/v1/orders").path_known);
}

TEST_CASE("a literal beats a parameter, and gives way to it deeper down", "[gateway]") {
    const Router router = sample();
    CHECK(router.find(Method::get, "/api/orders/export").route == 5);
    const Match match = router.find(Method::post, "/api/orders/export/cancel");
    CHECK(match.route == 4);
    CHECK(match.values == std::vector<std::string>{"export"});
}

TEST_CASE("an unknown path is told from an unknown method", "[gateway]") {
    const Router router = sample();
    const Match unknown = router.find(Method::get, "/api/nothing");
    CHECK_FALSE(unknown.path_known);
    CHECK(unknown.allow.empty());
    const Match method = router.find(Method::put, "/api/orders");
    CHECK(method.path_known);
    CHECK(method.route == -1);
    CHECK(method.allow == "GET, HEAD, POST, OPTIONS");
    CHECK(router.find(Method::other, "/health").allow == "GET, HEAD, OPTIONS");
    CHECK(router.find(Method::options, "/api/orders/o-1/cancel").allow == "POST, OPTIONS");
}

TEST_CASE("the asterisk is no path and allows what any path does", "[gateway]") {
    const Match all = sample().find(Method::options, "*");
    CHECK_FALSE(all.path_known);
    CHECK(all.route == -1);
    CHECK(all.allow == "GET, HEAD, POST, DELETE, OPTIONS");
}

TEST_CASE("HEAD is served by GET", "[gateway]") { CHECK(sample().find(Method::head, "/health").route == 0); }

TEST_CASE("empty segments, trailing slashes and endless paths are unknown", "[gateway]") {
    const Router router = sample();
    for (const char* path :
         {"", "health", "/health/", "//health", "/api/orders/", "/api/orders//cancel", "/"}) {
        CAPTURE(path);
        CHECK_FALSE(router.find(Method::get, path).path_known);
    }
    std::string endless;
    for (int i = 0; i < 1000; ++i) endless += "/api";
    CHECK_FALSE(router.find(Method::get, endless).path_known);
}

TEST_CASE("what is not a route is refused when it is added", "[gateway]") {
    Router router = sample();
    CHECK_THROWS_AS(router.add(Method::get, "/health", 9), std::invalid_argument);
    CHECK_THROWS_AS(router.add(Method::get, "/api/orders/{number}", 9), std::invalid_argument);
    CHECK_THROWS_AS(router.add(Method::head, "/x", 9), std::invalid_argument);
    CHECK_THROWS_AS(router.add(Method::get, "x", 9), std::invalid_argument);
    CHECK_THROWS_AS(router.add(Method::get, "/a{b}", 9), std::invalid_argument);
    CHECK_THROWS_AS(router.add(Method::get, "/api/v1/x", 9), std::invalid_argument);
}
