// See work_pool.hpp.
#include <runtime/work_pool.hpp>

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace cloudretail::runtime {

struct WorkPool::Impl {
    explicit Impl(PoolSettings s) : settings(std::move(s)) {
        for (int i = 0; i < settings.threads; ++i) threads.emplace_back([this] { work(); });
    }

    ~Impl() {
        {
            const std::lock_guard lock(mutex);
            stopping = true;
        }
        wake.notify_all();
        for (std::thread& thread : threads) thread.join();
        for (Job& job : jobs) job(false);
    }

    bool submit(Job job) {
        {
            const std::lock_guard lock(mutex);
            if (stopping || static_cast<int>(jobs.size()) >= settings.queue) return false;
            jobs.push_back(std::move(job));
        }
        wake.notify_one();
        return true;
    }

    void work() {
        ::pthread_setname_np(::pthread_self(), settings.name.c_str());
        // On Linux this is per thread. Refused or not, the work is the same.
        static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), settings.niceness));
        for (;;) {
            std::unique_lock lock(mutex);
            wake.wait(lock, [this] { return stopping || !jobs.empty(); });
            if (stopping) return;
            Job job = std::move(jobs.front());
            jobs.pop_front();
            lock.unlock();
            job(true);
        }
    }

    const PoolSettings settings;
    mutable std::mutex mutex;
    std::condition_variable wake;
    std::deque<Job> jobs;
    bool stopping = false;
    std::vector<std::thread> threads;  // last: they use everything above
};

WorkPool::WorkPool(PoolSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}

WorkPool::~WorkPool() = default;

bool WorkPool::submit(Job job) { return impl_->submit(std::move(job)); }

std::int64_t WorkPool::waiting() const {
    const std::lock_guard lock(impl_->mutex);
    return static_cast<std::int64_t>(impl_->jobs.size());
}

}  // namespace cloudretail::runtime
