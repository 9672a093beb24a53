// The io threads and the supervision of what is spawned on them. An io_context is run by one thread only; the
// mutex here guards nothing but the end of tasks, for drain().
#include <log/log.hpp>
#include <runtime/runtime.hpp>

#include <pthread.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <mutex>

namespace cloudretail::runtime {

struct Runtime::Guards {
    std::vector<net::executor_work_guard<net::io_context::executor_type>> work;
    std::mutex mutex;
    std::condition_variable ended;
};

/// Counts one task from spawn() to the end of its frame, whichever way that goes.
class Runtime::Counted {
  public:
    explicit Counted(Runtime* owner) : owner_(owner) { ++owner_->running_; }
    Counted(Counted&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Counted& operator=(Counted&&) = delete;
    ~Counted() {
        if (!owner_) return;
        // Notified under the lock: after it, drain() may return and the runtime may go away.
        const std::lock_guard lock(owner_->guards_->mutex);
        --owner_->running_;
        owner_->guards_->ended.notify_all();
    }

  private:
    Runtime* owner_;
};

Runtime::Runtime(int io_threads) : guards_(std::make_unique<Guards>()) {
    CR_ASSERT(io_threads > 0);
    for (int i = 0; i < io_threads; ++i) {
        contexts_.push_back(std::make_unique<net::io_context>(1));
        guards_->work.push_back(net::make_work_guard(*contexts_.back()));
    }
}

Runtime::~Runtime() {
    stop();
    // Frames that never ended are destroyed with their context, and count themselves out through guards_.
    contexts_.clear();
}

void Runtime::start() {
    CR_ASSERT(threads_.empty());
    for (int i = 0; i < size(); ++i) threads_.emplace_back([this, i] { run(i); });
}

void Runtime::run(int index) {
    ::pthread_setname_np(::pthread_self(), ("io-" + std::to_string(index)).c_str());
    for (;;) {
        try {
            context(index).run();
            return;
        } catch (const std::exception& e) {
            failed("handler", e.what());
        } catch (...) {
            failed("handler", "unknown exception");
        }
    }
}

void Runtime::stop() {
    guards_->work.clear();
    for (const auto& context : contexts_) context->stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

void Runtime::failed(const std::string& name, const char* what) {
    ++failures_;
    log::error("a task ended with an exception", {{"task", name}, {"error", what}});
}

Task<void> Runtime::supervise(Runtime* self, Counted counted, std::string name,
                              UniqueFunction<Task<void>()> task) {
    try {
        Task<void> running = task();
        co_await std::move(running);
    } catch (const std::exception& e) {
        self->failed(name, e.what());
    } catch (...) {
        self->failed(name, "unknown exception");
    }
}

void Runtime::spawn(net::io_context& context, std::string name, UniqueFunction<Task<void>()> task) {
    net::co_spawn(context, supervise(this, Counted(this), std::move(name), std::move(task)), net::detached);
}

bool Runtime::drain(std::chrono::milliseconds limit) {
    std::unique_lock lock(guards_->mutex);
    return guards_->ended.wait_for(lock, limit, [this] { return running_ == 0; });
}

Task<void> sleep_ms(std::int64_t ms) {
    net::steady_timer timer(co_await net::this_coro::executor, std::chrono::milliseconds(ms));
    boost::system::error_code cancelled;
    co_await timer.async_wait(net::redirect_error(net::use_awaitable, cancelled));
}

}  // namespace cloudretail::runtime
