// Requests and responses as values, and the strict reading of request targets.
#include <catch2/catch.hpp>
#include <http/message.hpp>
#include <http/response_head.hpp>
#include <http/target.hpp>

using namespace cloudretail;

namespace {

struct Parsed {
    http::Request request;
    std::string wrong;
};

Parsed parse(std::string target, http::Method method = http::Method::get) {
    Parsed parsed;
    parsed.request.method = method;
    parsed.request.target = std::move(target);
    parsed.request.headers.add("Host", "shop.example");
    parsed.wrong = http::parse_target(parsed.request);
    return parsed;
}

}  // namespace

TEST_CASE("header fields compare their names without case and keep their order", "[http]") {
    http::Fields fields;
    fields.add("Accept", "a");
    fields.add("X-One", "1");
    fields.add("accept", "b");
    CHECK(fields.get("ACCEPT") == "a");
    CHECK(fields.get("x-one") == "1");
    CHECK(fields.get("X-On") == "");
    CHECK(fields.has("x-ONE"));
    CHECK_FALSE(fields.has("X-Two"));
    fields.set("ACCEPT", "c");
    REQUIRE(fields.list().size() == 2);
    CHECK(fields.list()[0].second == "c");
    fields.set("X-Two", "2");
    CHECK(fields.list().back().first == "X-Two");
}

TEST_CASE("a target is split into a decoded path and decoded query parameters in order", "[http]") {
    const Parsed p = parse("/api/products/caf%C3%A9?search=red+shoes%2B&tag=a&tag=b%26c&empty=&bare&=x&&");
    REQUIRE(p.wrong == "");
    CHECK(p.request.path == "/api/products/caf\xC3\xA9");
    const std::vector<std::pair<std::string, std::string>> expected{
        {"search", "red shoes+"}, {"tag", "a"}, {"tag", "b&c"}, {"empty", ""}, {"bare", ""}, {"", "x"}};
    CHECK(p.request.query == expected);
    CHECK(p.request.query_value("tag") == std::string_view("a"));
    CHECK(p.request.query_value("bare") == std::string_view(""));
    CHECK_FALSE(p.request.query_value("missing"));
}

TEST_CASE("a plus sign is a space in the query only", "[http]") {
    const Parsed p = parse("/a+b?c+d=e+f");
    CHECK(p.request.path == "/a+b");
    CHECK(p.request.query_value("c d") == std::string_view("e f"));
}

TEST_CASE("targets that could be read in two ways are refused", "[http]") {
    const char* targets[] = {
        "/%zz",          "/%4",   "/%",        "/a%00b",      "/%ff",      "/%c0%af",     "/%ed%a0%80",
        "/%f5%80%80%80", "/..",   "/a/../b",   "/%2e%2e/etc", "/a/%2E.",   "/a%2fb",      "/a%2Fb",
        "/a%0d%0aX:y",   "/a%7f", "/a#b",      "/?q=%zz",     "/?q=%00",   "/?%ff=1",     "/?q=%1b",
        "a/b",           "",      "ftp://a/b", "http://",     "http:///a", "http://u@h/", "http://a b/",
    };
    for (const char* target : targets) {
        INFO(target);
        CHECK(parse(target).wrong != "");
    }
}

TEST_CASE("dots that are no parent segment are part of the path", "[http]") {
    for (const char* target : {"/a..b", "/...", "/..a", "/a..", "/.well-known/x", "/a?x=.."}) {
        INFO(target);
        CHECK(parse(target).wrong == "");
    }
}

TEST_CASE("an absolute-form target gives path and Host", "[http]") {
    const Parsed p = parse("HTTP://other.example:8080/a%20b?c=d");
    REQUIRE(p.wrong == "");
    CHECK(p.request.path == "/a b");
    CHECK(p.request.query_value("c") == std::string_view("d"));
    CHECK(p.request.headers.get("Host") == "other.example:8080");
    CHECK(parse("http://h").request.path == "/");
    const Parsed query_only = parse("http://h?x=1");
    CHECK(query_only.request.path == "/");
    CHECK(query_only.request.query_value("x") == std::string_view("1"));
}

TEST_CASE("the asterisk is a target of OPTIONS alone", "[http]") {
    CHECK(parse("*", http::Method::options).request.path == "*");
    CHECK(parse("*", http::Method::options).wrong == "");
    CHECK(parse("*").wrong != "");
}

TEST_CASE("a query has at most 256 parameters", "[http]") {
    std::string target = "/?a=1";
    for (int i = 1; i < 256; ++i) target += "&a=1";
    CHECK(parse(target).wrong == "");
    CHECK(parse(target + "&a=1").wrong != "");
}

TEST_CASE("a host is one name or address with an optional port", "[http]") {
    for (const char* host : {"shop.example", "shop.example:80", "127.0.0.1:3000", "[::1]:3000", "localhost"})
        CHECK(http::valid_host(host));
    for (const char* host : {"", "a b", "a/b", "u@h", "a,b", "a\tb", "<x>"})
        CHECK_FALSE(http::valid_host(host));
}

TEST_CASE("a response head carries the server's own fields once and lets no value end its line", "[http]") {
    http::Response response = http::json_response(201, "{}");
    response.headers.add("Location", "/a\r\nSet-Cookie: x=1");
    response.headers.add("content-length", "99");
    response.headers.add("Date", "never");
    http::HeadOptions options;
    options.close = true;
    options.date = "Sun, 06 Nov 1994 08:49:37 GMT";
    CHECK(http::render_head(response, options) ==
          "HTTP/1.1 201 Created\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\n"
          "Location: /a  Set-Cookie: x=1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
}

TEST_CASE("statuses without a body have no Content-Length", "[http]") {
    http::Response response;
    for (const int status : {204, 304}) {
        response.status = status;
        CHECK(http::render_head(response, {}).find("Content-Length") == std::string::npos);
    }
    response.status = 200;
    CHECK(http::render_head(response, {}).find("Content-Length: 0\r\n") != std::string::npos);
}

TEST_CASE("Date is in the form of RFC 9110", "[http]") {
    http::DateCache cache;
    CHECK(cache.at(784'111'777) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(cache.at(784'111'777) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(cache.at(1'798'761'599) == "Thu, 31 Dec 2026 23:59:59 GMT");
}
