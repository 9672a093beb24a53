// A running HTTP server with a handler that says what it was asked, for the tests of core/http.
#pragma once

#include <poll.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <http/server.hpp>
#include <log/log.hpp>
#include <mutex>
#include <optional>
#include <string>
#include <support/http_client.hpp>

namespace cloudretail::test {

inline const auto big = std::make_shared<const std::string>(32 * 1024 * 1024, 'b');

/// Holds handlers back until the test lets them go.
class HandlerGate {
  public:
    void enter(Then<Unit> then) {
        const std::lock_guard lock(mutex_);
        waiting_.emplace(std::move(then));
        arrived_.notify_all();
    }
    void wait_for_arrival() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return waiting_.has_value(); });
    }
    void open() {
        const std::lock_guard lock(mutex_);
        (*waiting_)(Outcome<Unit>(Unit{}));
        waiting_.reset();
    }

  private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::optional<Then<Unit>> waiting_;
};

struct Site {
    HandlerGate gate;
    std::atomic<int> requests{0}, smuggled{0};
};

inline std::string describe(const http::Request& request) {
    std::string text = request.method_text + " " + request.path + "\n";
    for (const auto& [name, value] : request.query) text += name + "=" + value + "\n";
    for (const char* name : {"Host", "Authorization", "X-Role", "X-Fold"})
        if (request.headers.has(name))
            text += std::string(name) + ": " + std::string(request.headers.get(name)) + "\n";
    return text + "peer " + request.peer + "\n" + request.body;
}

inline Task<http::Response> handle(Site* site, http::Request* request) {
    ++site->requests;
    http::Response response;
    if (request->path == "/smuggled") ++site->smuggled;
    if (request->path == "/throw") throw std::runtime_error("a fault of ours");
    if (request->path == "/empty") response.status = 204;
    if (request->path == "/unchanged") response.status = 304;
    if (request->path == "/close") response.headers.add("Connection", "close");
    if (request->path == "/big") {
        response.shared_body = big;
        co_return response;
    }
    if (request->path == "/wait") {
        UniqueFunction<void(Then<Unit>)> start(
            [site](Then<Unit> then) { site->gate.enter(std::move(then)); });
        co_await runtime::await_then<Unit>(std::move(start));
    }
    response.headers.add("Content-Type", "text/plain");
    response.body = describe(*request);
    co_return response;
}

inline http::Response bad(const http::Request&, int status, const std::string& detail) {
    http::Response response;
    response.status = status;
    response.body = detail;
    return response;
}

/// A server on a free port with two io threads.
struct Running {
    Site site;
    runtime::Runtime runtime{2};
    std::optional<http::Server> server;
    std::chrono::milliseconds drain_limit{10'000};

    explicit Running(http::ServerSettings settings = {}) {
        settings.name = "test";
        server.emplace(
            runtime, settings, [this](http::Request& request) { return handle(&site, &request); }, bad);
        server->listen();
        runtime.start();
    }
    ~Running() {
        server->shut_down();
        runtime.drain(drain_limit);
        server.reset();
        runtime.stop();
    }
    [[nodiscard]] RawSocket connect() const { return RawSocket("127.0.0.1", server->port()); }
    [[nodiscard]] HttpClient client() const { return HttpClient("127.0.0.1", server->port()); }
    /// Everything the server says to these bytes, until it closes.
    [[nodiscard]] std::string exchange(const std::string& bytes) const {
        RawSocket socket = connect();
        socket.send(bytes);
        return socket.receive_all();
    }
};

inline int status_of(const std::string& answer) {
    return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
}

inline std::size_t count(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
        ++n;
    return n;
}

/// Until it is so, at most 10 s.
template <class Predicate>
bool eventually(Predicate predicate) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!predicate() && std::chrono::steady_clock::now() < end) ::poll(nullptr, 0, 1);
    return predicate();
}

inline std::atomic<int> log_lines{0};
struct QuietLog {
    QuietLog() {
        log_lines = 0;
        log::capture([](std::string_view) { ++log_lines; });
    }
    ~QuietLog() { log::capture(nullptr); }
};

inline const std::string ending = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
inline const std::string start = "POST /x HTTP/1.1\r\nHost: a\r\n";

}  // namespace cloudretail::test
