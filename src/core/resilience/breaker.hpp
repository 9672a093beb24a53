// Circuit breaker: opens after N consecutive failures, refuses at once while open, lets one trial through
// after the reset time. Thread-safe.
#pragma once

#include <base/clock.hpp>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace cloudretail::resilience {

struct BreakerSettings {
    int failures = 5;
    std::int64_t reset_ms = 30'000;
};

/// A breaker as administrators see it.
struct BreakerView {
    std::string name;
    std::string_view state;  // "closed", "open", "half_open"
    int failures = 0;        // in a row
    std::int64_t openings = 0;
    Timestamp opened_at{};  // 0 = never
    Timestamp trial_at{};   // while open: when the next call is let through
};

class Breaker {
  public:
    Breaker(std::string name, BreakerSettings settings, const Clock& clock);
    /// May a call be made now? In half-open, true for one caller only, until it reports.
    bool allow();
    /// A success closes it in any state.
    void succeeded();
    void failed();
    /// Would allow() refuse? Changes nothing.
    [[nodiscard]] bool open() const;
    [[nodiscard]] std::string_view state() const;  // "closed", "open", "half_open"
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] BreakerView view() const;

  private:
    [[nodiscard]] bool refuses(Timestamp now) const;
    [[nodiscard]] std::string_view state_now() const;

    std::string name_;
    BreakerSettings settings_;
    const Clock& clock_;
    mutable std::mutex mutex_;
    int consecutive_ = 0;
    std::int64_t openings_ = 0;
    bool open_ = false, trial_ = false;
    Timestamp opened_at_{}, trial_at_{};
};

}  // namespace cloudretail::resilience
