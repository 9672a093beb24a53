// Paging, cursors, ETags and replayed answers.
#include <catch2/catch.hpp>
#include <gateway/page.hpp>

using namespace cloudretail;
using namespace cloudretail::gateway;

namespace {
struct Asked {
    http::Request request;
    Call call{.request = request,
              .caller = {},
              .request_id = {},
              .client_address = {},
              .path_values = {},
              .document = {},
              .idempotency = {}};
    explicit Asked(std::vector<std::pair<std::string, std::string>> query = {}) {
        request.target = "/api/orders?ignored=1";
        request.path = "/api/orders";
        request.query = std::move(query);
    }
};
}  // namespace

TEST_CASE("a list without parameters is page 1 of 20", "[gateway]") {
    const Asked asked;
    const PageRequest page = read_page(asked.call).value();
    CHECK(page.page == 1);
    CHECK(page.limit == 20);
    CHECK(page.offset() == 0);
    CHECK(page.cursor.empty());
}

TEST_CASE("page and limit are read, and kept in their bounds", "[gateway]") {
    const Asked asked({{"page", "3"}, {"limit", "50"}});
    CHECK(read_page(asked.call).value().offset() == 100);
    const Asked large({{"page", "99999999999999999999"}, {"limit", "5000"}});
    CHECK(read_page(large.call).value().limit <= 100);
    CHECK(read_page(large.call).value().page <= 1'000'000);
}

TEST_CASE("a cursor comes back as it was made, whatever its text", "[gateway]") {
    for (const std::string& keyset : {std::string("a"), std::string("ab"), std::string("abc"),
                                      std::string(R"({"at":1})"), std::string("\x1f\u00fc\u20ac /")}) {
        const std::string cursor = encode_cursor({7, keyset});
        CHECK(cursor.find_first_of("+/=") == std::string::npos);
        const Asked asked({{"cursor", cursor}});
        const PageRequest page = read_page(asked.call).value();
        CHECK(page.cursor == keyset);
        CHECK(page.page == 7);
        CHECK(page.offset() == 0);
    }
}

TEST_CASE("pages by cursor are counted on from where the walk began", "[gateway]") {
    Asked asked({{"page", "3"}, {"limit", "2"}});
    for (int number = 3; number < 6; ++number) {
        const PageRequest page = read_page(asked.call).value();
        const auto shown = json::Document::parse(render_page(asked.call, page, {}, 99, "k").body).value();
        CHECK(shown.root()["page"].integer() == number);
        asked.request.query = {{"cursor", std::string(shown.root()["nextCursor"].text().value())},
                               {"limit", "2"}};
    }
}

TEST_CASE("a cursor that is not ours, and one beside page, are refused", "[gateway]") {
    // The last are "k", " k", "1 k", "2", "2 ", "02 k", "-2 k", "2000000000 k" and "99999999999 k".
    for (const char* cursor : {"", "!", "A", "YQ==", "YR", "Y Q", "MiBrA", "aw", "IGs", "MSBr", "Mg", "MiA",
                               "MDIgaw", "LTIgaw", "MjAwMDAwMDAwMCBr", "OTk5OTk5OTk5OTkgaw"}) {
        CAPTURE(cursor);
        const Asked asked({{"cursor", cursor}});
        const auto page = read_page(asked.call);
        REQUIRE(page.has_error());
        CHECK(page.error().is(errors::validation));
        CHECK(page.error().fields.at(0).pointer == "query/cursor");
    }
    for (const std::string& bytes : {std::string("\xff"), std::string("a\0b", 3), std::string("\xc3")}) {
        const Asked asked({{"cursor", encode_cursor({2, bytes})}});
        CHECK(read_page(asked.call).has_error());
    }
    const Asked both({{"cursor", encode_cursor({2, "x"})}, {"page", "2"}});
    const auto page = read_page(both.call);
    REQUIRE(page.has_error());
    CHECK(page.error().fields.at(0).pointer == "query/page");
}

TEST_CASE("a page is rendered with its numbers and a link to the next", "[gateway]") {
    const Asked asked({{"status", "a&b"}, {"page", "1"}, {"limit", "2"}});
    const PageRequest page = read_page(asked.call).value();
    const http::Response response = render_page(asked.call, page, {R"({"id":1})", R"({"id":2})"}, 5, "k2");
    const std::string cursor = encode_cursor({2, "k2"});
    CHECK(response.body ==
          R"({"items":[{"id":1},{"id":2}],"page":1,"limit":2,"total":5,"totalPages":3,"nextCursor":")" +
              cursor + "\"}");
    CHECK(response.headers.get("Link") ==
          "</api/orders?status=a%26b&limit=2&cursor=" + cursor + ">; rel=\"next\"");
}

TEST_CASE("a later page by number links back, one beyond the end to the last", "[gateway]") {
    const auto links = [](int number, std::string_view next) {
        const Asked asked({{"page", std::to_string(number)}, {"limit", "2"}});
        const PageRequest page = read_page(asked.call).value();
        return std::string(render_page(asked.call, page, {}, 5, next).headers.get("Link"));
    };
    const std::string list = "</api/orders?limit=2&", first = list + "page=1>; rel=\"first\"";
    CHECK(links(2, "k") == list + "cursor=" + encode_cursor({3, "k"}) + ">; rel=\"next\", " + list +
                               "page=1>; rel=\"prev\", " + first);
    CHECK(links(3, "") == list + "page=2>; rel=\"prev\", " + first);
    CHECK(links(9, "") == list + "page=3>; rel=\"prev\", " + first);
    CHECK(links(1, "").empty());
}

TEST_CASE("the last page has no next", "[gateway]") {
    const Asked asked;
    const http::Response response = render_page(asked.call, PageRequest{}, {}, 0, "");
    CHECK(response.body == R"({"items":[],"page":1,"limit":20,"total":0,"totalPages":0,"nextCursor":null})");
    CHECK_FALSE(response.headers.has("Link"));
}

TEST_CASE("If-None-Match answers 304 to any of its tags, weak or strong, and to a star", "[gateway]") {
    for (const char* sent : {"\"v1\"", "W/\"v1\"", "\"v0\", \"v1\"", "\"v0\" ,W/\"v1\" ", "*"}) {
        CAPTURE(sent);
        Asked asked;
        asked.request.headers.add("If-None-Match", sent);
        const http::Response response = render_resource(asked.call, 200, "{}", "\"v1\"");
        CHECK(response.status == 304);
        CHECK(response.body.empty());
        CHECK(response.headers.get("ETag") == "\"v1\"");
    }
    for (const char* sent : {"\"v2\"", "v1", "\"v1", ""}) {
        CAPTURE(sent);
        Asked asked;
        asked.request.headers.add("If-None-Match", sent);
        CHECK(render_resource(asked.call, 200, "{}", "\"v1\"").status == 200);
    }
}

TEST_CASE("a created resource is never 304", "[gateway]") {
    Asked asked;
    asked.request.method = http::Method::post;
    asked.request.headers.add("If-None-Match", "*");
    CHECK(render_resource(asked.call, 201, "{}", "\"v1\"").status == 201);
}

TEST_CASE("If-Match compares strongly", "[gateway]") {
    CHECK(check_if_match("", "\"v1\"").has_value());
    CHECK(check_if_match("*", "\"v1\"").has_value());
    CHECK(check_if_match("\"v1\"", "\"v1\"").has_value());
    CHECK(check_if_match("\"v0\", \"v1\"", "\"v1\"").has_value());
    for (const char* sent : {"\"v2\"", "W/\"v1\"", "v1"}) {
        CAPTURE(sent);
        const auto checked = check_if_match(sent, "\"v1\"");
        REQUIRE(checked.has_error());
        CHECK(checked.error().is(errors::stale));
    }
    CHECK(check_if_match("W/\"v1\"", "W/\"v1\"").has_error());
}

TEST_CASE("a stored answer comes back with its headers", "[gateway]") {
    db::StoredAnswer answer;
    answer.status = 201;
    answer.body = "{}";
    answer.location = "/api/orders/1";
    answer.etag = "\"v1\"";
    answer.replayed = true;
    const http::Response response = render_stored(answer);
    CHECK(response.status == 201);
    CHECK(response.headers.get("Content-Type") == "application/json");
    CHECK(response.headers.get("Location") == "/api/orders/1");
    CHECK(response.headers.get("ETag") == "\"v1\"");
    CHECK(response.headers.get("Idempotency-Replayed") == "true");
    answer.status = 409;
    answer.replayed = false;
    const http::Response problem = render_stored(answer);
    CHECK(problem.headers.get("Content-Type") == "application/problem+json");
    CHECK_FALSE(problem.headers.has("Idempotency-Replayed"));
}

TEST_CASE("further members stand beside a page's items", "[gateway]") {
    const Asked asked;
    const http::Response response =
        render_page(asked.call, PageRequest{}, {}, 0, "", R"("unavailable":["order"])");
    const auto document = json::Document::parse(response.body).value();
    CHECK(document.root()["unavailable"].at(0).text() == "order");
    CHECK(document.root()["nextCursor"].is_null());
}
