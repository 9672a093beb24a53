// Waiting for a coroutine from a thread that may block (command line, control socket). Never on an io thread.
#pragma once

#include <atomic>
#include <base/error.hpp>
#include <base/function.hpp>
#include <base/task.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <runtime/runtime.hpp>

namespace cloudretail::app {

template <class T>
Task<void> keep_promise(std::shared_ptr<std::promise<T>> promise, UniqueFunction<Task<T>()> task) {
    try {
        Task<T> running = task();
        T value = co_await std::move(running);
        promise->set_value(std::move(value));
    } catch (...) {
        promise->set_exception(std::current_exception());
    }
}

/// Runs `task` on the background loop and answers what it answers (or throws what it throws). Throws
/// Unavailable when the time is over or `stopping` turns true; the task then goes on, so what it uses must
/// live as long as the runtime's drain.
template <class T>
T run_blocking(runtime::Runtime& runtime, const std::atomic<bool>& stopping, std::chrono::milliseconds limit,
               UniqueFunction<Task<T>()> task) {
    auto promise = std::make_shared<std::promise<T>>();
    auto future = promise->get_future();
    runtime.spawn(runtime.background(), "command", [promise, task = std::move(task)]() mutable {
        return keep_promise<T>(promise, std::move(task));
    });
    const auto end = std::chrono::steady_clock::now() + limit;
    while (future.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready) {
        if (stopping) throw Unavailable("the server is stopping");
        if (std::chrono::steady_clock::now() >= end) throw Unavailable("it took too long");
    }
    return future.get();
}

}  // namespace cloudretail::app
