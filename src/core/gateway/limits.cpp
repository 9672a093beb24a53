// See limits.hpp. Headers: draft-ietf-httpapi-ratelimit-headers.
#include <gateway/client_address.hpp>
#include <gateway/limits.hpp>
#include <gateway/problem.hpp>

namespace cloudretail::gateway {

namespace {

LimitPolicy per_second(std::string name, std::int64_t burst, std::int64_t rate) {
    return {.name = std::move(name), .burst = burst, .refill = rate, .period_ms = 1000};
}

LimitPolicy per_minute(std::string name, std::int64_t rate) {
    return {.name = std::move(name), .burst = rate, .refill = rate, .period_ms = 60'000};
}

}  // namespace

LimitSettings::LimitSettings(const config::Config& config)
    : enabled(config.flag("limits.enabled")),
      user(per_second("user", config.integer("limits.user_burst"), config.integer("limits.user_rate"))),
      key(per_second("key", config.integer("limits.key_burst"), config.integer("limits.key_rate"))),
      address(per_second("address", config.integer("limits.anonymous_burst"),
                         config.integer("limits.anonymous_rate"))),
      named{per_minute("register", config.integer("limits.register_per_minute")),
            per_minute("login", config.integer("limits.login_per_minute")),
            per_minute("password", config.integer("limits.password_per_minute"))},
      body_bytes(static_cast<std::size_t>(config.bytes("limits.body_bytes"))) {}

Limits::Limits(const config::Config& config) { reload(config); }

void Limits::reload(const config::Config& config) {
    auto next = std::make_unique<const LimitSettings>(config);
    const std::lock_guard lock(reloading_);
    current_.store(next.get(), std::memory_order_release);
    kept_.push_back(std::move(next));
}

bool Limits::knows(std::string_view bucket) const {
    for (const LimitPolicy& policy : settings().named) {
        if (policy.name == bucket) return true;
    }
    return bucket.empty();
}

Result<> Limits::take(const LimitPolicy& policy, std::string_view who, Timestamp now, LimitState& state) {
    std::string key;
    key.reserve(policy.name.size() + 1 + who.size());
    key.append(policy.name).append(":").append(who);
    const LimitVerdict verdict = limiter_.take(policy, key, now);
    if (state.policy.empty() || verdict.remaining < state.remaining) {
        state.policy = policy.header();
        state.state = "\"" + policy.name + "\";r=" + std::to_string(verdict.remaining) +
                      ";t=" + std::to_string(verdict.reset_s);
        state.remaining = verdict.remaining;
    }
    if (verdict.allowed) return {};
    Error error(problems::rate_limited,
                "Wait " + std::to_string(verdict.retry_after_s) + " s before the next request.");
    error.retry_after_s = static_cast<int>(std::min<std::int64_t>(verdict.retry_after_s, 86'400));
    return error;
}

Result<> Limits::by_address(std::string_view address, Timestamp now, LimitState& state) {
    const LimitSettings& limits = settings();
    if (!limits.enabled) return {};
    return take(limits.address, ClientAddress::rate_key(address), now, state);
}

Result<> Limits::by_user(std::string_view user, Timestamp now, LimitState& state) {
    const LimitSettings& limits = settings();
    return limits.enabled ? take(limits.user, user, now, state) : Result<>();
}

Result<> Limits::by_key(std::string_view key_id, Timestamp now, LimitState& state) {
    const LimitSettings& limits = settings();
    return limits.enabled ? take(limits.key, key_id, now, state) : Result<>();
}

Result<> Limits::by_bucket(std::string_view bucket, std::string_view address, Timestamp now,
                           LimitState& state) {
    const LimitSettings& limits = settings();
    if (!limits.enabled || bucket.empty()) return {};
    for (const LimitPolicy& policy : limits.named) {
        if (policy.name == bucket) return take(policy, ClientAddress::rate_key(address), now, state);
    }
    return {};
}

}  // namespace cloudretail::gateway
