// Whether the data directory takes what we write and how much room its disk has. Asked of the kernel every
// few seconds on a thread of its own, because a disk may take its time to answer. Thread-safe.
#pragma once

#include <app/job.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace cloudretail::app {

struct DiskState {
    bool looked = false;
    bool writable = true;
    std::string error{};  // why not; no path
    std::int64_t free_bytes = 0, total_bytes = 0;
};

class DiskWatch {
  public:
    DiskWatch(std::string folder, std::chrono::milliseconds interval, const Clock& clock);
    ~DiskWatch();
    DiskWatch(const DiskWatch&) = delete;
    void start();
    void stop();
    [[nodiscard]] DiskState state() const;
    [[nodiscard]] JobView job() const { return job_.view(); }

  private:
    void loop();

    const std::string folder_;
    const std::chrono::milliseconds interval_;
    Job job_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    DiskState state_{};
    std::thread thread_;
};

/// One look. Leaves nothing behind in `folder`.
DiskState look_at_disk(const std::string& folder);

}  // namespace cloudretail::app
