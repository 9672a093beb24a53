// Ending tokens: a write whose change is known to every request of this process before its caller is
// answered. Other processes on the same PostgreSQL learn of it by RevocationFeed. Thread-safe.
#pragma once

#include <audit/audit.hpp>
#include "access_store.hpp"

namespace cloudretail::user {

/// What a job answers, together with what it ended.
template <class T>
struct Cutting {
    T answer;
    CutOff cut{};
};

class AccessWriter {
  public:
    /// `token_ttl_ms`: how long a token made now is good.
    AccessWriter(db::Database& database, Revocations& revocations, std::int64_t token_ttl_ms)
        : database_(database), revocations_(revocations), token_ttl_ms_(token_ttl_ms) {}

    /// Runs `f(Tx&)`, which returns Result<Cutting<T>>; what it ended is refused from the commit on, even
    /// where the caller has given up waiting.
    template <class F>
    auto write(F f) {
        using R = std::invoke_result_t<F&, db::Tx&>;
        auto start = [this, f = std::move(f)](Then<R> then) mutable {
            Then<R> told([this, then = std::move(then)](Outcome<R> outcome) mutable {
                if (outcome.has_value() && outcome.get()) make_known(outcome.get()->cut);
                then(std::move(outcome));
            });
            database_.write_then(std::move(f), std::move(told));
        };
        UniqueFunction<void(Then<R>)> named(std::move(start));
        return runtime::await_then<R>(std::move(named));
    }

    /// In a job of write(): ends all tokens of a person but `kept`. On PostgreSQL the account must be locked
    /// (store::find_locked), so that no log-in slips by.
    [[nodiscard]] CutOff end_all(db::Tx& tx, UserId user_id, std::optional<Uuid> kept = std::nullopt) const;

    /// As end_all, and the person's API keys go too: the account is not what it was when they were made.
    [[nodiscard]] CutOff end_all_and_keys(db::Tx& tx, UserId user_id) const;
    /// In a job of write(): API keys whose rows were deleted are refused wherever they are remembered.
    [[nodiscard]] CutOff revoke_keys(db::Tx& tx, const std::vector<Uuid>& ids) const;
    /// After a restore, with nothing else running: ends all tokens, mailed secrets and API keys of everybody.
    void end_everybody(db::Tx& tx) const;

    [[nodiscard]] db::Database& database() const { return database_; }

  private:
    void make_known(const CutOff& cut) { revocations_.add(cut, database_.clock().now()); }

    db::Database& database_;
    Revocations& revocations_;
    std::int64_t token_ttl_ms_;
};

}  // namespace cloudretail::user
