// The hashing pool: a bounded queue, and threads below the io threads in priority, so that a storm of log-ins
// leaves browsing alone. One hash takes one thread and PasswordSettings::memory_bytes.
#include <runtime/runtime.hpp>
#include <security/password.hpp>
#include <security/security.hpp>

#include <pthread.h>
#include <sodium.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace cloudretail::security {
namespace {

constexpr int niceness = 10;

Error overloaded() {
    Error error(errors::overloaded, "Too many log-ins are waiting; try again in a moment.");
    error.retry_after_s = 1;
    return error;
}

Result<std::string> hash_now(const PasswordSettings& settings, std::string_view password) {
    char out[crypto_pwhash_STRBYTES];
    const int failed =
        ::crypto_pwhash_argon2id_str(out, password.data(), password.size(),
                                     static_cast<unsigned long long>(settings.passes), settings.memory_bytes);
    if (failed != 0) return overloaded();  // short of memory
    return std::string(out);
}

Result<Verified> verify_now(const PasswordSettings& settings, const std::string& stored,
                            std::string_view password) {
    errno = 0;
    if (::crypto_pwhash_argon2id_str_verify(stored.c_str(), password.data(), password.size()) == 0) {
        const int rehash = ::crypto_pwhash_argon2id_str_needs_rehash(
            stored.c_str(), static_cast<unsigned long long>(settings.passes), settings.memory_bytes);
        return Verified{true, rehash != 0};
    }
    // A mismatch sets EINVAL; without memory nothing is known about the password.
    if (errno == ENOMEM) return overloaded();
    return Verified{};
}

}  // namespace

struct PasswordHasher::Impl {
    using Job = UniqueFunction<void(bool run)>;  // run = false: the pool is closing, answer without work

    explicit Impl(PasswordSettings s) : settings(s) {
        const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
        const int count = settings.threads > 0 ? settings.threads : cores;
        // The dummy hash is made ahead, off the caller's thread: start-up does not wait for it.
        jobs.emplace_back([this](bool run) {
            if (run) static_cast<void>(dummy_hash());
        });
        for (int i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
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
        ::pthread_setname_np(::pthread_self(), "password");
        // On Linux this is per thread. Refused or not, the work is the same.
        static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness));
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

    /// What unknown accounts are verified against; empty when there was no memory for it.
    std::string dummy_hash() {
        const std::lock_guard lock(dummy_mutex);
        if (dummy.empty()) {
            auto made = hash_now(settings, "an account that does not exist");
            if (made) dummy = std::move(*made);
        }
        return dummy;
    }

    /// Runs `compute` on the pool and hands its answer to `then`; overloaded when the queue is full.
    template <class T>
    void start(UniqueFunction<Result<T>()> compute, Then<Result<T>> then) {
        // Shared, because a refused job is destroyed inside submit and its owner must still be answered.
        auto answer = std::make_shared<Then<Result<T>>>(std::move(then));
        const bool accepted = submit([compute = std::move(compute), answer](bool run) mutable {
            (*answer)(Outcome<Result<T>>(run ? compute() : Result<T>(overloaded())));
        });
        if (!accepted) (*answer)(Outcome<Result<T>>(Result<T>(overloaded())));
    }

    const PasswordSettings settings;
    mutable std::mutex mutex;
    std::condition_variable wake;
    std::deque<Job> jobs;
    bool stopping = false;
    std::mutex dummy_mutex;
    std::string dummy;
    std::vector<std::thread> threads;  // last: they use everything above
};

PasswordHasher::PasswordHasher(PasswordSettings settings) {
    initialize();
    impl_ = std::make_unique<Impl>(settings);
}

PasswordHasher::~PasswordHasher() = default;

Task<Result<std::string>> PasswordHasher::hash(std::string password) {
    using Answer = Result<std::string>;
    UniqueFunction<void(Then<Answer>)> start(
        [impl = impl_.get(), password = std::move(password)](Then<Answer> then) mutable {
            UniqueFunction<Answer()> compute([impl, password = std::move(password)]() mutable {
                auto answer = hash_now(impl->settings, password);
                ::sodium_memzero(password.data(), password.size());
                return answer;
            });
            impl->start<std::string>(std::move(compute), std::move(then));
        });
    return runtime::await_then<Answer>(std::move(start));
}

Task<Result<Verified>> PasswordHasher::verify(std::string stored, std::string password) {
    using Answer = Result<Verified>;
    UniqueFunction<void(Then<Answer>)> start([impl = impl_.get(), stored = std::move(stored),
                                              password = std::move(password)](Then<Answer> then) mutable {
        UniqueFunction<Answer()> compute(
            [impl, stored = std::move(stored), password = std::move(password)]() mutable {
                const bool known = !stored.empty();
                auto answer = verify_now(impl->settings, known ? stored : impl->dummy_hash(), password);
                ::sodium_memzero(password.data(), password.size());
                if (answer && !known) return Answer(Verified{});
                return answer;
            });
        impl->start<Verified>(std::move(compute), std::move(then));
    });
    return runtime::await_then<Answer>(std::move(start));
}

std::int64_t PasswordHasher::waiting() const {
    const std::lock_guard lock(impl_->mutex);
    return static_cast<std::int64_t>(impl_->jobs.size());
}

}  // namespace cloudretail::security
