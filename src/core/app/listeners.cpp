// The three listeners and what each of them serves; see listeners.hpp.
#include <app/listeners.hpp>

#include <app/shop_page.hpp>
#include <embedded/static_files.hpp>
#include <gateway/problem.hpp>
#include <gateway/request_identity.hpp>
#include <http/static_files.hpp>

#include <algorithm>

namespace cloudretail::app {

namespace {

constexpr int management_connections = 64;
constexpr std::size_t management_body_bytes = 1024;

http::ServerSettings settings_of(const config::Config& config, const std::string& name) {
    http::ServerSettings s;
    s.name = name;
    s.address = config.text(name + ".address");
    s.port = static_cast<std::uint16_t>(config.integer(name + ".port"));
    s.connections = static_cast<int>(config.integer("limits.connections"));
    s.header_bytes = static_cast<std::size_t>(config.bytes("limits.header_bytes"));
    s.header_fields = static_cast<std::size_t>(config.integer("limits.header_fields"));
    s.target_bytes = static_cast<std::size_t>(config.bytes("limits.target_bytes"));
    s.header_timeout_ms = config.duration_ms("limits.header_timeout");
    s.body_timeout_ms = config.duration_ms("limits.body_timeout");
    s.idle_timeout_ms = config.duration_ms("limits.idle_timeout");
    s.write_timeout_ms = config.duration_ms("limits.write_timeout");
    s.requests_per_connection = static_cast<int>(config.integer("limits.requests_per_connection"));
    return s;
}

/// A listener that serves the gateway's routes takes the bodies they take.
http::ServerSettings settings_of(const config::Config& config, const std::string& name,
                                 const gateway::Gateway& gate) {
    auto settings = settings_of(config, name);
    settings.streams = [&gate](const http::Request& request) { return gate.streams(request); };
    settings.body_limit = [&gate](const http::Request& request) { return gate.body_limit(request); };
    return settings;
}

/// Of a listener that is not the gateway's: with the id that the gateway would give.
http::Response problem(const ErrorType& type, const http::Request& request, std::string detail) {
    const std::string id = gateway::request_id_of(request);
    auto response = gateway::problem_response(Error(type, std::move(detail)), {request.path, id});
    response.headers.add("X-Request-Id", id);
    return response;
}

bool is_read(const http::Request& request) {
    return request.method == http::Method::get || request.method == http::Method::head;
}

http::Response management(const Health& health, const metrics::Registry& metrics,
                          const http::Request& request) {
    if (!is_read(request)) {
        auto response = problem(gateway::problems::method_not_allowed, request,
                                "Only GET and HEAD are for this address.");
        response.headers.set("Allow", "GET, HEAD");
        return response;
    }
    if (request.path == "/health") return health.report(true);
    if (request.path == "/health/live") return health.liveness();
    if (request.path == "/health/ready") return health.readiness();
    if (request.path == "/metrics") {
        http::Response response;
        response.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        response.headers.add("Cache-Control", "no-store");
        response.body = metrics.render();
        return response;
    }
    return problem(errors::not_found, request, "Here are /metrics, /health, /health/live and /health/ready.");
}

/// The web pages' origin: a file, or the storefront.
Task<http::Response> answer_page(const http::StaticFiles* files, ShopPage* shop, http::Request* request) {
    const bool front = request->path == "/" && is_read(*request);
    if (!front) {
        if (auto file = files->serve(*request)) co_return std::move(*file);
    }
    if (is_read(*request)) {
        if (auto page = co_await shop->answer(*request)) co_return std::move(*page);
    }
    co_return problem(errors::not_found, *request, "There is nothing at this address.");
}

/// The gateway's own page, /docs, and what pages are made of.
bool may_be_file(std::string_view path) { return path == "/docs" || path.starts_with("/assets/"); }

Task<http::Response> answer_file(const http::StaticFiles* files, gateway::Gateway* gate,
                                 http::Request* request) {
    if (auto file = files->serve(*request)) co_return std::move(*file);
    Task<http::Response> handling = gate->handle(*request);
    co_return co_await std::move(handling);
}

Task<http::Response> answer_management(const Health* health, const metrics::Registry* metrics,
                                       http::Request* request) {
    co_return management(*health, *metrics, *request);
}

}  // namespace

struct Listeners::Impl {
    http::StaticFiles files;
    ShopPage shop;
    http::Server gateway, ui, management;
    std::string gateway_host, ui_host, management_host;

    Impl(runtime::Runtime& runtime, const config::Config& config, gateway::Gateway& gate, Health& health,
         metrics::Registry& metrics)
        : files(embedded::static_files(), config.text("ui.static_dir")),
          shop(files, gate, {config.text("store.name"), config.text("server.public_url")},
               static_cast<std::size_t>(config.bytes("ui.pages_kept")), system_clock()),
          gateway(
              runtime, settings_of(config, "gateway", gate),
              [&gate, this](http::Request& request) {
                  return may_be_file(request.path) ? answer_file(&files, &gate, &request)
                                                   : gate.handle(request);
              },
              refusals(gate)),
          ui(
              runtime, settings_of(config, "ui", gate),
              [&gate, this](http::Request& request) {
                  return gate.serves(request.path) ? gate.handle(request)
                                                   : answer_page(&files, &shop, &request);
              },
              refusals(gate)),
          management(
              runtime, management_settings(config),
              [&health, &metrics](http::Request& request) {
                  return answer_management(&health, &metrics, &request);
              },
              refusals(gate)),
          gateway_host(config.text("gateway.address")),
          ui_host(config.text("ui.address")),
          management_host(config.text("management.address")) {
        const auto watch = [&metrics](const char* listener, const http::Server& server) {
            metrics.gauge("cloudretail_http_connections", "Open connections", {{"listener", listener}},
                          [&server] { return static_cast<double>(server.connections()); });
        };
        watch("gateway", gateway);
        watch("ui", ui);
        watch("management", management);
    }

    static http::RenderRefusal refusals(const gateway::Gateway& gate) {
        return [&gate](const http::Request& request, int status, std::string detail) {
            return gate.bad_request(request, status, std::move(detail));
        };
    }
    static http::ServerSettings management_settings(const config::Config& config) {
        auto settings = settings_of(config, "management");
        settings.body_bytes = management_body_bytes;
        settings.connections = std::min(settings.connections, management_connections);
        return settings;
    }
};

namespace {

std::string url(const std::string& host, std::uint16_t port) {
    const bool ipv6 = host.find(':') != std::string::npos;
    return "http://" + (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

/// What a person types: a listener on all addresses is reached by "localhost".
std::string url_for_people(const std::string& host, std::uint16_t port) {
    return url(host == "0.0.0.0" || host == "::" || host == "127.0.0.1" ? "localhost" : host, port);
}

}  // namespace

Listeners::Listeners(runtime::Runtime& runtime, const config::Config& config, gateway::Gateway& gateway,
                     Health& health, metrics::Registry& metrics)
    : impl_(std::make_unique<Impl>(runtime, config, gateway, health, metrics)) {}

Listeners::~Listeners() = default;

void Listeners::listen() {
    impl_->management.listen();
    impl_->gateway.listen();
    impl_->ui.listen();
}

void Listeners::close() {
    impl_->gateway.shut_down();
    impl_->ui.shut_down();
}

void Listeners::close_management() { impl_->management.shut_down(); }

int Listeners::connections() const { return impl_->gateway.connections() + impl_->ui.connections(); }

std::string Listeners::ready_line() const {
    return "ready gateway=" + url(impl_->gateway_host, impl_->gateway.port()) +
           " ui=" + url(impl_->ui_host, impl_->ui.port()) +
           " management=" + url(impl_->management_host, impl_->management.port());
}

std::string Listeners::welcome() const {
    return "CloudRetail is ready\n  web pages        " + url_for_people(impl_->ui_host, impl_->ui.port()) +
           "\n  API              " + url_for_people(impl_->gateway_host, impl_->gateway.port()) +
           "\n  health, metrics  " + url_for_people(impl_->management_host, impl_->management.port()) + "\n";
}

}  // namespace cloudretail::app
