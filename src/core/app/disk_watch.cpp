// See disk_watch.hpp.
#include <app/disk_watch.hpp>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <log/log.hpp>

namespace cloudretail::app {
namespace {

/// Empty, or why nothing can be written: a nameless file gets one byte.
std::string trouble_writing(const std::string& folder) {
    const int file = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) {
        // Some file systems have no nameless files.
        if (errno == EOPNOTSUPP || errno == EISDIR)
            return ::access(folder.c_str(), W_OK) == 0 ? "" : std::strerror(errno);
        return std::strerror(errno);
    }
    const bool written = ::write(file, "x", 1) == 1;
    std::string why = written ? "" : std::strerror(errno);
    ::close(file);
    return why;
}

}  // namespace

DiskState look_at_disk(const std::string& folder) {
    DiskState state;
    state.looked = true;
    state.error = trouble_writing(folder);
    state.writable = state.error.empty();
    struct statvfs disk {};
    if (::statvfs(folder.c_str(), &disk) != 0) {
        state.writable = false;
        state.error = std::strerror(errno);
        return state;
    }
    const auto block = static_cast<std::int64_t>(disk.f_frsize);
    state.free_bytes = static_cast<std::int64_t>(disk.f_bavail) * block;
    state.total_bytes = static_cast<std::int64_t>(disk.f_blocks) * block;
    return state;
}

DiskWatch::DiskWatch(std::string folder, std::chrono::milliseconds interval, const Clock& clock)
    : folder_(std::move(folder)), interval_(interval), job_("disk", clock) {}

DiskWatch::~DiskWatch() { stop(); }

void DiskWatch::start() {
    thread_ = std::thread([this] { loop(); });
}

void DiskWatch::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

DiskState DiskWatch::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

void DiskWatch::loop() {
    for (;;) {
        job_.began();
        DiskState now = look_at_disk(folder_);
        job_.ended(now.error, interval_.count());
        std::unique_lock lock(mutex_);
        const bool changed = state_.writable != now.writable;
        state_ = std::move(now);
        if (changed && state_.writable) log::info("the data directory can be written again");
        if (changed && !state_.writable)
            log::error("the data directory cannot be written", {{"error", state_.error}});
        if (wake_.wait_for(lock, interval_, [this] { return stopping_; })) return;
    }
}

}  // namespace cloudretail::app
