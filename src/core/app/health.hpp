// How the parts are: each module with its database and relay, the event bus, the sagas, every circuit
// breaker, the disk, and what modules say of themselves. Renders what GET /health answers; looks at what
// others measured (housekeeping probes the databases) and touches neither database nor disk itself.
// Thread-safe.
#pragma once

#include <app/disk_watch.hpp>
#include <app/module.hpp>
#include <atomic>
#include <events/bus.hpp>
#include <events/upkeep.hpp>
#include <http/message.hpp>
#include <memory>
#include <mutex>
#include <saga/inspect.hpp>
#include <saga/saga.hpp>
#include <string>
#include <vector>

namespace cloudretail::app {

/// What the last probe of a module's database found.
struct Backlog {
    events::OutboxState outbox{};
    saga::Counts sagas{};
};

/// A module as the application drives it.
struct Part {
    explicit Part(std::unique_ptr<Module> m) : module(std::move(m)), name(module->name()) {}
    const std::unique_ptr<Module> module;
    const std::string name;
    std::atomic<bool> migrated{false};  // until then its routes answer 503
    std::atomic<bool> answers{true};    // the last probe of its database was answered

    [[nodiscard]] bool usable() const { return migrated && answers && module->database().available(); }
    /// The database's and the module's own.
    [[nodiscard]] std::vector<const resilience::Breaker*> breakers() const;
    [[nodiscard]] Backlog backlog() const;
    void set_backlog(const Backlog& backlog);

  private:
    mutable std::mutex mutex_;
    Backlog backlog_{};  // behind the mutex
};

using Parts = std::vector<std::unique_ptr<Part>>;

/// From when on something counts as degraded.
struct HealthLimits {
    std::int64_t events_behind = 10'000;  // of a subscription, or waiting in an outbox
    std::int64_t disk_free_bytes = 256LL * 1024 * 1024;
};

class Health {
  public:
    Health(const Parts& parts, const events::Bus& bus, const saga::Engine& sagas, const DiskWatch& disk,
           HealthLimits limits)
        : parts_(parts), bus_(bus), sagas_(sagas), disk_(disk), limits_(limits) {}

    void set_ready(bool ready) { ready_ = ready; }
    [[nodiscard]] bool ready() const { return ready_; }

    /// 200 "ok" or "degraded" (the store serves, but a part does not do its work), 503 "down" (not ready, or
    /// no module works). The status of each part; with `details` its numbers too.
    [[nodiscard]] http::Response report(bool details) const;
    /// "ok", "degraded" or "down".
    [[nodiscard]] std::string_view status() const;
    [[nodiscard]] http::Response liveness() const;
    [[nodiscard]] http::Response readiness() const;

  private:
    struct Report;
    [[nodiscard]] Report look(bool details) const;
    [[nodiscard]] bool down() const;

    const Parts& parts_;
    const events::Bus& bus_;
    const saga::Engine& sagas_;
    const DiskWatch& disk_;
    const HealthLimits limits_;
    std::atomic<bool> ready_{false};
};

}  // namespace cloudretail::app
