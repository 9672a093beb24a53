// How long to wait before trying again: exponential, with jitter so that many who failed together do not come
// back together. Randomness is given, so that tests repeat exactly.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <random>

namespace cloudretail::resilience {

/// Numbers in [0, 1). May be called from any thread.
using Jitter = std::function<double()>;

/// A generator of the calling thread's own; its numbers decide nothing but delays.
inline double random_jitter() {
    thread_local std::minstd_rand random(std::random_device{}());
    return std::uniform_real_distribution<double>(0, 1)(random);
}

/// The wait before try `attempt + 1`, in ms: between half and the whole of min(max, first · 2^(attempt − 1)).
inline std::int64_t backoff_ms(int attempt, std::int64_t first_ms, std::int64_t max_ms,
                               double jitter = random_jitter()) {
    const int doublings = std::clamp(attempt - 1, 0, 30);
    const std::int64_t whole = std::clamp<std::int64_t>(first_ms << doublings, 0, max_ms);
    return whole / 2 + static_cast<std::int64_t>(jitter * static_cast<double>(whole - whole / 2 + 1));
}

}  // namespace cloudretail::resilience
