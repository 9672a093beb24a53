// Bodies that the handler reads itself, as they come: in pieces, bounded, cut off, too slow, not wanted.
#include <catch2/catch.hpp>

#include "http_site.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

struct Uploads {
    std::atomic<std::size_t> largest{0}, bytes{0};
    std::atomic<int> pieces{0}, ended{0}, refused{0};
};

/// Reads all of it, or nothing where the path says so, and tells how much came.
Task<http::Response> take(Uploads* uploads, http::Request* request) {
    http::Response response;
    response.headers.add("Content-Type", "text/plain");
    CHECK(request->body.empty());
    if (request->path == "/unwanted" || !request->read_piece) {
        response.body = request->read_piece ? "not wanted" : "no body";
        co_return response;
    }
    std::size_t bytes = 0;
    for (;;) {
        auto piece = co_await request->read_piece();
        if (!piece) {
            ++uploads->refused;
            response.status = piece.error().is(http::errors::too_large) ? 413 : 400;
            response.body = piece.error().detail;
            co_return response;
        }
        if (!*piece) break;
        ++uploads->pieces;
        uploads->largest = std::max(uploads->largest.load(), (*piece)->size());
        bytes += (*piece)->size();
        uploads->bytes = bytes;
    }
    ++uploads->ended;
    response.body = std::to_string(bytes);
    co_return response;
}

struct UploadSite {
    Uploads uploads;
    runtime::Runtime runtime{1};
    std::optional<http::Server> server;

    explicit UploadSite(http::ServerSettings settings = {}) {
        settings.name = "test";
        settings.streams = [](const http::Request&) { return true; };
        server.emplace(
            runtime, settings, [this](http::Request& request) { return take(&uploads, &request); }, bad);
        server->listen();
        runtime.start();
    }
    ~UploadSite() {
        server->shut_down();
        runtime.drain(std::chrono::seconds(10));
        server.reset();
        runtime.stop();
    }
    [[nodiscard]] RawSocket connect() const { return RawSocket("127.0.0.1", server->port()); }
};

const std::string head = "POST /file HTTP/1.1\r\nHost: a\r\n";

}  // namespace

TEST_CASE("a handler reads a body of any size in small pieces, and the connection goes on", "[http]") {
    http::ServerSettings settings;
    settings.body_bytes = 64 * 1024 * 1024;
    UploadSite site(settings);
    RawSocket socket = site.connect();
    std::string rest;
    const std::string megabyte(1024 * 1024, 'x');
    socket.send(head + "Content-Length: " + std::to_string(20 * megabyte.size()) + "\r\n\r\n");
    for (int i = 0; i < 20; ++i) REQUIRE(socket.send(megabyte));
    CHECK(read_response(socket, rest).body == std::to_string(20 * megabyte.size()));
    CHECK(site.uploads.largest.load() <= 256 * 1024);
    CHECK(site.uploads.pieces.load() > 50);
    socket.send(head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n");
    CHECK(read_response(socket, rest).body == "6");
    socket.send(head + "Content-Length: 0\r\n\r\n");
    CHECK(read_response(socket, rest).body == "no body");
    socket.send(head + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    CHECK(socket.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    socket.send("ok");
    CHECK(read_response(socket, rest).body == "2");
    CHECK(site.uploads.ended.load() == 3);
}

TEST_CASE("a piece is there before the rest of the body is", "[http]") {
    UploadSite site;
    RawSocket socket = site.connect();
    socket.send(head + "Content-Length: 10\r\n\r\nhello");
    CHECK(eventually([&] { return site.uploads.bytes.load() == 5; }));
    socket.send("world");
    std::string rest;
    CHECK(read_response(socket, rest).body == "10");
}

TEST_CASE("a body that is too large, cut off or too slow is an error of the next piece", "[http]") {
    http::ServerSettings settings;
    settings.body_bytes = 100;
    settings.body_timeout_ms = 100;
    UploadSite site(settings);
    {
        RawSocket socket = site.connect();
        socket.send(head + "Transfer-Encoding: chunked\r\n\r\n40\r\n" + std::string(64, 'x') + "\r\n40\r\n");
        CHECK(status_of(socket.receive_all()) == 413);
    }
    {
        RawSocket socket = site.connect();
        socket.send(head + "Content-Length: 50\r\n\r\nhello");
        const std::string answer = socket.receive_all();
        CHECK(status_of(answer) == 400);
        CHECK(answer.ends_with("The body came too slowly."));
    }
    {
        RawSocket socket = site.connect();
        socket.send(head + "Content-Length: 50\r\n\r\nhello");
        socket.shut_down_sending();
        CHECK(socket.receive_all().ends_with("The body ended early."));
    }
    CHECK(site.uploads.refused.load() == 3);
    CHECK(site.uploads.ended.load() == 0);
}

TEST_CASE("a handler that does not want the body is heard, and the connection ends", "[http]") {
    UploadSite site;
    RawSocket socket = site.connect();
    socket.send("POST /unwanted HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n" +
                std::string(300'000, 'x'));
    const std::string answer = socket.receive_all();
    CHECK(status_of(answer) == 200);
    CHECK(answer.ends_with("not wanted"));
}
