// Removes the files of pictures that no product shows any more, some time after the last did; and what a
// process that died left half-written. A thread of its own, because it waits for files and the database; any
// number of processes may run one on the same database and folder.
#pragma once

#include <app/job.hpp>
#include <condition_variable>
#include <metrics/metrics.hpp>
#include <mutex>
#include <thread>

#include "images_service.hpp"

namespace cloudretail::product {

struct ImageSweepSettings {
    std::int64_t grace_ms = 0;  // how long files stay after the last product showed them
    std::int64_t every_ms = 0;
};

class ImageSweeper {
  public:
    ImageSweeper(db::Database& database, Images& images, ImageSweepSettings settings,
                 metrics::Registry& metrics);
    ~ImageSweeper();
    ImageSweeper(const ImageSweeper&) = delete;

    void start();
    void stop();
    /// Looks again at once.
    void wake();
    /// One visit, on the calling thread: everything that is due; answers how many files went. Throws what the
    /// database and the disk throw.
    int sweep();
    [[nodiscard]] const app::Job& job() const { return job_; }

  private:
    void loop();
    void visit();

    db::Database& database_;
    Images& images_;
    const ImageSweepSettings settings_;
    metrics::Counter &removed_, &abandoned_;
    app::Job job_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false, woken_ = false;
    std::thread thread_;
};

}  // namespace cloudretail::product
