// What ended before its time, in memory, so that every request can ask: single tokens, and all tokens of a
// person before a certain one. The tables revoked_tokens and token_epochs are the truth; this is filled from
// them at start. Thread-safe.
#pragma once

#include <atomic>
#include <base/clock.hpp>
#include <base/id.hpp>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace cloudretail::user {

struct RevokedToken {
    Uuid token_id;
    Timestamp expires_at;
};

/// Ids of tokens grow with time: a person's tokens with an id below `first` are worth nothing, but for
/// `kept`.
struct TokenEpoch {
    UserId user_id;
    Uuid first;
    std::optional<Uuid> kept;
    Timestamp expires_at;  // by then every token from before it has expired

    [[nodiscard]] bool ends(const Uuid& token_id) const { return token_id < first && token_id != kept; }
};

/// What a change ended.
struct CutOff {
    std::vector<RevokedToken> tokens{};
    std::vector<TokenEpoch> epochs{};
};

class Revocations {
  public:
    /// Takes effect at once in this process. Forgets what has expired by `now` from time to time, so that no
    /// more is kept than about twice the tokens that are alive.
    void add(const CutOff& cut, Timestamp now);
    [[nodiscard]] bool ended(UserId user_id, const Uuid& token_id) const;
    /// Was this very token, or API key, ended? Epochs do not count: they are about log-ins.
    [[nodiscard]] bool revoked(const Uuid& id) const;
    /// Does this hold all that the tables held at start? Until then no token can be trusted.
    [[nodiscard]] bool complete() const { return complete_.load(std::memory_order_acquire); }
    void mark_complete() { complete_.store(true, std::memory_order_release); }
    /// Moves whenever there is news: what was looked up at this count need not be looked up again.
    [[nodiscard]] std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
    [[nodiscard]] std::size_t size() const;

  private:
    mutable std::shared_mutex mutex_;
    std::unordered_map<Uuid, Timestamp> tokens_;
    std::unordered_map<UserId, TokenEpoch> epochs_;
    std::size_t sweep_at_ = 1024;
    std::atomic<std::uint64_t> generation_{1};
    std::atomic<bool> complete_{false};
};

}  // namespace cloudretail::user
