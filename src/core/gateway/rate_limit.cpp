// See rate_limit.hpp.
#include <algorithm>
#include <functional>
#include <gateway/rate_limit.hpp>

namespace cloudretail::gateway {

namespace {

std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Time in which an empty bucket fills.
std::int64_t full_after_ms(const LimitPolicy& policy) {
    return divide_up(policy.burst * policy.period_ms, policy.refill);
}

}  // namespace

std::string LimitPolicy::header() const {
    const std::int64_t window_s = divide_up(full_after_ms(*this), 1000);
    return "\"" + name + "\";q=" + std::to_string(burst) + ";w=" + std::to_string(window_s);
}

RateLimiter::RateLimiter(std::size_t capacity)
    : per_shard_(std::max<std::size_t>(1, capacity / shard_count)) {}

RateLimiter::Bucket& RateLimiter::find(Shard& shard, std::string_view key, const LimitPolicy& policy,
                                       Timestamp now) {
    if (const auto found = shard.index.find(key); found != shard.index.end()) {
        shard.recent.splice(shard.recent.begin(), shard.recent, found->second);
        return shard.recent.front();
    }
    // Whoever was away longest goes: when the table is full, or when its bucket is full again (then nothing
    // is lost).
    for (int removed = 0; removed < 2 && !shard.recent.empty(); ++removed) {
        const Bucket& oldest = shard.recent.back();
        if (shard.recent.size() < per_shard_ && now.ms < oldest.full_at_ms) break;
        shard.index.erase(std::string_view(oldest.key));
        shard.recent.pop_back();
    }
    shard.recent.push_front({.key = std::string(key),
                             .scaled = policy.burst * policy.period_ms,
                             .at_ms = now.ms,
                             .full_at_ms = now.ms});
    shard.index.emplace(std::string_view(shard.recent.front().key), shard.recent.begin());
    return shard.recent.front();
}

LimitVerdict RateLimiter::take(const LimitPolicy& policy, std::string_view key, Timestamp now) {
    // Tokens are counted in units of 1/period_ms, so that refilling is exact in whole numbers.
    const std::int64_t full = policy.burst * policy.period_ms;
    const std::int64_t token = policy.period_ms;
    Shard& shard = shards_[std::hash<std::string_view>{}(key) % shard_count];
    const std::lock_guard lock(shard.mutex);
    Bucket& bucket = find(shard, key, policy, now);

    // The wall clock may be set back: then nothing is gained, and nothing lost.
    const std::int64_t elapsed_ms = std::max<std::int64_t>(0, now.ms - bucket.at_ms);
    const bool refilled = elapsed_ms >= full_after_ms(policy);
    bucket.scaled = refilled ? full : std::min(full, bucket.scaled + elapsed_ms * policy.refill);
    bucket.at_ms = now.ms;

    LimitVerdict verdict;
    verdict.allowed = bucket.scaled >= token;
    if (verdict.allowed) bucket.scaled -= token;
    const std::int64_t until_full_ms = divide_up(full - bucket.scaled, policy.refill);
    bucket.full_at_ms = now.ms + until_full_ms;
    verdict.remaining = bucket.scaled / token;
    verdict.reset_s = divide_up(until_full_ms, 1000);
    if (!verdict.allowed) {
        verdict.retry_after_s =
            std::max<std::int64_t>(1, divide_up(divide_up(token - bucket.scaled, policy.refill), 1000));
    }
    return verdict;
}

std::size_t RateLimiter::size() const {
    std::size_t total = 0;
    for (const Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        total += shard.recent.size();
    }
    return total;
}

}  // namespace cloudretail::gateway
