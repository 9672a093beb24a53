// The process's threads: one io_context per core, each run by exactly one thread (a connection never leaves
// its thread), plus spawn() as the only way to start detached work. Blocking work never runs here.
#pragma once

#include <atomic>
#include <base/function.hpp>
#include <base/task.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace cloudretail::runtime {

namespace net = boost::asio;

/// Call anything but `run`/`stop` from any thread.
class Runtime {
  public:
    explicit Runtime(int io_threads);
    ~Runtime();
    [[nodiscard]] int size() const { return static_cast<int>(contexts_.size()); }
    net::io_context& context(int i) { return *contexts_[static_cast<std::size_t>(i)]; }
    /// For background work (relays, saga timers, jobs): the last context.
    net::io_context& background() { return *contexts_.back(); }

    /// Starts the threads; an exception that escapes a handler is logged and the loop goes on.
    void start();
    /// Stops the loops and joins. Everything spawned must have ended before (see drain).
    void stop();

    /// Starts `task` on `context`; an escaping exception is logged with `name` and counted
    /// (task_failures). The task is counted until it ends. Any thread.
    void spawn(net::io_context& context, std::string name, UniqueFunction<Task<void>()> task);
    /// Blocks the calling (non-io) thread until all spawned work ended or the time is over; true if all
    /// ended.
    bool drain(std::chrono::milliseconds limit);
    [[nodiscard]] int running() const { return running_.load(); }
    /// How many tasks and handlers ended with an exception (cloudretail_task_failures_total).
    [[nodiscard]] std::int64_t task_failures() const { return failures_.load(); }

  private:
    class Counted;
    void run(int index);
    void failed(const std::string& name, const char* what);
    static Task<void> supervise(Runtime* self, Counted counted, std::string name,
                                UniqueFunction<Task<void>()> task);

    std::vector<std::unique_ptr<net::io_context>> contexts_;
    std::vector<std::thread> threads_;
    std::atomic<int> running_{0};
    std::atomic<std::int64_t> failures_{0};
    struct Guards;
    std::unique_ptr<Guards> guards_;
};

/// Lets a coroutine wait for a callback-style operation: `start` receives the Then<T>, which may be called on
/// any thread, even before `start` returns; the coroutine resumes on its own executor. Threads that call a
/// Then must be joined before the runtime is destroyed.
template <class T>
Task<T> await_then(UniqueFunction<void(Then<T>)> start);

/// Waits without blocking the thread. What loops on it should sleep in short slices: drain() waits for it.
Task<void> sleep_ms(std::int64_t ms);

}  // namespace cloudretail::runtime

#include <runtime/await_then.ipp>
