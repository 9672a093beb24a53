// Reads requests, calls the handler, writes responses. Socket calls are made directly and only what would
// block is awaited: one wait per request, no timer per operation. Runs on the connection's io thread alone.
#include "connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <log/log.hpp>

#include "request_parser.hpp"

namespace cloudretail::http {

namespace {

constexpr int burst = 16;                         // pipelined requests in a row before others get a turn
constexpr std::size_t slowest_bytes_per_ms = 16;  // what was taken earns time: 16 kB/s keep a response going
constexpr std::int64_t linger_ms = 2'000;
constexpr std::size_t linger_bytes = 8 * 1024 * 1024;

std::string text_of(const Socket& socket) {
    boost::system::error_code ec;
    const auto endpoint = socket.remote_endpoint(ec);
    if (ec) return {};
    const auto address = endpoint.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6()).to_string();
    return address.to_string();
}

}  // namespace

Connection::Connection(std::shared_ptr<Listener> listener, std::shared_ptr<Lane> lane, Socket socket)
    : listener_(std::move(listener)),
      lane_(std::move(lane)),
      socket_(std::move(socket)),
      peer_(text_of(socket_)) {
    listener_->connections.fetch_add(1, std::memory_order_relaxed);
    lane_->connections.push_back(*this);
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
}

Connection::~Connection() { listener_->connections.fetch_sub(1, std::memory_order_relaxed); }

void Connection::enter(Stage stage, std::int64_t limit_ms) {
    stage_ = stage;
    deadline_ = limit_ms > 0 ? SteadyClock::now() + std::chrono::milliseconds(limit_ms)
                             : SteadyClock::time_point::max();
}

void Connection::expire_if_due(SteadyClock::time_point now) {
    if (now < deadline_) return;
    deadline_ = SteadyClock::time_point::max();
    expired_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void Connection::stop() {
    if (streaming_) end_stream(*streaming_);
    if (stage_ != Stage::idle) return;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

/// False when the deadline of the stage passed.
Task<bool> Connection::wait_for(Socket::wait_type what) {
    boost::system::error_code ec;
    if (!expired_) co_await socket_.async_wait(what, net::redirect_error(net::use_awaitable, ec));
    co_return !expired_;
}

Task<void> Connection::run(std::shared_ptr<Connection> self) {
    const ServerSettings& settings = self->listener_->settings;
    // A new connection has the time of a header to say something.
    std::int64_t patience = settings.header_timeout_ms;
    for (int streak = 1;; ++streak) {
        if (self->pending_.empty()) {
            std::string().swap(self->pending_);
            self->enter(Stage::idle, patience);
            // Only here does a connection rest, so this frame alone is what an idle one costs. Stopping:
            // whatever has already been sent is still answered.
            boost::system::error_code ec;
            if (!self->listener_->stopping.load(std::memory_order_relaxed))
                co_await self->socket_.async_wait(Socket::wait_read,
                                                  net::redirect_error(net::use_awaitable, ec));
            if (self->expired_) break;
        } else if (streak % burst == 0) {
            co_await net::post(self->lane_->context, net::use_awaitable);
        }
        const bool more = co_await self->serve_one();
        if (!more) break;
        patience = settings.idle_timeout_ms;
    }
    boost::system::error_code ignored;
    self->socket_.close(ignored);
}

/// One request and its response. False: the connection is finished.
Task<bool> Connection::serve_one() {
    const ServerSettings& settings = listener_->settings;
    RequestParser parser(settings);
    enter(Stage::request, settings.header_timeout_ms);
    Step step = advance(parser, false);
    if (step == Step::wait) step = co_await read(&parser, false);
    if (step == Step::done && !parser.accept_header()) step = Step::refused;
    if (step == Step::done && !parser.done()) {
        if (parser.streams()) {
            patience_ = std::chrono::milliseconds(settings.body_timeout_ms);
            parser.request().read_piece = [this, &parser] { return next_piece(&parser); };
        } else {
            enter(Stage::request, settings.body_timeout_ms);
            const bool invited = co_await invite(&parser);
            if (!invited) co_return false;
            step = advance(parser, true);
            if (step == Step::wait) step = co_await read(&parser, true);
        }
    }
    if (step == Step::gone) co_return false;

    const bool refused = step == Step::refused;
    bool failed = false;
    Response response;
    if (refused) {
        response =
            listener_->bad(parser.request(), parser.refusal().status, std::string(parser.refusal().detail));
    } else {
        enter(Stage::handler, 0);  // the handler's time is the gateway's business
        parser.request().peer = peer_;
        response = co_await answer(&parser.request(), &failed);
    }
    ++served_;
    const bool until_close = response.stream && parser.version_1_0();
    const bool unread = !refused && !parser.done();  // the handler did not want all of it
    const bool close = refused || failed || until_close || unread || !parser.keep_alive() ||
                       served_ >= settings.requests_per_connection ||
                       listener_->stopping.load(std::memory_order_relaxed) ||
                       same_name(response.headers.get("Connection"), "close");
    const bool sent = co_await send_response(&response, parser.is_head(), parser.version_1_0(), close);
    // Only where more may be coming than was read, closing at once would harm the response.
    if (sent && close && (refused || unread || !pending_.empty())) co_await linger();
    co_return sent && !close;
}

/// Says that the body may come, where the client waits for that. False: the peer is gone.
Task<bool> Connection::invite(RequestParser* parser) {
    if (!parser->expects_continue() || !pending_.empty() || parser->body_begun()) co_return true;
    co_return co_await send("HTTP/1.1 100 Continue\r\n\r\n", {});
}

/// What a handler reads of the body: whatever is there, else what comes next. Waiting is limited as for other
/// bodies, and what was taken earns time; the handler's own time does not count.
Task<Result<std::optional<std::string>>> Connection::next_piece(RequestParser* parser) {
    std::string& body = parser->request().body;
    const bool invited = co_await invite(parser);
    Step step = invited ? Step::wait : Step::gone;
    while (step == Step::wait && body.empty() && !parser->done()) {
        step = parser->refusal().status == 0 ? advance(*parser, true) : Step::refused;
        if (step != Step::wait || !body.empty()) break;
        const auto begin = SteadyClock::now();
        enter(Stage::request, std::max<std::int64_t>(1, patience_.count()));
        const bool in_time = co_await wait_for(Socket::wait_read);
        patience_ -= std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - begin);
        enter(Stage::handler, 0);
        expired_ = false;
        if (!in_time) parser->refuse(408, "The body came too slowly.");
    }
    if (!body.empty()) {
        const std::chrono::milliseconds most(listener_->settings.body_timeout_ms);
        patience_ = std::min(most, patience_ + std::chrono::milliseconds(body.size() / slowest_bytes_per_ms));
        co_return std::optional<std::string>(std::exchange(body, {}));
    }
    if (parser->done()) co_return std::optional<std::string>();
    if (step == Step::gone) parser->refuse(400, "The body ended early.");
    const Refusal& refusal = parser->refusal();
    co_return Error(refusal.status == 413 ? errors::too_large : errors::bad_request,
                    std::string(refusal.detail));
}

/// Waits and reads until the header (or the whole request) is there.
Task<Connection::Step> Connection::read(RequestParser* parser, bool whole) {
    for (;;) {
        if (!parser->started() && pending_.empty() && listener_->stopping.load(std::memory_order_relaxed))
            co_return Step::gone;
        const bool in_time = co_await wait_for(Socket::wait_read);
        if (!in_time) {
            if (!parser->started() && pending_.empty()) co_return Step::gone;
            expired_ = false;  // the refusal has time of its own
            parser->refuse(408, "The request took too long to arrive.");
            co_return Step::refused;
        }
        const Step step = advance(*parser, whole);
        if (step != Step::wait) co_return step;
    }
}

/// Takes what is there, without waiting.
Connection::Step Connection::advance(RequestParser& parser, bool whole) {
    if (!pending_.empty())
        if (const Step step = parse_pending(parser, whole); step != Step::wait) return step;
    for (;;) {
        boost::system::error_code ec;
        const std::size_t n = socket_.read_some(net::buffer(lane_->scratch), ec);
        if (ec == net::error::would_block || ec == net::error::try_again) return Step::wait;
        if (ec) return Step::gone;  // end of stream, reset: nothing to say, nobody to say it to
        const std::string_view bytes(lane_->scratch.data(), n);
        Step step;
        if (pending_.empty()) {
            const std::size_t used = parser.feed(bytes);
            pending_.assign(bytes.substr(used));
            step = parsed(parser, whole);
        } else {
            pending_.append(bytes);
            step = parse_pending(parser, whole);
        }
        // A body that the handler takes out as it comes is not gathered here.
        const bool enough = n < lane_->scratch.size() || (whole && parser.streams());
        if (step != Step::wait || enough) return step;
    }
}

Connection::Step Connection::parse_pending(RequestParser& parser, bool whole) {
    const std::size_t used = parser.feed(pending_);
    pending_.erase(0, used);
    return parsed(parser, whole);
}

Connection::Step Connection::parsed(RequestParser& parser, bool whole) const {
    if (parser.refusal().status != 0) return Step::refused;
    if (whole ? parser.done() : parser.header_done()) return Step::done;
    // What the parser cannot take yet is an unfinished line: of the header, of a chunk, of the trailers.
    if (pending_.size() <= listener_->settings.header_bytes) return Step::wait;
    if (whole)
        parser.refuse(400, "A chunk header or the trailers are too large.");
    else
        parser.refuse(431, "The header is too large.");
    return Step::refused;
}

/// The last fence: the gateway answers for its exceptions itself, so what arrives here is a fault of ours.
Task<Response> Connection::answer(Request* request, bool* failed) {
    try {
        Task<Response> handling = listener_->handler(*request);
        co_return co_await std::move(handling);
    } catch (const std::exception& e) {
        log::error("A request handler failed", {{"listener", listener_->settings.name}, {"error", e.what()}});
    } catch (...) {
        log::error("A request handler failed", {{"listener", listener_->settings.name}});
    }
    *failed = true;
    co_return listener_->bad(*request, 500, "Something went wrong on our side.");
}

Task<bool> Connection::send_response(Response* response, bool head_request, bool old_client, bool close) {
    const bool bodiless = head_request || !may_have_body(response->status);
    const bool streamed = response->stream && may_have_body(response->status);
    HeadOptions options;
    options.close = close;
    options.keep_alive = old_client;
    options.chunked = streamed && !old_client;
    options.until_close = streamed && old_client;
    options.date = lane_->date.at(std::time(nullptr));
    const std::string head = render_head(*response, options);
    const bool has_body = !bodiless && !streamed;
    const std::string_view body = has_body ? std::string_view(response->content()) : std::string_view();
    const bool sent = co_await send(head, body);
    if (!sent || bodiless || !streamed) co_return sent;
    co_return co_await send_stream(response, options.chunked);
}

/// Both parts in one write where the socket takes them. False: the peer is gone or reads too slowly.
Task<bool> Connection::send(std::string_view head, std::string_view body) {
    std::array<net::const_buffer, 2> parts{net::buffer(head), net::buffer(body)};
    for (bool first = true;; first = false) {
        boost::system::error_code ec;
        const std::size_t sent = socket_.write_some(parts, ec);
        if (ec && ec != net::error::would_block && ec != net::error::try_again) co_return false;
        const std::size_t of_head = std::min(sent, parts[0].size());
        parts[0] += of_head;
        parts[1] += sent - of_head;
        if (parts[0].size() + parts[1].size() == 0) co_return true;
        if (first)
            enter(Stage::response, listener_->settings.write_timeout_ms);
        else
            deadline_ += std::chrono::milliseconds(sent / slowest_bytes_per_ms);
        const bool in_time = co_await wait_for(Socket::wait_write);
        if (!in_time) co_return false;
    }
}

/// Ends our direction and takes what is still coming: closing with unread input would make the kernel reset
/// the connection, and the peer could lose the response (RFC 9112 section 9.6).
Task<void> Connection::linger() {
    boost::system::error_code ec;
    socket_.shutdown(tcp::socket::shutdown_send, ec);
    enter(Stage::closing, linger_ms);
    for (std::size_t total = 0; total < linger_bytes && !ec;) {
        const std::size_t n = socket_.read_some(net::buffer(lane_->scratch), ec);
        total += n;
        if (ec != net::error::would_block && ec != net::error::try_again) continue;
        ec = {};
        const bool in_time = co_await wait_for(Socket::wait_read);
        if (!in_time) co_return;
    }
}

}  // namespace cloudretail::http
