// The writer of a module's database: a bounded queue and the one thread that commits it in groups; or,
// inline, the calling thread. Private to core/db; submit from any thread.
#pragma once

#include "group_commit.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace cloudretail::db {

class Writer {
  public:
    Writer(const Settings& settings, const Clock& clock, resilience::Breaker& breaker, Counters& counters);
    ~Writer();

    /// Connects and starts. A Fault passes where `must_connect`; else the breaker is opened.
    void open(bool must_connect);
    void submit(std::unique_ptr<Database::Job> job);
    /// Inline: a read on the only session, on the calling thread.
    void read_inline(Database::ReadJob& job);
    /// Finishes what is queued; later jobs are refused.
    void close();
    void on_published(std::function<void()> listener) { listener_ = std::move(listener); }
    void scrub(Then<Unit> then);
    [[nodiscard]] std::int64_t depth() const;

  private:
    void loop();
    bool wait(std::vector<Pending>& batch, bool tidied);
    bool tidy();
    void give_up(Then<Unit>& then) noexcept;
    void tell(std::span<Pending> jobs) noexcept;
    void run_inline(std::unique_ptr<Database::Job> job);
    void refuse(Database::Job& job, const std::string& why, int retry_after_s) noexcept;

    const Settings& settings_;
    resilience::Breaker& breaker_;
    Counters& counters_;
    GroupCommit commits_;
    std::function<void()> listener_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::unique_ptr<Database::Job>> queue_;
    std::vector<Then<Unit>> scrubs_;  // asked for, not begun
    bool open_ = false, waiting_ = false;
    std::vector<Then<Unit>> scrubbing_;  // the thread's own: what tidy has not managed yet
    std::thread thread_;
    std::mutex inline_mutex_;
    std::atomic<std::thread::id> inline_owner_{};
};

/// Calls a completion; what it throws is logged, because nobody is left to take it.
void complete(std::string_view module, const std::function<void()>& completion) noexcept;

}  // namespace cloudretail::db
