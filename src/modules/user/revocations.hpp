// The tokens that were signed out before their time, in memory, so that every request can ask. The table
// revoked_tokens is the truth; this is filled from it at start. Thread-safe.
#pragma once

#include <atomic>
#include <base/clock.hpp>
#include <base/uuid.hpp>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace cloudretail::user {

struct RevokedToken {
    Uuid token_id;
    Timestamp expires_at;
};

class Revocations {
  public:
    /// Takes effect at once in this process. Forgets what has expired by `now` from time to time, so that no
    /// more is kept than about twice the tokens that are alive.
    void add(const std::vector<RevokedToken>& tokens, Timestamp now);
    [[nodiscard]] bool contains(const Uuid& token_id) const;
    /// Does this hold all that the table held at start? Until then no token can be trusted.
    [[nodiscard]] bool complete() const { return complete_.load(std::memory_order_acquire); }
    void mark_complete() { complete_.store(true, std::memory_order_release); }
    /// Moves whenever a token is new: what was looked up at this count need not be looked up again.
    [[nodiscard]] std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
    [[nodiscard]] std::size_t size() const;

  private:
    mutable std::shared_mutex mutex_;
    std::unordered_map<Uuid, Timestamp> tokens_;
    std::size_t sweep_at_ = 1024;
    std::atomic<std::uint64_t> generation_{1};
    std::atomic<bool> complete_{false};
};

}  // namespace cloudretail::user
