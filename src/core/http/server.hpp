// HTTP/1.1 server on Beast: per io thread one acceptor (SO_REUSEPORT) and the connections it took. Guards
// framing, sizes and slowness before a handler sees anything (docs: pitfalls of Beast 1.81; RFC 9112).
#pragma once

#include <atomic>
#include <functional>
#include <http/message.hpp>
#include <memory>
#include <runtime/runtime.hpp>
#include <string>

namespace cloudretail::http {

struct ServerSettings {
    std::string name;  // "gateway", "ui": for logs and metrics
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;                // 0: a free one
    int connections = 16384;               // of this listener; past it accepted and answered 503, closed
    std::size_t header_bytes = 16 * 1024;  // 431
    std::size_t header_fields = 100;
    std::size_t target_bytes = 4096;
    std::size_t body_bytes = 1024 * 1024;  // 413
    /// How long the body of this request (its header is complete) may be; none: body_bytes for every one.
    std::function<std::size_t(const Request&)> body_limit{};
    /// Does the handler read the body of this request itself, with read_piece? None: never.
    std::function<bool(const Request&)> streams{};
    std::int64_t header_timeout_ms = 10'000, body_timeout_ms = 30'000, idle_timeout_ms = 15'000,
                 write_timeout_ms = 30'000;
    int requests_per_connection = 10'000;
};

/// Renders the answer for input that is not acceptable HTTP (status 400, 408, 413, 431, 501, 503 and a
/// sentence), or that the handler failed at (500). Of the request there may be nothing, or no more than what
/// had been read of it: path and header fields.
using RenderRefusal = std::function<Response(const Request& request, int status, std::string detail)>;

class Server {
  public:
    /// `handler` is called on the connection's io thread; so is `bad`.
    Server(runtime::Runtime& runtime, ServerSettings settings, Handler handler, RenderRefusal bad);
    ~Server();
    /// Binds and listens; throws std::runtime_error with address and port in the text.
    void listen();
    [[nodiscard]] std::uint16_t port() const;
    /// Closes the listeners, lets running requests end, closes idle connections. Returns at once.
    void shut_down();
    [[nodiscard]] int connections() const;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace cloudretail::http
