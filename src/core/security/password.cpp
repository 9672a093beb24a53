// Hashing on a pool whose threads stand below the io threads in priority, so that a storm of log-ins leaves
// browsing alone. One hash takes one thread and PasswordSettings::memory_bytes.
#include <runtime/work_pool.hpp>
#include <security/password.hpp>
#include <security/security.hpp>

#include <sodium.h>
#include <cerrno>
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
    explicit Impl(PasswordSettings s) : settings(s), pool(pool_settings(s)) {
        // The dummy hash is made ahead, off the caller's thread: start-up does not wait for it.
        pool.submit([this](bool run) {
            if (run) static_cast<void>(dummy_hash());
        });
    }

    static runtime::PoolSettings pool_settings(const PasswordSettings& s) {
        const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
        return {"password", s.threads > 0 ? s.threads : cores, s.queue, niceness};
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

    const PasswordSettings settings;
    std::mutex dummy_mutex;
    std::string dummy;
    runtime::WorkPool pool;  // last: its threads use everything above
};

PasswordHasher::PasswordHasher(PasswordSettings settings) {
    initialize();
    impl_ = std::make_unique<Impl>(settings);
}

PasswordHasher::~PasswordHasher() = default;

Task<Result<std::string>> PasswordHasher::hash(std::string password) {
    UniqueFunction<Result<std::string>()> compute(
        [impl = impl_.get(), password = std::move(password)]() mutable {
            auto answer = hash_now(impl->settings, password);
            ::sodium_memzero(password.data(), password.size());
            return answer;
        });
    return impl_->pool.run<std::string>(std::move(compute), overloaded());
}

Task<Result<Verified>> PasswordHasher::verify(std::string stored, std::string password) {
    UniqueFunction<Result<Verified>()> compute(
        [impl = impl_.get(), stored = std::move(stored), password = std::move(password)]() mutable {
            const bool known = !stored.empty();
            auto answer = verify_now(impl->settings, known ? stored : impl->dummy_hash(), password);
            ::sodium_memzero(password.data(), password.size());
            if (answer && !known) return Result<Verified>(Verified{});
            return answer;
        });
    return impl_->pool.run<Verified>(std::move(compute), overloaded());
}

std::int64_t PasswordHasher::waiting() const { return impl_->pool.waiting(); }

}  // namespace cloudretail::security
