// Listening and accepting: one acceptor per io thread on the same port, the sweep that enforces the deadlines
// of the lane's connections, and the graceful end. Everything but listen() and shut_down() runs on the lane's
// io thread.
#include <sys/socket.h>
#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <http/server.hpp>
#include <log/log.hpp>
#include <stdexcept>
#include <vector>

#include "connection.hpp"

namespace cloudretail::http {

namespace {

constexpr int backlog = 4096;
constexpr std::chrono::milliseconds pause{100};

using ListenerPtr = std::shared_ptr<Listener>;
using LanePtr = std::shared_ptr<Lane>;

/// A quarter of the shortest limit, so that none is overrun by more than that; at most a second.
std::chrono::milliseconds sweep_interval(const ServerSettings& s) {
    const auto shortest =
        std::min({s.header_timeout_ms, s.body_timeout_ms, s.idle_timeout_ms, s.write_timeout_ms});
    return std::chrono::milliseconds(std::clamp<std::int64_t>(shortest / 4, 5, 1000));
}

void sweep(LanePtr lane, std::chrono::milliseconds interval) {
    lane->sweeping = !lane->connections.empty();
    if (!lane->sweeping) return;
    Lane& l = *lane;
    l.sweep_timer.expires_after(interval);
    l.sweep_timer.async_wait([lane = std::move(lane), interval](boost::system::error_code ec) mutable {
        if (ec) return;
        const auto now = SteadyClock::now();
        for (auto at = lane->connections.begin(); at != lane->connections.end();) (at++)->expire_if_due(now);
        sweep(std::move(lane), interval);
    });
}

/// One too many: told so, in one attempt that never waits.
void turn_away(const Listener& listener, Lane& lane, Socket socket) {
    const Response response = listener.bad(Request(), 503, "There are too many connections.");
    HeadOptions options;
    options.close = true;
    options.date = lane.date.at(std::time(nullptr));
    const std::string head = render_head(response, options);
    const std::array<net::const_buffer, 2> parts{net::buffer(head), net::buffer(response.content())};
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(parts, ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    // What was already sent to us is taken, else closing would reset the connection and lose the answer.
    socket.read_some(net::buffer(lane.scratch), ignored);
}

void admit(runtime::Runtime& runtime, const ListenerPtr& listener, const LanePtr& lane, Socket socket) {
    if (listener->connections.load(std::memory_order_relaxed) >= listener->settings.connections)
        return turn_away(*listener, *lane, std::move(socket));
    auto connection = std::make_shared<Connection>(listener, lane, std::move(socket));
    runtime.spawn(lane->context, "http.connection",
                  [c = std::move(connection)]() mutable { return Connection::run(std::move(c)); });
    if (!lane->sweeping) sweep(lane, sweep_interval(listener->settings));
}

Task<void> accept_loop(runtime::Runtime* runtime, ListenerPtr listener, LanePtr lane) {
    bool complained = false;
    while (!listener->stopping) {
        Socket socket(lane->context);
        boost::system::error_code ec;
        co_await lane->acceptor.async_accept(socket, net::redirect_error(net::use_awaitable, ec));
        if (!ec) {
            complained = false;
            admit(*runtime, listener, lane, std::move(socket));
            continue;
        }
        if (ec == net::error::connection_aborted || listener->stopping) continue;
        // Out of file descriptors or memory: the connection stays in the backlog, and trying again at once
        // would only burn the thread.
        if (!complained)
            log::warning("Connections cannot be accepted",
                         {{"listener", listener->settings.name}, {"error", ec.message()}});
        complained = true;
        lane->pause_timer.expires_after(pause);
        co_await lane->pause_timer.async_wait(net::redirect_error(net::use_awaitable, ec));
    }
}

void set_flag(Acceptor& acceptor, int option) {
    const int on = 1;
    if (::setsockopt(acceptor.native_handle(), SOL_SOCKET, option, &on, sizeof on) != 0)
        throw boost::system::system_error(errno, boost::system::system_category());
}

/// SO_REUSEPORT lets any process of the same user share the port unnoticed; without it the port must be free.
void require_free(net::io_context& context, const tcp::endpoint& endpoint) {
    Acceptor probe(context, endpoint.protocol());
    set_flag(probe, SO_REUSEADDR);
    probe.bind(endpoint);
}

}  // namespace

struct Server::Impl {
    Impl(runtime::Runtime& r, ListenerPtr l) : runtime(r), listener(std::move(l)) {
        for (int i = 0; i < runtime.size(); ++i) lanes.push_back(std::make_shared<Lane>(runtime.context(i)));
    }
    runtime::Runtime& runtime;
    ListenerPtr listener;
    std::vector<LanePtr> lanes;
    std::uint16_t port = 0;
};

Server::Server(runtime::Runtime& runtime, ServerSettings settings, Handler handler, RenderRefusal bad)
    : impl_(std::make_shared<Impl>(
          runtime, ListenerPtr(new Listener{std::move(settings), std::move(handler), std::move(bad)}))) {}

Server::~Server() { shut_down(); }

void Server::listen() {
    const ServerSettings& settings = impl_->listener->settings;
    try {
        tcp::endpoint endpoint(net::ip::make_address(settings.address), settings.port);
        if (settings.port != 0) require_free(impl_->lanes.front()->context, endpoint);
        for (const LanePtr& lane : impl_->lanes) {
            lane->acceptor.open(endpoint.protocol());
            set_flag(lane->acceptor, SO_REUSEADDR);
            set_flag(lane->acceptor, SO_REUSEPORT);
            lane->acceptor.bind(endpoint);
            endpoint.port(
                lane->acceptor.local_endpoint().port());  // port 0: the others share what the first got
            lane->acceptor.listen(backlog);
        }
        impl_->port = endpoint.port();
    } catch (const boost::system::system_error& e) {
        throw std::runtime_error("cannot listen on " + settings.address + " port " +
                                 std::to_string(settings.port) + ": " + e.code().message());
    }
    for (const LanePtr& lane : impl_->lanes)
        impl_->runtime.spawn(lane->context, "http.accept",
                             [runtime = &impl_->runtime, listener = impl_->listener, lane]() {
                                 return accept_loop(runtime, listener, lane);
                             });
}

std::uint16_t Server::port() const { return impl_->port; }

void Server::shut_down() {
    if (impl_->listener->stopping.exchange(true)) return;
    for (const LanePtr& lane : impl_->lanes)
        net::post(lane->context, [lane] {
            boost::system::error_code ignored;
            lane->acceptor.close(ignored);
            lane->pause_timer.cancel();
            for (Connection& connection : lane->connections) connection.stop();
        });
}

int Server::connections() const { return impl_->listener->connections.load(std::memory_order_relaxed); }

}  // namespace cloudretail::http
