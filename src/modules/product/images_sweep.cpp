// See images_sweep.hpp.
#include "images_sweep.hpp"

#include <pthread.h>
#include <chrono>
#include <log/log.hpp>

#include "images_store.hpp"

namespace cloudretail::product {

namespace {

constexpr int batch = 100;                      // pictures of one round
constexpr std::int64_t stale_ms = 3'600'000;    // a removal that was left by whoever began it
constexpr std::int64_t writing_ms = 3'600'000;  // nobody writes one file for so long

metrics::Counter& counter(metrics::Registry& metrics, const char* what) {
    return metrics.counter("cloudretail_picture_files_removed_total", "Picture files that were removed",
                           {{"why", what}});
}

}  // namespace

ImageSweeper::ImageSweeper(db::Database& database, Images& images, ImageSweepSettings settings,
                           metrics::Registry& metrics)
    : database_(database),
      images_(images),
      settings_(settings),
      removed_(counter(metrics, "not_shown")),
      abandoned_(counter(metrics, "half_written")),
      job_("product.pictures", database.clock()) {}

ImageSweeper::~ImageSweeper() { stop(); }

void ImageSweeper::start() {
    thread_ = std::thread([this] { loop(); });
}

void ImageSweeper::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void ImageSweeper::wake() {
    {
        const std::lock_guard lock(mutex_);
        woken_ = true;
    }
    wake_.notify_all();
}

void ImageSweeper::loop() {
    ::pthread_setname_np(::pthread_self(), "picture-sweep");
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        wake_.wait_for(lock, std::chrono::milliseconds(settings_.every_ms),
                       [this] { return stopping_ || woken_; });
        if (stopping_) return;
        woken_ = false;
        lock.unlock();
        visit();
        lock.lock();
    }
}

void ImageSweeper::visit() {
    std::string error;
    job_.began();
    try {
        sweep();
    } catch (const std::exception& e) {
        error = e.what();
        log::warning("pictures that nobody shows could not be removed", {{"error", error}});
    }
    job_.ended(std::move(error), settings_.every_ms);
}

int ImageSweeper::sweep() {
    int files = 0;
    for (;;) {
        auto begin = [grace = settings_.grace_ms](db::Tx& tx) {
            return store::begin_removal(tx, grace, stale_ms, batch);
        };
        const auto leaving = database_.write_blocking(std::move(begin));
        if (leaving.empty()) break;
        for (const Medium& medium : leaving) {
            for (const int width : medium.widths)
                images_.shelf().remove(media::file_name(medium.hash, width, medium.extension));
            images_.forget(medium);
            files += static_cast<int>(medium.widths.size());
        }
        database_.write_blocking([&leaving](db::Tx& tx) {
            store::end_removal(tx, leaving);
            return Unit{};
        });
    }
    removed_.add(files);
    const int abandoned = images_.shelf().remove_abandoned(writing_ms);
    abandoned_.add(abandoned);
    return files + abandoned;
}

}  // namespace cloudretail::product
