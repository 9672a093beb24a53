// The readers of a module's database: a bounded queue and some threads, each with a session of its own that
// is opened when first needed. Private to core/db; submit from any thread.
#pragma once

#include "group_commit.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace cloudretail::db {

class Readers {
  public:
    Readers(const Settings& settings, resilience::Breaker& breaker, Counters& counters);
    ~Readers();
    void open();
    void submit(std::unique_ptr<Database::ReadJob> job);
    /// Finishes what is queued; later reads are refused.
    void close();
    [[nodiscard]] std::int64_t depth() const;
    [[nodiscard]] std::int64_t in_use() const { return in_use_; }

  private:
    struct Reader {
        std::optional<Session> session;
        std::chrono::steady_clock::time_point used{};
    };
    void loop();
    void run(Reader& reader, Database::ReadJob& job);
    std::exception_ptr attempt(Reader& reader, Database::ReadJob& job, bool& again);
    void connect(Reader& reader);
    void refuse(Database::ReadJob& job, const std::string& why, int retry_after_s) noexcept;

    const Settings& settings_;
    resilience::Breaker& breaker_;
    Counters& counters_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::unique_ptr<Database::ReadJob>> queue_;
    bool open_ = false;
    std::atomic<std::int64_t> in_use_{0};
    std::vector<std::thread> threads_;
};

}  // namespace cloudretail::db
