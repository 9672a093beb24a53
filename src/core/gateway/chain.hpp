// The gateway: the chain every request passes, as one readable list in chain.cpp. It holds no rule of
// commerce; what a stop does stands in its own small file. Thread rule: add and seal at start on one thread,
// handle on any io thread.
#pragma once

#include <base/clock.hpp>
#include <config/config.hpp>
#include <gateway/openapi.hpp>
#include <gateway/route.hpp>
#include <http/message.hpp>
#include <memory>
#include <metrics/metrics.hpp>
#include <span>
#include <string>

namespace cloudretail::gateway {

class Gateway {
  public:
    /// Reads gateway.*, limits.* and server.public_url; throws config::ConfigError for a value that means
    /// nothing.
    Gateway(const config::Config& config, metrics::Registry& metrics, const Clock& clock);
    ~Gateway();
    Gateway(const Gateway&) = delete;

    void add(Route route);
    /// Without one every token is refused.
    void set_authenticator(Authenticator& authenticator);
    /// Joins the fragments, checks them against the routes and compiles the schemas. Throws ContractError
    /// with all differences. Call once, after the last add.
    void seal(std::span<const EmbeddedFile> fragments);
    /// Takes limits.* anew (SIGHUP); buckets keep what they hold.
    void reload_limits(const config::Config& config);

    /// Answers a request; never throws.
    Task<http::Response> handle(http::Request& request);
    /// Does a path belong to the routes (the web UI's listener asks)? True below /api and for every other
    /// route's path.
    [[nodiscard]] bool serves(std::string_view path) const;
    /// The joined document; after seal.
    [[nodiscard]] const std::string& openapi_document() const;
    /// How many bytes of body the request's route takes; for an address without a route, limits.body_bytes.
    [[nodiscard]] std::size_t body_limit(const http::Request& request) const;
    /// Is the request's body read only once the request may pass (by the handler itself, or before it is
    /// called)?
    [[nodiscard]] bool streams(const http::Request& request) const;
    /// Renders what the HTTP server refuses before there is a whole request (400, 408, 413, 431, 501, 503),
    /// with what is known of it.
    [[nodiscard]] http::Response bad_request(const http::Request& request, int status,
                                             std::string detail) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cloudretail::gateway
