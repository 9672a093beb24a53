// Answers that are sent piece by piece: framing, both ends of the connection going away, slow readers,
// shutdown.
#include <catch2/catch.hpp>

#include "http_site.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

/// What the stream of a StreamSite does.
struct Source {
    std::vector<std::string> pieces;
    bool waits = false;   // for news that never come, after the pieces, until it is told to end
    bool breaks = false;  // after the pieces
    bool endless = false;
    std::int64_t pause_ms = 0;  // before each piece
    std::atomic<int> asked{0}, ended{0}, alive{0};
    std::atomic<int> waiting{0};
};

/// One answer under way; counts itself.
struct Pieces {
    explicit Pieces(Source& s) : source(s) { ++source.alive; }
    ~Pieces() { --source.alive; }

    Task<std::optional<std::string>> next() {
        ++source.asked;
        if (source.pause_ms > 0) co_await runtime::sleep_ms(source.pause_ms);
        if (at < source.pieces.size()) co_return source.pieces[source.endless ? 0 : at++];
        if (source.breaks) throw std::runtime_error("broken");
        if (source.waits && !over) {
            ++source.waiting;
            UniqueFunction<void(Then<Unit>)> start(
                [this](Then<Unit> then) { news.emplace(std::move(then)); });
            co_await runtime::await_then<Unit>(std::move(start));
        }
        co_return std::nullopt;
    }
    void end() {
        over = true;
        ++source.ended;
        if (auto waiter = std::exchange(news, std::nullopt)) (*waiter)(Outcome<Unit>(Unit{}));
    }

    Source& source;
    std::size_t at = 0;
    bool over = false;
    std::optional<Then<Unit>> news;
};

Task<http::Response> answer(Source* source, bool plain) {
    http::Response response;
    response.headers.add("Content-Type", "text/plain");
    if (plain) {
        response.body = "plain";
        co_return response;
    }
    auto pieces = std::make_shared<Pieces>(*source);
    response.stream = [pieces] { return pieces->next(); };
    if (source->waits) response.end_stream = [pieces] { pieces->end(); };
    co_return response;
}

struct StreamSite {
    Source source;
    runtime::Runtime runtime{1};
    std::optional<http::Server> server;

    explicit StreamSite(http::ServerSettings settings = {}) {
        settings.name = "test";
        server.emplace(
            runtime, settings,
            [this](http::Request& request) { return answer(&source, request.path == "/plain"); }, bad);
        server->listen();
        runtime.start();
    }
    ~StreamSite() {
        server->shut_down();
        runtime.drain(std::chrono::seconds(10));
        server.reset();
        runtime.stop();
    }
    [[nodiscard]] RawSocket connect() const { return RawSocket("127.0.0.1", server->port()); }
    [[nodiscard]] std::string exchange(const std::string& bytes) const {
        RawSocket socket = connect();
        socket.send(bytes);
        return socket.receive_all();
    }
};

const std::string get = "GET /s HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string get_and_close = "GET /s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

}  // namespace

TEST_CASE("each piece of a stream is one chunk, and the last chunk ends it", "[http]") {
    StreamSite site;
    site.source.pieces = {"first", "", std::string(26, 'x'), std::string(300, 'y')};
    const std::string answer = site.exchange(get_and_close);
    CHECK(count(answer, "\r\nTransfer-Encoding: chunked\r\n") == 1);
    CHECK(count(answer, "Content-Length") == 0);
    CHECK(body_of(answer) == "5\r\nfirst\r\n1a\r\n" + std::string(26, 'x') + "\r\n12c\r\n" +
                                 std::string(300, 'y') + "\r\n0\r\n\r\n");
}

TEST_CASE("after a stream its connection serves the next request", "[http]") {
    StreamSite site;
    site.source.pieces = {"one"};
    RawSocket socket = site.connect();
    std::string rest;
    for (int i = 0; i < 3; ++i) {
        socket.send(get);
        CHECK(test::read_response(socket, rest).body == "one");
    }
    socket.send(get + "GET /plain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(test::read_response(socket, rest).body == "one");
    CHECK(test::read_response(socket, rest).body == "plain");
    CHECK(site.server->connections() <= 1);
}

TEST_CASE("an HTTP/1.0 client gets the pieces until the connection closes", "[http]") {
    StreamSite site;
    site.source.pieces = {"one", "two"};
    const std::string answer = site.exchange("GET /s HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(count(answer, "Transfer-Encoding") == 0);
    CHECK(count(answer, "Content-Length") == 0);
    CHECK(count(answer, "\r\nConnection: close\r\n") == 1);
    CHECK(body_of(answer) == "onetwo");
}

TEST_CASE("HEAD asks a stream for nothing", "[http]") {
    StreamSite site;
    site.source.pieces = {"one"};
    RawSocket socket = site.connect();
    std::string rest;
    socket.send("HEAD /s HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(test::read_response(socket, rest, true).header("Transfer-Encoding") == "chunked");
    CHECK(site.source.asked == 0);
    CHECK(eventually([&] { return site.source.alive == 0; }));
    socket.send("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(test::read_response(socket, rest).body == "plain");
}

TEST_CASE("a stream that throws breaks the connection off without a last chunk", "[http]") {
    const QuietLog quiet;
    StreamSite site;
    site.source.pieces = {"one"};
    site.source.breaks = true;
    CHECK(body_of(site.exchange(get)) == "3\r\none\r\n");
    CHECK(log_lines == 1);
}

TEST_CASE("a stream that waits for news is told when its client has gone", "[http]") {
    StreamSite site;
    site.source.pieces = {"one"};
    site.source.waits = true;
    std::optional<RawSocket> socket(site.connect());
    socket->send(get);
    CHECK(socket->receive_until("one\r\n").ends_with("one\r\n"));
    CHECK(eventually([&] { return site.source.waiting == 1; }));
    CHECK(site.source.ended == 0);
    socket.reset();
    CHECK(eventually([&] { return site.source.alive == 0; }));
    CHECK(site.source.ended == 1);
    CHECK(eventually([&] { return site.server->connections() == 0; }));
}

TEST_CASE("shutting down ends a stream that waits for news, with its last chunk", "[http]") {
    StreamSite site;
    site.source.pieces = {"one"};
    site.source.waits = true;
    RawSocket socket = site.connect();
    socket.send(get);
    CHECK(eventually([&] { return site.source.waiting == 1; }));
    site.server->shut_down();
    CHECK(body_of(socket.receive_all()) == "3\r\none\r\n0\r\n\r\n");
    CHECK(site.source.ended == 1);
    CHECK(site.runtime.drain(std::chrono::seconds(10)));
}

TEST_CASE("shutting down lets a stream run to its end that has one", "[http]") {
    StreamSite site;
    site.source.pieces = std::vector<std::string>(20, "x");
    site.source.pause_ms = 2;
    RawSocket socket = site.connect();
    socket.send(get);
    CHECK(eventually([&] { return site.source.asked > 0; }));
    site.server->shut_down();
    const std::string answer = socket.receive_all();
    CHECK(count(answer, "1\r\nx\r\n") == 20);
    CHECK(answer.ends_with("0\r\n\r\n"));
}

TEST_CASE("a slow reader is asked for, not buffered for, and meets the write deadline", "[http]") {
    http::ServerSettings settings;
    settings.write_timeout_ms = 100;
    StreamSite site(settings);
    constexpr int kib = 1024;
    site.source.pieces = {std::string(std::size_t{16} * kib, 'b')};
    site.source.endless = true;
    RawSocket socket = site.connect();
    socket.send(get);
    CHECK(eventually([&] { return site.source.asked > 0; }));
    CHECK(eventually([&] { return site.source.alive == 0; }));
    CHECK(site.source.asked * 16 < 32 * kib);  // no more than the kernel's buffers take
}

TEST_CASE("the write deadline is of one piece, not of the stream", "[http]") {
    http::ServerSettings settings;
    settings.write_timeout_ms = 40;
    StreamSite site(settings);
    site.source.pieces = std::vector<std::string>(8, "x");
    site.source.pause_ms = 20;
    CHECK(count(site.exchange(get_and_close), "1\r\nx\r\n") == 8);
}
