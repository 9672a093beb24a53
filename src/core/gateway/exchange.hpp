// One request on its way through the chain, as the chain's own steps see it (handlers see its Call), and the
// operation it is for. Thread rule: an Exchange belongs to one coroutine; an Endpoint is constant but for its
// atomics.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <gateway/limits.hpp>
#include <gateway/request_identity.hpp>
#include <gateway/router.hpp>
#include <gateway/validate.hpp>
#include <metrics/metrics.hpp>
#include <string>

namespace cloudretail::gateway {

/// The histograms of one method and route template, one per status class, made when first needed.
class RouteMetrics {
  public:
    RouteMetrics(std::string method, std::string path) : method_(std::move(method)), path_(std::move(path)) {}
    void observe(metrics::Registry& registry, int status, std::int64_t microseconds);
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string method_, path_;
    std::array<std::atomic<metrics::Histogram*>, 6> by_class_{};
};

/// A route with what the contract says about it.
struct Endpoint {
    Endpoint(Route r, OperationSchema s, std::string needed)
        : route(std::move(r)),
          schema(std::move(s)),
          scope(std::move(needed)),
          metrics(std::string(http::to_text(route.method)), route.path) {}
    Route route;
    OperationSchema schema;
    std::string scope;  // an API key needs it; empty: none will do
    RouteMetrics metrics;
};

struct Exchange {
    explicit Exchange(http::Request& r)
        : call{.request = r,
               .caller = {},
               .request_id = {},
               .client_address = {},
               .path_values = {},
               .document = {},
               .idempotency = {}} {}

    Call call;
    Match match;
    Endpoint* endpoint = nullptr;  // null where no route fits
    Credentials credentials;
    LimitState limit;
    bool forget_cookie = false;  // the session cookie sent is no longer good
    Timestamp now{};
    std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();

    [[nodiscard]] http::Request& request() { return call.request; }
};

}  // namespace cloudretail::gateway
