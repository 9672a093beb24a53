// A few threads for work that would block an io thread (hashing, pictures, reading files), behind a bounded
// queue: past its bound a caller is refused at once. It knows nothing of the work. Thread-safe.
#pragma once

#include <base/error.hpp>
#include <memory>
#include <runtime/runtime.hpp>
#include <string>

namespace cloudretail::runtime {

struct PoolSettings {
    std::string name;  // of the threads, at most 15 characters
    int threads = 1;
    int queue = 32;    // waiting, besides what runs
    int niceness = 0;  // below the io threads in priority, so that a storm of work leaves requests alone
};

class WorkPool {
  public:
    /// `run` = false: the pool is closing, answer without work. Must not throw.
    using Job = UniqueFunction<void(bool run)>;

    explicit WorkPool(PoolSettings settings);
    /// Waits for what runs; what waits is told that it will not.
    ~WorkPool();
    WorkPool(const WorkPool&) = delete;

    /// False where the queue is full.
    bool submit(Job job);
    /// Runs `work` on a thread of the pool and resumes on the caller's executor with its answer, with what it
    /// threw, or with `refusal` where the queue is full.
    template <class T>
    Task<Result<T>> run(UniqueFunction<Result<T>()> work, Error refusal) {
        UniqueFunction<void(Then<Result<T>>)> start(
            [this, work = std::move(work), refusal = std::move(refusal)](Then<Result<T>> then) mutable {
                begin<T>(std::move(work), std::move(refusal), std::move(then));
            });
        return await_then<Result<T>>(std::move(start));
    }
    [[nodiscard]] std::int64_t waiting() const;

  private:
    template <class T>
    void begin(UniqueFunction<Result<T>()> work, Error refusal, Then<Result<T>> then) {
        // Shared, because a refused job is destroyed inside submit and its owner must still be answered.
        auto answer = std::make_shared<Then<Result<T>>>(std::move(then));
        const bool accepted = submit([work = std::move(work), refusal, answer](bool run) mutable {
            (*answer)(run ? outcome_of<T>(work) : Outcome<Result<T>>(Result<T>(std::move(refusal))));
        });
        if (!accepted) (*answer)(Outcome<Result<T>>(Result<T>(std::move(refusal))));
    }
    template <class T>
    static Outcome<Result<T>> outcome_of(UniqueFunction<Result<T>()>& work) {
        try {
            return Outcome<Result<T>>(work());
        } catch (...) {
            return Outcome<Result<T>>(std::current_exception());
        }
    }

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cloudretail::runtime
