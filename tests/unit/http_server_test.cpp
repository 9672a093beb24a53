// Connections of the HTTP server over real sockets: kept, closed, slow, too many, and the end of the server.
#include <sys/resource.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "http_site.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

TEST_CASE("connections are kept or closed as the client and the handler wish", "[http]") {
    Running running;
    CHECK(running.exchange("GET / HTTP/1.0\r\n\r\n").find("\r\nConnection: close\r\n") != std::string::npos);
    CHECK(status_of(running.exchange("GET /close HTTP/1.1\r\nHost: a\r\n\r\n")) == 200);
    RawSocket socket = running.connect();
    std::string rest;
    socket.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(test::read_response(socket, rest).header("Connection") == "keep-alive");
    socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(test::read_response(socket, rest).status == 200);
}

TEST_CASE("a connection serves a bounded number of requests", "[http]") {
    http::ServerSettings settings;
    settings.requests_per_connection = 2;
    Running running(settings);
    RawSocket socket = running.connect();
    socket.send(ending + ending + ending);
    const std::string answers = socket.receive_all();
    CHECK(count(answers, "HTTP/1.1 200") == 2);
    CHECK(count(answers, "Connection: close") == 1);
}

TEST_CASE("an exception that reaches the server is answered with 500 and logged", "[http]") {
    const QuietLog quiet;
    Running running;
    const std::string answer = running.exchange("GET /throw HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(status_of(answer) == 500);
    CHECK(answer.find("a fault of ours") == std::string::npos);
    CHECK(log_lines.load() == 1);
}

TEST_CASE("large shared bodies arrive whole", "[http]") {
    Running running;
    HttpClient client = running.client();
    for (int i = 0; i < 2; ++i) {
        const auto answer = client.get("/big");
        CHECK(answer.status == 200);
        CHECK((answer.body == *big));
    }
}

TEST_CASE("slow clients meet a deadline for each part of a request", "[http][pitfall-http-drip]") {
    http::ServerSettings settings;
    settings.header_timeout_ms = settings.body_timeout_ms = settings.idle_timeout_ms =
        settings.write_timeout_ms = 100;
    Running running(settings);
    RawSocket socket = running.connect();
    std::string rest;
    SECTION("silent from the start: closed") { CHECK(socket.receive_all() == ""); }
    SECTION("an unfinished header: 408") {
        socket.send("GET / HTTP/1.1\r\nHo");
        CHECK(status_of(socket.receive_all()) == 408);
    }
    SECTION("an unfinished body: 408") {
        socket.send(start + "Content-Length: 10\r\n\r\nabc");
        CHECK(status_of(socket.receive_all()) == 408);
    }
    SECTION("idle after a request: closed") {
        socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        CHECK(test::read_response(socket, rest).status == 200);
        CHECK(socket.receive_all() == "");
    }
    SECTION("a byte now and then does not win time") {
        socket.send("GET / HTTP/1.1\r\nX: ");
        pollfd ready{socket.descriptor(), POLLIN, 0};
        int sent = 0;
        while (::poll(&ready, 1, 10) == 0 && ++sent < 500) socket.send("x");
        CHECK(sent < 500);
        CHECK(status_of(socket.receive_all()) == 408);
    }
    SECTION("a response that nobody reads: closed") {
        socket.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
        CHECK(eventually([&] { return running.site.requests.load() == 1; }));
        CHECK(eventually([&] { return running.server->connections() == 0; }));
        CHECK(socket.receive_all().size() < big->size());
    }
    CHECK(eventually([&] { return running.server->connections() == 0; }));
}

TEST_CASE("one connection too many is told so and closed", "[http]") {
    http::ServerSettings settings;
    settings.connections = 2;
    Running running(settings);
    HttpClient one = running.client(), two = running.client();
    CHECK(one.get("/").status == 200);
    CHECK(two.get("/").status == 200);
    CHECK(running.server->connections() == 2);
    CHECK(status_of(running.connect().receive_all()) == 503);
    one.disconnect();
    CHECK(eventually([&] { return running.server->connections() == 1; }));
    CHECK(running.client().get("/").status == 200);
    CHECK(two.get("/").status == 200);
}

TEST_CASE("a server without file descriptors waits and goes on when there are some", "[http]") {
    const QuietLog quiet;
    Running running;
    const int free_descriptor = ::dup(0);
    REQUIRE(free_descriptor > 0);
    ::close(free_descriptor);
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    // One descriptor is left, and the client takes it.
    rlimit tight{static_cast<rlim_t>(free_descriptor) + 1, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &tight);
    std::optional<RawSocket> socket;
    try {
        socket.emplace("127.0.0.1", running.server->port());
    } catch (const std::exception&) {
        ::setrlimit(RLIMIT_NOFILE, &before);
        FAIL("no connection");
    }
    const bool complained = eventually([] { return log_lines.load() > 0; });
    ::setrlimit(RLIMIT_NOFILE, &before);
    CHECK(complained);
    socket->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    std::string rest;
    CHECK(test::read_response(*socket, rest).status == 200);
    CHECK(log_lines.load() <= 2);  // once per io thread: nobody spins
}

TEST_CASE("shutting down closes idle connections and lets running requests end", "[http]") {
    Running running;
    HttpClient idle = running.client();
    CHECK(idle.get("/").status == 200);
    RawSocket silent = running.connect();
    RawSocket busy = running.connect();
    busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    running.site.gate.wait_for_arrival();
    CHECK(eventually([&] { return running.server->connections() == 3; }));
    running.server->shut_down();
    CHECK(silent.receive_all() == "");
    CHECK(eventually([&] { return running.server->connections() == 1; }));
    CHECK_FALSE(running.runtime.drain(std::chrono::milliseconds(1)));
    CHECK(eventually([&] {
        try {
            (void)running.connect();
            return false;
        } catch (const std::runtime_error&) {
            return true;
        }
    }));
    running.site.gate.open();
    const std::string answer = busy.receive_all();
    CHECK(status_of(answer) == 200);
    CHECK(answer.find("\r\nConnection: close\r\n") != std::string::npos);
    CHECK(running.runtime.drain(std::chrono::seconds(10)));
}

TEST_CASE("a runtime may be stopped under a server that was not drained", "[http]") {
    Running running;
    RawSocket idle = running.connect();
    RawSocket busy = running.connect();
    busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    running.site.gate.wait_for_arrival();
    CHECK(eventually([&] { return running.server->connections() == 2; }));
    running.site.gate.open();
    running.runtime.stop();
    running.drain_limit = {};  // nothing will end any more: what is left goes with the runtime
}

TEST_CASE("a port that is taken, or an address that is none, stops the start with a clear text", "[http]") {
    Running running;
    http::ServerSettings settings;
    settings.port = running.server->port();
    auto never = [](http::Request&) -> Task<http::Response> { co_return http::Response{}; };
    http::Server second(running.runtime, settings, never, bad);
    CHECK_THROWS_WITH(second.listen(), Catch::Contains("127.0.0.1 port " + std::to_string(settings.port)));
    settings.address = "not an address";
    http::Server third(running.runtime, settings, never, bad);
    CHECK_THROWS_WITH(third.listen(), Catch::Contains("not an address"));
}
