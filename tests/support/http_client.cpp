// The blocking test client; see http_client.hpp.
#include <support/http_client.hpp>

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <stdexcept>

namespace cloudretail::test {

namespace {

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error("HTTP test client: " + what); }

/// The head of a response, taken apart.
HttpResponse parse_head(std::string_view head) {
    HttpResponse response;
    const std::size_t line_end = head.find("\r\n");
    if (!head.starts_with("HTTP/1.1 ") || line_end < 12)
        fail("no status line in: " + std::string(head.substr(0, 80)));
    std::from_chars(head.data() + 9, head.data() + 12, response.status);
    head.remove_prefix(line_end + 2);
    while (!head.starts_with("\r\n")) {
        const std::size_t end = head.find("\r\n");
        const std::size_t colon = head.find(':');
        if (end == std::string_view::npos || colon > end) fail("a header line has no colon");
        const std::string_view value = head.substr(colon + 1, end - colon - 1);
        response.headers.add(std::string(head.substr(0, colon)),
                             std::string(value.substr(std::min(value.find_first_not_of(' '), value.size()))));
        head.remove_prefix(end + 2);
    }
    return response;
}

bool has_body(const HttpResponse& response, bool head_request) {
    return !head_request && response.status >= 200 && response.status != 204 && response.status != 304;
}

}  // namespace

RawSocket::RawSocket(const std::string& host, std::uint16_t port, int timeout_ms) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
        fail("unknown host " + host);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
    for (const addrinfo* at = found; at && descriptor_ < 0; at = at->ai_next) {
        descriptor_ = ::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
        if (descriptor_ >= 0 && ::connect(descriptor_, at->ai_addr, at->ai_addrlen) != 0) {
            ::close(descriptor_);
            descriptor_ = -1;
        }
    }
    if (descriptor_ < 0) fail("cannot connect to " + host + ":" + std::to_string(port));
    const timeval limit{timeout_ms / 1000, timeout_ms % 1000 * 1000};
    const int on = 1;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawSocket::~RawSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

RawSocket& RawSocket::operator=(RawSocket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

bool RawSocket::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) fail("the server takes nothing");
        if (n < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

std::string RawSocket::receive(std::size_t limit) {
    std::string bytes(limit, '\0');
    for (;;) {
        const ssize_t n = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) fail("no answer in time");
        bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
        return bytes;
    }
}

std::string RawSocket::receive_all() {
    std::string all;
    for (std::string part = receive(); !part.empty(); part = receive()) all += part;
    return all;
}

std::string RawSocket::receive_until(std::string_view end) {
    std::string all;
    while (all.find(end) == std::string::npos) {
        const std::string part = receive(1);
        if (part.empty()) break;
        all += part;
    }
    return all;
}

bool RawSocket::ended() const {
    char byte = 0;
    const ssize_t n = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void RawSocket::shut_down_sending() { ::shutdown(descriptor_, SHUT_WR); }

json::Document HttpResponse::json() const { return json::Document::parse(body).value(); }

bool is_endless(const HttpResponse& response) {
    return response.header("Content-Type") == "text/event-stream";
}

std::optional<std::string> take_chunk(std::string& rest) {
    const std::size_t line = rest.find("\r\n");
    if (line == std::string::npos) return std::nullopt;
    std::size_t size = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + line, size, 16);
    if (read.ptr != rest.data() + line || line == 0) fail("no chunk: " + rest.substr(0, 100));
    if (rest.size() < line + 2 + size + 2) return std::nullopt;
    if (rest.compare(line + 2 + size, 2, "\r\n") != 0) fail("a chunk does not end where it says");
    std::string chunk = rest.substr(line + 2, size);
    rest.erase(0, line + 2 + size + 2);
    return chunk;
}

HttpResponse read_response(RawSocket& socket, std::string& rest, bool head_request) {
    auto more = [&](std::string_view where) {
        const std::string part = socket.receive();
        if (part.empty()) fail("the connection ended " + std::string(where) + ": " + rest);
        rest += part;
    };
    for (;;) {
        std::size_t end = rest.find("\r\n\r\n");
        while (end == std::string::npos) {
            more("before the response did");
            end = rest.find("\r\n\r\n");
        }
        HttpResponse response = parse_head(std::string_view(rest).substr(0, end + 4));
        rest.erase(0, end + 4);
        if (response.status < 200) continue;  // 100 Continue
        if (!has_body(response, head_request)) return response;
        if (is_endless(response)) return response;
        if (response.header("Transfer-Encoding") == "chunked") {
            for (std::optional<std::string> chunk; !chunk || !chunk->empty(); response.body += *chunk)
                while (!(chunk = take_chunk(rest))) more("inside the chunks");
            return response;
        }
        const std::string_view length_text = response.header("Content-Length");
        if (length_text.empty()) {
            response.body = rest + socket.receive_all();
            rest.clear();
            return response;
        }
        std::size_t length = 0;
        std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
        while (rest.size() < length) more("inside the body");
        response.body = rest.substr(0, length);
        rest.erase(0, length);
        return response;
    }
}

void HttpClient::set_header(const std::string& name, const std::string& value) {
    http::Fields kept;
    for (const auto& [key, old] : always_.list())
        if (!http::same_name(key, name)) kept.add(key, old);
    if (!value.empty()) kept.add(name, value);
    always_ = std::move(kept);
}

HttpResponse HttpClient::request(std::string_view method, std::string_view target, const Headers& headers,
                                 std::optional<std::string> body) {
    http::Fields fields = always_;
    if (body) fields.set("Content-Type", "application/json");
    for (const auto& [name, value] : headers) fields.set(name, value);
    if (!fields.has("Host")) fields.add("Host", host_ + ":" + std::to_string(port_));
    std::string message = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
    for (const auto& [name, value] : fields.list()) message += name + ": " + value + "\r\n";
    if (body) message += "Content-Length: " + std::to_string(body->size()) + "\r\n";
    message += "\r\n";
    if (body) message += *body;

    // Only a connection that had ended before is opened again: a request is never sent twice.
    if (!socket_ || socket_->ended()) {
        socket_.emplace(host_, port_);
        rest_.clear();
    }
    socket_->send(message);  // where the server stops listening half-way, its response says why
    try {
        HttpResponse response = read_response(*socket_, rest_, method == "HEAD");
        if (http::same_name(response.header("Connection"), "close") || is_endless(response)) disconnect();
        if (observer_) observer_(method, target, response);
        return response;
    } catch (...) {
        disconnect();
        throw;
    }
}

HttpResponse HttpClient::post(std::string_view target, std::string body, const Headers& headers) {
    return request("POST", target, headers, std::move(body));
}

HttpResponse HttpClient::put(std::string_view target, std::string body, const Headers& headers) {
    return request("PUT", target, headers, std::move(body));
}

HttpResponse HttpClient::patch(std::string_view target, std::string body, const Headers& headers) {
    return request("PATCH", target, headers, std::move(body));
}

}  // namespace cloudretail::test
