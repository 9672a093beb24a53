// See chain.hpp. pass() is the list; everything else here prepares it or finishes its answer.
#include <gateway/chain.hpp>
#include <gateway/client_address.hpp>
#include <gateway/compression.hpp>
#include <gateway/cors.hpp>
#include <gateway/page.hpp>
#include <gateway/problem.hpp>
#include <log/log.hpp>

#include "steps.hpp"

namespace cloudretail::gateway {

struct Gateway::Impl {
    Impl(const config::Config& config, metrics::Registry& m, const Clock& c)
        : registry(m),
          clock(c),
          limits(config),
          addresses(config.list("gateway.trusted_proxies")),
          cors(config.list("gateway.cors_origins")),
          compression(config),
          public_url(config.text("server.public_url")) {
        registry.gauge("cloudretail_http_requests_in_flight", "Requests being answered", {},
                       [count = in_flight] { return static_cast<double>(count->load()); });
    }

    Task<Result<http::Response>> pass(Exchange& x);
    Task<Result<>> authenticate(Exchange& x);
    static Task<Result<>> gather_body(Exchange& x);
    Task<Result<std::optional<http::Response>>> replay(Exchange& x);

    [[nodiscard]] const Route* route_of(const http::Request& request) const {
        const Match match = router.find(request.method, request.path);
        return match.route >= 0 ? &endpoints[static_cast<std::size_t>(match.route)]->route : nullptr;
    }
    void identify(Exchange& x) const;
    Result<> limit_anonymous(Exchange& x);
    Result<> limit_user(Exchange& x);
    [[nodiscard]] http::Response problem(Exchange& x, const Error& error) const;
    void secure(Exchange& x, http::Response& response) const;
    void record(Exchange& x, const http::Response& response);

    metrics::Registry& registry;
    const Clock& clock;
    Limits limits;
    ClientAddress addresses;
    Cors cors;
    Compression compression;
    std::string public_url;
    Authenticator* authenticator = nullptr;
    Router router;
    std::vector<Route> routes;                         // until seal
    std::vector<std::unique_ptr<Endpoint>> endpoints;  // from seal on, by the router's index
    std::unique_ptr<OpenApi> contract;
    RouteMetrics unrouted{"other", "none"};
    std::shared_ptr<std::atomic<int>> in_flight = std::make_shared<std::atomic<int>>(0);
};

// The stops of every request, in this order. Each lets it pass or answers why not.
Task<Result<http::Response>> Gateway::Impl::pass(Exchange& x) {
    if (auto preflight = cors.preflight(x.request(), x.match.allow)) co_return std::move(*preflight);
    if (auto ok = limit_anonymous(x); !ok) co_return ok.error();
    if (x.credentials.kind != Credentials::Kind::none) {
        Result<> known = co_await authenticate(x);
        if (!known) co_return known.error();
    }
    if (auto ok = limit_user(x); !ok) co_return ok.error();
    if (auto ok = check_route(x); !ok) co_return ok.error();
    if (auto ok = check_scope(x); !ok) co_return ok.error();
    if (auto ok = check_access(x); !ok) co_return ok.error();
    if (x.request().read_piece && !x.endpoint->route.stream_body) {
        Result<> whole = co_await gather_body(x);
        if (!whole) co_return whole.error();
    }
    if (auto ok = read_input(x, limits.body_bytes()); !ok) co_return ok.error();
    if (auto ok = read_idempotency_key(x); !ok) co_return ok.error();
    if (x.call.idempotency.present() && !x.endpoint->route.claims_first) {
        Result<std::optional<http::Response>> stored = co_await replay(x);
        if (!stored) co_return stored.error();
        if (*stored) co_return std::move(**stored);
    }
    Result<http::Response> answer = co_await x.endpoint->route.handler(x.call);
    co_return answer;
}

namespace {

/// One more while it lives.
struct Counted {
    explicit Counted(std::atomic<int>& n) : number(n) { ++number; }
    ~Counted() { --number; }
    Counted(const Counted&) = delete;
    std::atomic<int>& number;
};

}  // namespace

Task<http::Response> Gateway::handle(http::Request& request) {
    const Counted counted(*impl_->in_flight);
    Exchange x(request);
    impl_->identify(x);
    const bool tagged = impl_->compression.read_tags(request);
    http::Response response;
    // The exception fence: what escapes a handler is a broken machine, not the caller's fault.
    try {
        Result<http::Response> answer = co_await impl_->pass(x);
        response = answer ? std::move(*answer) : impl_->problem(x, answer.error());
    } catch (const Unavailable& e) {
        log::warning("a request met something unavailable",
                     {{"request_id", x.call.request_id}, {"reason", e.what()}});
        Error error(errors::unavailable, "Something that is needed is away; try again.");
        error.retry_after_s = e.retry_after_s;
        response = impl_->problem(x, error);
    } catch (const std::exception& e) {
        log::error("a request failed", {{"request_id", x.call.request_id}, {"reason", e.what()}});
        response = impl_->problem(x, Error(errors::internal, "It was logged with this request id."));
    }
    impl_->secure(x, response);
    impl_->compression.apply(request, response, tagged);
    impl_->record(x, response);
    co_return response;
}

void Gateway::Impl::identify(Exchange& x) const {
    x.now = clock.now();
    x.call.request_id = request_id_of(x.request());
    x.call.client_address = addresses.of(x.request());
    x.call.caller.request_id = x.call.request_id;
    x.call.caller.traceparent = traceparent_of(x.request());
    x.credentials = credentials_of(x.request());
    x.match = router.find(x.request().method, x.request().path);
    if (x.match.route >= 0) x.endpoint = endpoints[static_cast<std::size_t>(x.match.route)].get();
}

/// Requests without credentials count by address; the buckets of log-in and registration count everybody's.
Result<> Gateway::Impl::limit_anonymous(Exchange& x) {
    const std::string_view bucket =
        x.endpoint ? std::string_view(x.endpoint->route.bucket) : std::string_view();
    if (auto ok = limits.by_bucket(bucket, x.call.client_address, x.now, x.limit); !ok) return ok;
    if (x.credentials.kind != Credentials::Kind::none) return {};
    return limits.by_address(x.call.client_address, x.now, x.limit);
}

Result<> Gateway::Impl::limit_user(Exchange& x) {
    if (!x.call.caller.signed_in()) return {};
    const Caller& caller = x.call.caller;
    if (caller.scopes) return limits.by_key(caller.token_id, x.now, x.limit);
    return limits.by_user(caller.id.to_string(), x.now, x.limit);
}

/// A token that is not good is refused even where none is needed: whoever sends one means it. A session
/// cookie is sent by the browser unasked: a stale one must not lock its owner out of the log-in, so it counts
/// as none and is taken back.
Task<Result<>> Gateway::Impl::authenticate(Exchange& x) {
    const bool cookie = x.credentials.kind == Credentials::Kind::cookie;
    Result<Caller> caller(Error(errors::unauthenticated, "The token is not valid."));
    if (authenticator && x.credentials.kind != Credentials::Kind::unusable) {
        std::string token = std::move(x.credentials.token);
        caller = co_await authenticator->authenticate(std::move(token));
        if (cookie && caller && caller->scopes)  // a key is no session: browsers must not carry one unasked
            caller = Error(errors::unauthenticated, "An API key goes into the Authorization header.");
    }
    if (!caller) {
        // Guessing tokens counts by address like every request without one.
        auto limited = limits.by_address(x.call.client_address, x.now, x.limit);
        if (!limited) co_return limited.error();
        if (!cookie || !caller.error().is(errors::unauthenticated)) co_return caller.error();
        x.forget_cookie = true;
        co_return Result<>();
    }
    if (cookie && is_write(x.request().method) && !is_same_origin(x.request(), public_url)) {
        co_return Error(problems::csrf,
                        "A write with a session cookie must come from a page of the same origin.");
    }
    caller->request_id = std::move(x.call.caller.request_id);
    caller->traceparent = std::move(x.call.caller.traceparent);
    x.call.caller = std::move(*caller);
    co_return Result<>();
}

/// A large body (Route::body_limit) is taken only from who may send it.
Task<Result<>> Gateway::Impl::gather_body(Exchange& x) {
    std::string whole;
    for (;;) {
        auto piece = co_await x.request().read_piece();
        if (!piece) co_return piece.error();
        if (!*piece) break;
        whole.append(**piece);
    }
    x.request().body = std::move(whole);
    co_return Result<>();
}

/// The stored answer of the key, where there is a final one. A 202 and a request still under way are the
/// handler's to answer: it knows how the effect stands now.
Task<Result<std::optional<http::Response>>> Gateway::Impl::replay(Exchange& x) {
    auto look = [key = x.call.idempotency, now = x.now](db::Session& session) {
        return db::look_up(session, key, now);
    };
    Result<std::optional<db::StoredAnswer>> stored =
        co_await x.endpoint->route.idempotency->read(std::move(look));
    if (!stored) co_return stored.error();
    std::optional<http::Response> answer;
    if (*stored && (*stored)->status != 0 && (*stored)->status != 202) {
        (*stored)->replayed = true;
        answer = render_stored(std::move(**stored));
    }
    co_return answer;
}

http::Response Gateway::Impl::problem(Exchange& x, const Error& error) const {
    http::Response response =
        problem_response(error, {.instance = x.request().path, .request_id = x.call.request_id});
    if (error.is(problems::method_not_allowed)) response.headers.add("Allow", x.match.allow);
    if (error.is(problems::insufficient_scope))
        response.headers.add("WWW-Authenticate", scope_challenge(x.endpoint->scope));
    // RFC 6750 section 3: who sent no token is told no error.
    if (error.is(errors::unauthenticated) && x.credentials.kind == Credentials::Kind::bearer)
        response.headers.set("WWW-Authenticate", "Bearer error=\"invalid_token\"");
    return response;
}

void Gateway::Impl::secure(Exchange& x, http::Response& response) const {
    http::Fields& headers = response.headers;
    headers.add("X-Request-Id", x.call.request_id);
    stamp_problem(response, x.call.request_id);
    headers.add("X-Content-Type-Options", "nosniff");
    headers.add("Referrer-Policy", "strict-origin-when-cross-origin");
    const bool personal = x.call.caller.signed_in() || response.status >= 400;
    // What everybody may see may be kept, but is asked for again each time: by its ETag, where it has one.
    const bool kept = !personal && !is_write(x.request().method);
    if ((personal || kept) && !headers.has("Cache-Control"))
        headers.add("Cache-Control", personal ? "no-store" : "no-cache");
    if (!x.limit.policy.empty()) {
        headers.add("RateLimit-Policy", x.limit.policy);
        headers.add("RateLimit", x.limit.state);
    }
    if (x.forget_cookie && !headers.has("Set-Cookie")) headers.add("Set-Cookie", forget_session_cookie());
    cors.mark(x.request(), response);
}

void Gateway::Impl::record(Exchange& x, const http::Response& response) {
    const auto elapsed = std::chrono::steady_clock::now() - x.begin;
    const std::int64_t us = std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count();
    RouteMetrics& metrics = x.endpoint ? x.endpoint->metrics : unrouted;
    metrics.observe(registry, response.status, us);
    if (!log::enabled(log::Level::info)) return;
    // Never the query or the body: they may hold secrets and personal data.
    const std::string_view trace = trace_id_of(x.call.caller.traceparent);
    const std::string user = x.call.caller.signed_in() ? x.call.caller.id.to_string() : std::string();
    log::info("request", {{"method", http::to_text(x.request().method)},
                          {"route", metrics.path()},
                          {"status", response.status},
                          {"duration_us", us},
                          {"request_id", x.call.request_id},
                          {"trace_id", trace},
                          {"user_id", user}});
}

Gateway::Gateway(const config::Config& config, metrics::Registry& metrics, const Clock& clock)
    : impl_(std::make_unique<Impl>(config, metrics, clock)) {}

Gateway::~Gateway() = default;

void Gateway::add(Route route) {
    CR_ASSERT(!impl_->contract);
    if (!route.handler) throw std::invalid_argument("a route without a handler: " + route.operation_id);
    CR_ASSERT(!route.stream_body || route.idempotency == nullptr);  // the body is not there to be told apart
    if (!impl_->limits.knows(route.bucket))
        throw std::invalid_argument("no such rate limit bucket: " + route.bucket);
    impl_->router.add(route.method, route.path, static_cast<int>(impl_->routes.size()));
    impl_->routes.push_back(std::move(route));
}

void Gateway::set_authenticator(Authenticator& authenticator) { impl_->authenticator = &authenticator; }

void Gateway::seal(std::span<const EmbeddedFile> fragments) {
    CR_ASSERT(!impl_->contract);
    auto contract = std::make_unique<OpenApi>(fragments);
    contract->check(impl_->routes);
    std::vector<std::string> faults;
    for (Route& route : impl_->routes) {
        for (const Operation& operation : contract->operations()) {
            if (operation.method != route.method || operation.path != route.path) continue;
            try {
                OperationSchema schema(*contract, operation);
                impl_->endpoints.push_back(
                    std::make_unique<Endpoint>(std::move(route), std::move(schema), operation.scope));
            } catch (const ContractError& e) {
                faults.emplace_back(e.what());
            }
            break;
        }
    }
    throw_faults("openapi.json holds what the server cannot enforce:", faults);
    impl_->routes.clear();
    if (impl_->authenticator) impl_->authenticator->know_scopes(contract->scopes());
    impl_->contract = std::move(contract);
}

void Gateway::reload_limits(const config::Config& config) { impl_->limits.reload(config); }

bool Gateway::serves(std::string_view path) const {
    return path == "/api" || path.starts_with("/api/") || path == "*" ||
           impl_->router.find(http::Method::get, path).path_known;
}

const std::string& Gateway::openapi_document() const {
    CR_ASSERT(impl_->contract);
    return impl_->contract->text();
}

std::size_t Gateway::body_limit(const http::Request& request) const {
    const Route* route = impl_->route_of(request);
    return route && route->body_limit > 0 ? route->body_limit : impl_->limits.body_bytes();
}

bool Gateway::streams(const http::Request& request) const {
    const Route* route = impl_->route_of(request);
    return route && (route->stream_body || route->body_limit > 0);
}

http::Response Gateway::bad_request(const http::Request& request, int status, std::string detail) const {
    const std::string id = request_id_of(request);
    const ProblemContext context{.instance = request.path, .request_id = id};
    http::Response response;
    switch (status) {
        case 400:
            response = problem_response(Error(problems::bad_request, std::move(detail)), context);
            break;
        case 413:
            response = problem_response(Error(problems::too_large, std::move(detail)), context);
            break;
        case 431:
            response = problem_response(Error(problems::headers_too_large, std::move(detail)), context);
            break;
        case 503:
            response = problem_response(Error(errors::overloaded, std::move(detail)), context);
            break;
        default:
            response = plain_problem(status, detail, context);
            break;
    }
    response.headers.add("X-Request-Id", id);
    response.headers.add("X-Content-Type-Options", "nosniff");
    response.headers.add("Cache-Control", "no-store");
    impl_->cors.mark(request, response);  // so that a page elsewhere can read why
    return response;
}

void RouteMetrics::observe(metrics::Registry& registry, int status, std::int64_t microseconds) {
    const auto index = static_cast<std::size_t>(status / 100 >= 1 && status / 100 <= 5 ? status / 100 : 0);
    metrics::Histogram* histogram = by_class_[index].load(std::memory_order_acquire);
    if (!histogram) {
        // Two threads may both ask: the registry gives them the same series.
        histogram = &registry.histogram(
            "cloudretail_http_request_duration_seconds", "Time from request to answer",
            {{"method", method_}, {"route", path_}, {"status", std::to_string(index) + "xx"}});
        by_class_[index].store(histogram, std::memory_order_release);
    }
    histogram->observe_us(microseconds);
}

}  // namespace cloudretail::gateway
