// Who guesses passwords must wait: failed log-ins counted per account and address, in memory, in a bounded
// table. Not the general rate limit (that is the gateway's). Thread-safe.
#pragma once

#include <base/clock.hpp>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cloudretail::user {

struct ThrottleSettings {
    int failures = 10;
    std::int64_t window_ms = 15 * 60 * 1000;  // from the first failure on
    std::size_t entries = 65'536;             // past it the oldest pair is forgotten
};

class LoginThrottle {
  public:
    explicit LoginThrottle(ThrottleSettings settings) : settings_(settings) {}

    /// One try, counted as a failure from its beginning, so that tries made at the same time count too.
    /// Unless it is told how it ended (the machine was broken) it does not count. Must not outlive the
    /// throttle.
    class Attempt {
      public:
        Attempt(Attempt&& other) noexcept;
        Attempt& operator=(Attempt&&) = delete;
        ~Attempt();
        /// 0: go on. Else the seconds to wait; the try is refused and neither counted nor to be told.
        [[nodiscard]] int wait_s() const { return wait_s_; }
        void failed();
        /// Forgets the pair's failures.
        void succeeded();

      private:
        friend class LoginThrottle;
        Attempt(LoginThrottle* throttle, std::string pair, int wait_s)
            : throttle_(throttle), pair_(std::move(pair)), wait_s_(wait_s) {}
        LoginThrottle* throttle_;  // null once told, refused or moved from
        std::string pair_;
        int wait_s_;
    };

    [[nodiscard]] Attempt attempt(std::string_view account, std::string_view address, Timestamp now);
    [[nodiscard]] std::size_t size() const;

  private:
    struct Entry {
        std::string pair;
        int count;
        Timestamp since;
    };
    void withdraw(const std::string& pair);
    void forget(const std::string& pair);

    ThrottleSettings settings_;
    mutable std::mutex mutex_;
    std::list<Entry> entries_;  // oldest first
    std::unordered_map<std::string, std::list<Entry>::iterator> by_pair_;
};

}  // namespace cloudretail::user
