// Telling systemd how we are (sd_notify(3), by hand: a datagram to NOTIFY_SOCKET), with a watchdog that is
// fed only while every io loop turns. Thread rule: one thread (the main thread).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <runtime/runtime.hpp>
#include <string_view>
#include <vector>

namespace cloudretail::app {

/// Sends e.g. "READY=1" or "STOPPING=1"; does nothing where nobody asked for it (NOTIFY_SOCKET is not set).
void notify(std::string_view state);

/// Time within which the manager wants to hear of us (WATCHDOG_USEC), in milliseconds; 0: it does not watch
/// us.
std::int64_t watchdog_ms();

/// Asks every io loop for a sign of life and passes the news on.
class Watchdog {
  public:
    explicit Watchdog(runtime::Runtime& runtime);
    /// To be called several times within watchdog_ms(): sends WATCHDOG=1 if every loop has turned since the
    /// last call. False where one has not.
    bool feed();

  private:
    runtime::Runtime& runtime_;
    std::shared_ptr<std::vector<std::atomic<bool>>> turned_;  // per loop, shared with what was posted to it
};

}  // namespace cloudretail::app
