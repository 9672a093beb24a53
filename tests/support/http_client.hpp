// A small blocking HTTP/1.1 client on plain POSIX sockets, for tests. One thread per object. What goes wrong
// on the way (no connection, nothing for 30 s, bytes that are no HTTP) is a std::runtime_error.
#pragma once

#include <base/json.hpp>
#include <cstdint>
#include <functional>
#include <http/message.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloudretail::test {

/// A TCP connection, for tests that send what no client would.
class RawSocket {
  public:
    RawSocket(const std::string& host, std::uint16_t port, int timeout_ms = 30'000);
    ~RawSocket();
    RawSocket(RawSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    RawSocket& operator=(RawSocket&& other) noexcept;
    /// Sends everything; false when the peer no longer takes it.
    bool send(std::string_view bytes);
    /// What arrives next, at most `limit` bytes; empty = the peer closed (or reset).
    std::string receive(std::size_t limit = 64 * 1024);
    /// Everything up to the end of the connection.
    std::string receive_all();
    /// Up to and including the first `end`; shorter when the peer closes before.
    std::string receive_until(std::string_view end);
    void shut_down_sending();
    /// Has the peer closed (and is nothing left to receive)? Does not wait.
    [[nodiscard]] bool ended() const;
    [[nodiscard]] int descriptor() const { return descriptor_; }

  private:
    int descriptor_ = -1;
};

struct HttpResponse {
    int status = 0;
    http::Fields headers;
    std::string body;
    [[nodiscard]] std::string_view header(std::string_view name) const { return headers.get(name); }
    /// The body, parsed; throws where it is not JSON.
    [[nodiscard]] json::Document json() const;
};

/// An event stream: only its head is read (by read_response too).
bool is_endless(const HttpResponse& response);

/// Takes the next chunk of a chunked body off `rest`; empty = the last one, nullopt = not all there yet.
std::optional<std::string> take_chunk(std::string& rest);

/// Reads one response off `socket`; `rest` holds what came with it and belongs to the next.
HttpResponse read_response(RawSocket& socket, std::string& rest, bool head_request = false);

/// Keeps its connection alive; opens a new one when the server closed it between two requests. Never repeats
/// a request.
class HttpClient {
  public:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    HttpClient(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}
    /// Sent with every request from now on ("Authorization", …); an empty value takes it out again.
    void set_header(const std::string& name, const std::string& value);
    void bearer(const std::string& token) {
        set_header("Authorization", token.empty() ? "" : "Bearer " + token);
    }

    /// A body goes out as application/json unless `headers` say otherwise.
    HttpResponse request(std::string_view method, std::string_view target, const Headers& headers = {},
                         std::optional<std::string> body = {});
    HttpResponse get(std::string_view target, const Headers& headers = {}) {
        return request("GET", target, headers);
    }
    HttpResponse head(std::string_view target, const Headers& headers = {}) {
        return request("HEAD", target, headers);
    }
    HttpResponse post(std::string_view target, std::string body, const Headers& headers = {});
    HttpResponse put(std::string_view target, std::string body, const Headers& headers = {});
    HttpResponse patch(std::string_view target, std::string body, const Headers& headers = {});
    HttpResponse del(std::string_view target, const Headers& headers = {}) {
        return request("DELETE", target, headers);
    }
    void disconnect() { socket_.reset(); }

    using Observer =
        std::function<void(std::string_view method, std::string_view target, const HttpResponse& response)>;
    /// Called with every answer before it is returned; may throw.
    void observe(Observer observer) { observer_ = std::move(observer); }

  private:
    std::string host_;
    std::uint16_t port_;
    http::Fields always_;
    std::optional<RawSocket> socket_;
    std::string rest_;
    Observer observer_;
};

}  // namespace cloudretail::test
