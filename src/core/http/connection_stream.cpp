// Answers that are sent piece by piece, as long as they take: chunked framing (RFC 9112 section 7.1), and
// noticing that the peer has gone while there is nothing to send. Runs on the connection's io thread alone.
#include <sys/socket.h>
#include <cerrno>

#include <boost/asio/error.hpp>
#include <log/log.hpp>

#include "connection.hpp"

namespace cloudretail::http {

namespace {

std::string size_line(std::size_t size) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string line = "\r\n";
    do {
        line.insert(line.begin(), digits[size % 16]);
        size /= 16;
    } while (size != 0);
    return line;
}

/// Has the peer ended its side, without taking what it may have sent?
bool peer_ended(int socket) {
    char byte = 0;
    const ssize_t n = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

}  // namespace

void Connection::end_stream(Streaming& streaming) {
    if (auto end = std::exchange(streaming.end, {})) end();
}

/// A peer that sends more than its request is watched no further: what it sent must stay where it is.
void Connection::watch_peer(std::shared_ptr<Streaming> streaming) {
    socket_.async_wait(Socket::wait_read, [this, streaming = std::move(streaming)](auto ec) {
        // Over: the connection may be gone by now.
        if (streaming->over || ec) return;
        if (peer_ended(socket_.native_handle())) end_stream(*streaming);
    });
}

Task<bool> Connection::send_stream(Response* response, bool chunked) {
    auto streaming = std::make_shared<Streaming>();
    streaming->end = std::move(response->end_stream);
    if (streaming->end) {
        streaming_ = streaming;
        if (pending_.empty()) watch_peer(streaming);
        if (listener_->stopping.load(std::memory_order_relaxed)) end_stream(*streaming);
    }
    bool whole = false;
    std::string trouble;
    try {
        whole = co_await send_pieces(response, chunked);
    } catch (const std::exception& e) {
        trouble = e.what();
    }
    if (!trouble.empty())
        log::error("An answer broke off", {{"listener", listener_->settings.name}, {"error", trouble}});
    if (std::exchange(streaming_, nullptr)) {
        streaming->over = true;
        boost::system::error_code ignored;
        socket_.cancel(ignored);
    }
    co_return whole;
}

/// False: the peer is gone or reads too slowly.
Task<bool> Connection::send_pieces(const Response* response, bool chunked) {
    for (;;) {
        enter(Stage::handler, 0);
        Task<std::optional<std::string>> asked = response->stream();
        std::optional<std::string> piece = co_await std::move(asked);
        if (!piece) break;
        if (piece->empty()) continue;
        std::string head;
        if (chunked) {
            head = size_line(piece->size());
            *piece += "\r\n";
        }
        const bool sent = co_await send(head, *piece);
        if (!sent) co_return false;
    }
    if (!chunked) co_return true;
    co_return co_await send("0\r\n\r\n", {});
}

}  // namespace cloudretail::http
