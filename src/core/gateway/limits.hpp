// Which rate limits there are (limits.* of the configuration) and which of them a request meets. The counting
// is rate_limit.hpp's. Thread-safe.
#pragma once

#include <atomic>
#include <config/config.hpp>
#include <gateway/rate_limit.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::gateway {

struct LimitSettings {
    bool enabled = true;
    LimitPolicy user, key, address;        // the general ones
    std::array<LimitPolicy, 3> named;      // Route::bucket: "register", "login", "password"; by address
    std::size_t body_bytes = 1024 * 1024;  // of a JSON body

    explicit LimitSettings(const config::Config& config);
};

/// What a request was told about its limits: the tightest bucket it met.
struct LimitState {
    std::string policy;  // the RateLimit-Policy header; empty: none was met
    std::string state;   // the RateLimit header
    std::int64_t remaining = 0;
};

class Limits {
  public:
    explicit Limits(const config::Config& config);
    void reload(const config::Config& config);
    [[nodiscard]] bool knows(std::string_view bucket) const;
    [[nodiscard]] std::size_t body_bytes() const { return settings().body_bytes; }

    /// Each takes a token. Errors: problems::rate_limited with retry_after_s.
    Result<> by_address(std::string_view address, Timestamp now, LimitState& state);
    Result<> by_user(std::string_view user, Timestamp now, LimitState& state);
    Result<> by_key(std::string_view key_id, Timestamp now, LimitState& state);
    /// An empty bucket is none.
    Result<> by_bucket(std::string_view bucket, std::string_view address, Timestamp now, LimitState& state);

  private:
    [[nodiscard]] const LimitSettings& settings() const { return *current_.load(std::memory_order_acquire); }
    Result<> take(const LimitPolicy& policy, std::string_view who, Timestamp now, LimitState& state);

    RateLimiter limiter_;
    std::mutex reloading_;
    // A request may still read the settings before: all are kept, one for each SIGHUP.
    std::vector<std::unique_ptr<const LimitSettings>> kept_;
    std::atomic<const LimitSettings*> current_{nullptr};
};

}  // namespace cloudretail::gateway
