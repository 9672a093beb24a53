// How long to wait before trying again: exponential, with jitter so that many who failed together do not come
// back together. Pure but for a thread-local generator, whose numbers decide nothing but the delay.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace cloudretail::events {

/// The wait before try `attempt + 1`, in ms: between half and the whole of min(max, first · 2^(attempt − 1)).
inline std::int64_t backoff_ms(int attempt, std::int64_t first_ms, std::int64_t max_ms) {
    thread_local std::minstd_rand random(
        static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count()));
    const int doublings = std::clamp(attempt - 1, 0, 30);
    const std::int64_t whole = std::clamp<std::int64_t>(first_ms << doublings, 0, max_ms);
    std::uniform_int_distribution<std::int64_t> spread(whole / 2, whole);
    return spread(random);
}

}  // namespace cloudretail::events
