// Token buckets per key (a user, an address), bounded in number: the least recently used go first. Counts
// nothing across processes. Thread-safe: sharded by key.
#pragma once

#include <array>
#include <base/clock.hpp>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cloudretail::gateway {

/// A bucket holds `burst` tokens and gains `refill` of them every `period_ms`.
struct LimitPolicy {
    std::string name;  // in headers and keys: "user", "address", "login"
    std::int64_t burst = 0;
    std::int64_t refill = 0;
    std::int64_t period_ms = 1000;

    /// RateLimit-Policy item: `"user";q=1000;w=5` (draft-ietf-httpapi-ratelimit-headers).
    [[nodiscard]] std::string header() const;
};

struct LimitVerdict {
    bool allowed = true;
    std::int64_t remaining = 0;      // whole tokens left
    std::int64_t reset_s = 0;        // until the bucket is full again
    std::int64_t retry_after_s = 0;  // when refused: until there is a token
};

class RateLimiter {
  public:
    explicit RateLimiter(std::size_t capacity = 65'536);
    /// Takes one token of `key` in `policy`; refused requests take none.
    LimitVerdict take(const LimitPolicy& policy, std::string_view key, Timestamp now);
    [[nodiscard]] std::size_t size() const;

  private:
    struct Bucket {
        std::string key;
        std::int64_t scaled = 0;  // tokens × period_ms of the policy: exact in integers
        std::int64_t at_ms = 0;
        std::int64_t full_at_ms = 0;
    };
    struct Shard {
        mutable std::mutex mutex;
        std::list<Bucket> recent;  // most recently used first
        std::unordered_map<std::string_view, std::list<Bucket>::iterator> index;
    };
    Bucket& find(Shard& shard, std::string_view key, const LimitPolicy& policy, Timestamp now);
    static constexpr std::size_t shard_count = 16;
    std::size_t per_shard_;
    std::array<Shard, shard_count> shards_;
};

}  // namespace cloudretail::gateway
