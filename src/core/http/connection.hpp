// One connection of a listener, and what connections share. A connection lives on one io thread; its lane
// (acceptor, deadlines, read buffer) is used by that thread alone. Private to core/http.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <functional>
#include <http/server.hpp>
#include <memory>
#include <string>

#include "response_head.hpp"

namespace cloudretail::http {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using Socket = net::basic_stream_socket<tcp, net::io_context::executor_type>;
using Acceptor = net::basic_socket_acceptor<tcp, net::io_context::executor_type>;
using SteadyClock = std::chrono::steady_clock;

class RequestParser;

struct Lane;

/// What all lanes and connections of a listener share.
struct Listener {
    const ServerSettings settings;
    const Handler handler;
    const RenderRefusal bad;
    std::atomic<bool> stopping{false};
    std::atomic<int> connections{0};
};

class Connection final
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  public:
    Connection(std::shared_ptr<Listener> listener, std::shared_ptr<Lane> lane, Socket socket);
    ~Connection();
    /// Serves requests until either side has enough.
    static Task<void> run(std::shared_ptr<Connection> self);
    /// Called by the lane's sweep: past its deadline the pending wait ends.
    void expire_if_due(SteadyClock::time_point now);
    /// Shutting down: a wait for the next request ends, and a stream that waits for news is told.
    void stop();

  private:
    enum class Stage { idle, request, handler, response, closing };
    enum class Step { done, wait, refused, gone };
    /// A stream under way; shared with the wait for the peer's end, which may outlast it.
    struct Streaming {
        std::function<void()> end;  // empty once called
        bool over = false;
    };

    Task<bool> serve_one();
    Task<bool> invite(RequestParser* parser);
    Task<Step> read(RequestParser* parser, bool whole);
    Task<Result<std::optional<std::string>>> next_piece(RequestParser* parser);
    Step advance(RequestParser& parser, bool whole);
    Step parse_pending(RequestParser& parser, bool whole);
    Step parsed(RequestParser& parser, bool whole) const;
    Task<Response> answer(Request* request, bool* failed);
    Task<bool> send(std::string_view head, std::string_view body);
    Task<bool> send_response(Response* response, bool head_request, bool old_client, bool close);
    Task<bool> send_stream(Response* response, bool chunked);
    Task<bool> send_pieces(const Response* response, bool chunked);
    void watch_peer(std::shared_ptr<Streaming> streaming);
    static void end_stream(Streaming& streaming);
    Task<void> linger();
    Task<bool> wait_for(Socket::wait_type what);
    void enter(Stage stage, std::int64_t limit_ms);

    std::shared_ptr<Listener> listener_;
    std::shared_ptr<Lane> lane_;
    Socket socket_;
    std::string peer_;
    std::string pending_;  // received, not yet taken by the parser
    std::shared_ptr<Streaming> streaming_{};
    SteadyClock::time_point deadline_ = SteadyClock::time_point::max();
    Stage stage_ = Stage::idle;
    std::chrono::milliseconds patience_{0};  // left for a body that the handler reads itself
    bool expired_ = false;
    int served_ = 0;
};

/// What one io thread has of one listener. Owned by what runs on that thread (and by the Server), so that it
/// goes before its io_context does.
struct Lane {
    explicit Lane(net::io_context& c) : context(c), acceptor(c), sweep_timer(c), pause_timer(c) {}
    net::io_context& context;
    Acceptor acceptor;
    net::steady_timer sweep_timer;  // runs while there are connections
    net::steady_timer pause_timer;  // acceptor out of file descriptors
    boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> connections;
    bool sweeping = false;
    DateCache date;
    std::array<char, 64 * 1024> scratch;  // every read lands here: an idle connection owns no buffer
};

}  // namespace cloudretail::http
