// The record of a background job, for administrators: when it last ran, how long, how it ended, when it runs
// next. Runs nothing itself. Thread-safe.
#pragma once

#include <base/clock.hpp>
#include <cstdint>
#include <mutex>
#include <string>

namespace cloudretail::app {

struct JobView {
    std::string name;  // "order.sweep"
    bool running = false;
    Timestamp last_run_at{};  // 0 = never
    std::int64_t last_duration_ms = 0;
    std::string last_error{};  // of the last run; empty where it went well
    Timestamp next_run_at{};   // 0 = not planned
    std::int64_t runs = 0, failures = 0;
};

class Job {
  public:
    Job(std::string name, const Clock& clock) : clock_(clock) { view_.name = std::move(name); }

    void began() {
        const std::lock_guard lock(mutex_);
        view_.running = true;
        view_.last_run_at = clock_.now();
    }
    /// `error` empty = it went well. `next_in_ms` < 0: it is not planned again.
    void ended(std::string error, std::int64_t next_in_ms) {
        const std::lock_guard lock(mutex_);
        const Timestamp now = clock_.now();
        view_.running = false;
        view_.last_duration_ms = now.ms - view_.last_run_at.ms;
        view_.next_run_at = next_in_ms < 0 ? Timestamp{} : now.plus_ms(next_in_ms);
        ++view_.runs;
        view_.failures += error.empty() ? 0 : 1;
        view_.last_error = std::move(error);
    }
    [[nodiscard]] JobView view() const {
        const std::lock_guard lock(mutex_);
        return view_;
    }

  private:
    const Clock& clock_;
    mutable std::mutex mutex_;
    JobView view_{};
};

}  // namespace cloudretail::app
