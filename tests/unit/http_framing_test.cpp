// What the HTTP server takes for a request and what it refuses (RFC 9112), over real sockets.
#include <catch2/catch.hpp>
#include <vector>

#include "http_site.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

struct Case {
    const char* name;
    std::string bytes;
    int status;
};

std::vector<Case> refused_cases() {
    using namespace std::string_literals;
    std::string many_fields = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 1500; ++i) many_fields += "a:\r\n";
    return {
        {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"unknown transfer encoding", start + "Transfer-Encoding: gzip\r\n\r\n", 400},
        {"nearly chunked", start + "Transfer-Encoding: xchunked\r\n\r\n", 400},
        {"chunked, then gzip", start + "Transfer-Encoding: chunked, gzip\r\n\r\n", 400},
        {"gzip, then chunked", start + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
        {"chunked in quotes", start + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 400},
        {"empty transfer encoding", start + "Transfer-Encoding:\r\n\r\n", 400},
        {"chunked twice", start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         400},
        {"chunked and identity", start + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n",
         400},
        {"chunked in HTTP/1.0", "POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"length, then chunked", start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         400},
        {"chunked, then length", start + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
         400},
        {"unknown encoding and length", start + "Transfer-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", 400},
        {"different lengths", start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
        {"the same length twice", start + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
        {"a list of lengths", start + "Content-Length: 5, 5\r\n\r\nhello", 400},
        {"length with a sign", start + "Content-Length: +5\r\n\r\nhello", 400},
        {"negative length", start + "Content-Length: -1\r\n\r\n", 400},
        {"length past 64 bits", start + "Content-Length: 99999999999999999999\r\n\r\n", 400},
        {"space before the colon", start + "Content-Length : 5\r\n\r\nhello", 400},
        {"bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", 400},
        {"NUL in a value", start + "X: a\0b\r\n\r\n"s, 400},
        {"control byte in a value",
         start + "X: a\x01"
                 "b\r\n\r\n",
         400},
        {"control byte in a name", start + "X\x01: a\r\n\r\n", 400},
        {"field without a name", start + ": a\r\n\r\n", 400},
        {"line that is no field", start + "nonsense\r\n\r\n", 400},
        {"1500 fields", many_fields + "\r\n", 431},
        {"header too large", start + "X: " + std::string(20'000, 'x') + "\r\n\r\n", 431},
        {"header that does not end", "GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x'), 431},
        {"target too long", "GET /" + std::string(5000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"body too large", start + "Content-Length: 2000000\r\n\r\n", 413},
        {"chunk too large", start + "Transfer-Encoding: chunked\r\n\r\n1e8480\r\n", 413},
        {"method that is no token", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
        {"method in lower case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
        {"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 501},
        {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400},
        {"HTTP/0.9", "GET /\r\n", 400},
        {"a TLS handshake", "\x16\x03\x01\x02\x01\x01"s, 400},
        {"chunk size that is none", start + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        {"chunk size past 64 bits", start + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400},
        {"chunk without its end", start + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n", 400},
        {"framing in trailers", start + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n",
         400},
        {"bad escape", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"escaped NUL", "GET /a%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"parent segment", "GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"asterisk for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    };
}

}  // namespace

TEST_CASE("a request that is not clean HTTP/1.1 is refused, and what follows it is never read as another",
          "[http][pitfall-http-framing]") {
    Running running;
    for (const Case& c : refused_cases()) {
        INFO(c.name);
        const std::string answer = running.exchange(c.bytes + ending);
        CHECK(status_of(answer) == c.status);
        CHECK(count(answer, "\r\nDate: ") == 1);
        CHECK(answer.find("\r\nConnection: close\r\n") != std::string::npos);
    }
    CHECK(running.site.requests.load() == 0);
    CHECK(running.site.smuggled.load() == 0);
}

TEST_CASE("unusual requests that are clean are served", "[http]") {
    Running running;
    const std::vector<Case> cases{
        {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 200},
        {"folded value", "GET / HTTP/1.1\r\nHost: a\r\nX-Fold: one\r\n two\r\nConnection: close\r\n\r\n",
         200},
        {"chunked in capitals", start + "Transfer-Encoding: CHUNKED\r\nConnection: close\r\n\r\n0\r\n\r\n",
         200},
        {"TRACE, for the handler to refuse", "TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200},
        {"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200},
        {"absolute form", "GET http://b:1/p?q=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200},
        {"GET with a body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
         200},
    };
    for (const Case& c : cases) {
        INFO(c.name);
        CHECK(status_of(running.exchange(c.bytes)) == c.status);
    }
    CHECK(running.exchange(cases[1].bytes).find("X-Fold: one two\n") != std::string::npos);
    CHECK(running.exchange(cases[5].bytes).find("GET /p\nq=1\nHost: b:1\n") != std::string::npos);
}

TEST_CASE("a handler gets method, path, query, headers, body and peer", "[http]") {
    Running running;
    HttpClient client = running.client();
    const auto answer = client.post("/a%20b?x=1&y=%2B", "{\"k\":1}", {{"Authorization", "Bearer t"}});
    CHECK(answer.status == 200);
    CHECK(answer.body == "POST /a b\nx=1\ny=+\nHost: 127.0.0.1:" + std::to_string(running.server->port()) +
                             "\nAuthorization: Bearer t\npeer 127.0.0.1\n{\"k\":1}");
    CHECK(answer.header("Content-Type") == "text/plain");
    CHECK(answer.header("Date").ends_with(" GMT"));
    CHECK_FALSE(answer.headers.has("Connection"));
}

TEST_CASE("trailers never become headers", "[http][pitfall-http-trailers]") {
    Running running;
    RawSocket socket = running.connect();
    std::string rest;
    socket.send(start +
                "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n3\r\n!!!\r\n0\r\n"
                "Authorization: Bearer forged\r\nX-Role: admin\r\nConnection: close\r\n\r\n");
    const auto answer = test::read_response(socket, rest);
    CHECK(answer.status == 200);
    CHECK(answer.body == "POST /x\nHost: a\npeer 127.0.0.1\nhello!!!");
    socket.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(test::read_response(socket, rest).body == "GET /next\nHost: a\npeer 127.0.0.1\n");
}

TEST_CASE("the bytes of a request are bounded, not only its body", "[http][pitfall-http-bytes]") {
    http::ServerSettings settings;
    settings.body_bytes = 64 * 1024;
    Running running(settings);
    const std::string chunked = start + "Transfer-Encoding: chunked\r\n\r\n";
    SECTION("a chunk extension of 2 MB") {
        const auto answer =
            running.exchange(chunked + "1;x=" + std::string(2'000'000, 'y') + "\r\nz\r\n0\r\n\r\n");
        CHECK(status_of(answer) == 400);
    }
    SECTION("trailers of 2 MB") {
        const auto answer = running.exchange(chunked + "0\r\nX: " + std::string(2'000'000, 'y') + "\r\n\r\n");
        CHECK(status_of(answer) == 400);
    }
    SECTION("many chunk extensions") {
        std::string body;
        for (int i = 0; i < 1000; ++i) body += "1;x=" + std::string(1000, 'y') + "\r\nz\r\n";
        CHECK(status_of(running.exchange(chunked + body + "0\r\n\r\n")) == 413);
    }
    SECTION("many chunks that are too much together") {
        std::string body;
        for (int i = 0; i < 70; ++i) body += "400\r\n" + std::string(1024, 'y') + "\r\n";
        CHECK(status_of(running.exchange(chunked + body + "0\r\n\r\n")) == 413);
    }
    CHECK(running.site.requests.load() == 0);
}

TEST_CASE("a body may have exactly the limit, in one piece or in chunks", "[http]") {
    http::ServerSettings settings;
    settings.body_bytes = 300'000;
    Running running(settings);
    const std::string body(300'000, 'x');
    HttpClient client = running.client();
    CHECK(client.post("/", body).body.ends_with("\n" + body));
    CHECK(client.post("/", body + "x").status == 413);
    std::string chunks = start + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    for (int i = 0; i < 300; ++i) chunks += "3e8\r\n" + body.substr(0, 1000) + "\r\n";
    const std::string answer = running.exchange(chunks + "0\r\n\r\n");
    CHECK(status_of(answer) == 200);
    CHECK(answer.ends_with("\n" + body));
}

TEST_CASE("pipelined requests are answered in order", "[http]") {
    Running running;
    std::string bytes;
    for (int i = 0; i < 50; ++i) {
        bytes += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
        bytes += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    RawSocket socket = running.connect();
    socket.send(bytes);
    std::string rest;
    bool in_order = true;
    for (int i = 0; i < 50; ++i) {
        const std::string path = " /" + std::to_string(i) + "\nHost: a\npeer 127.0.0.1\n";
        in_order = in_order && test::read_response(socket, rest).body == "POST" + path + "abc";
        in_order = in_order && test::read_response(socket, rest).body == "GET" + path;
    }
    CHECK(in_order);
}

TEST_CASE("a request may come byte by byte", "[http]") {
    Running running;
    RawSocket socket = running.connect();
    const std::string bytes =
        start + "Transfer-Encoding: chunked\r\n\r\n5;q=\"a\"\r\nhello\r\n0\r\nX-Role: b\r\n\r\n";
    for (const char c : bytes) socket.send(std::string(1, c));
    std::string rest;
    CHECK(test::read_response(socket, rest).body == "POST /x\nHost: a\npeer 127.0.0.1\nhello");
}

TEST_CASE("HEAD, 204 and 304 are answered without a body on a connection that goes on", "[http]") {
    Running running;
    RawSocket socket = running.connect();
    for (const char* line : {"HEAD /", "GET /empty", "GET /unchanged"}) {
        INFO(line);
        socket.send(std::string(line) + " HTTP/1.1\r\nHost: a\r\n\r\n");
        const std::string head = socket.receive_until("\r\n\r\n");
        CHECK((head.find("Content-Length: ") != std::string::npos) == (line == std::string("HEAD /")));
    }
    socket.send("GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(socket.receive_all().ends_with("GET /end\nHost: a\npeer 127.0.0.1\n"));
}

TEST_CASE("a client that expects it is told to continue before it sends the body", "[http]") {
    Running running;
    RawSocket socket = running.connect();
    socket.send(start + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    CHECK(socket.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    socket.send("hello");
    std::string rest;
    CHECK(test::read_response(socket, rest).body.ends_with("\nhello"));
    socket.send(start + "Content-Length: 5000000\r\nExpect: 100-continue\r\n\r\n");
    CHECK(status_of(socket.receive_all()) == 413);
}

TEST_CASE("each request may carry as much as its address takes, and is refused before a byte more is read",
          "[http]") {
    http::ServerSettings settings;
    settings.body_limit = [](const http::Request& request) -> std::size_t {
        return request.path == "/large" ? 3'000'000 : 10;
    };
    Running running(settings);
    const auto announced = [&](const std::string& path, std::size_t bytes, const std::string& body) {
        return status_of(running.exchange("POST " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" +
                                          "Content-Length: " + std::to_string(bytes) + "\r\n\r\n" + body));
    };
    CHECK(announced("/small", 10, std::string(10, 'x')) == 200);
    CHECK(announced("/small", 11, "") == 413);
    CHECK(announced("/large", 3'000'000, std::string(3'000'000, 'x')) == 200);
    CHECK(announced("/large", 3'000'001, "") == 413);
    const auto chunked = [&](const std::string& path, const std::vector<std::string>& chunks) {
        std::string bytes = "POST " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" +
                            "Transfer-Encoding: chunked\r\n\r\n";
        for (const std::string& chunk : chunks) bytes += chunk;
        return status_of(running.exchange(bytes));
    };
    CHECK(chunked("/small", {"5\r\nhello\r\n", "5\r\nhello\r\n", "0\r\n\r\n"}) == 200);
    CHECK(chunked("/small", {"5\r\nhello\r\n", "6\r\n"}) == 413);
    CHECK(chunked("/large", {"6\r\nhello!\r\n", "5\r\nhello\r\n", "0\r\n\r\n"}) == 200);
    CHECK(running.site.requests.load() == 4);
}

TEST_CASE("who waits to be told to continue is refused before sending what is too large", "[http]") {
    http::ServerSettings settings;
    settings.body_limit = [](const http::Request&) -> std::size_t { return 4; };
    Running running(settings);
    const std::string answer = running.exchange(start + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    CHECK(status_of(answer) == 413);
}
