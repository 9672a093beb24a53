// How the parts are: each module with its database, the event bus, the sagas. Renders what GET /health
// answers; looks at what others measured (housekeeping probes the databases) and touches no database itself.
// Thread-safe.
#pragma once

#include <app/module.hpp>
#include <atomic>
#include <events/bus.hpp>
#include <http/message.hpp>
#include <memory>
#include <saga/saga.hpp>
#include <string>
#include <vector>

namespace cloudretail::app {

/// A module as the application drives it.
struct Part {
    explicit Part(std::unique_ptr<Module> m) : module(std::move(m)), name(module->name()) {}
    const std::unique_ptr<Module> module;
    const std::string name;
    std::atomic<bool> migrated{false};  // until then its routes answer 503
    std::atomic<bool> answers{true};    // the last probe of its database was answered

    [[nodiscard]] bool usable() const { return migrated && answers && module->database().available(); }
};

using Parts = std::vector<std::unique_ptr<Part>>;

class Health {
  public:
    Health(const Parts& parts, const events::Bus& bus, const saga::Engine& sagas)
        : parts_(parts), bus_(bus), sagas_(sagas) {}

    void set_ready(bool ready) { ready_ = ready; }
    [[nodiscard]] bool ready() const { return ready_; }

    /// 200 "ok" or "degraded" (a module is away), 503 "down" (not ready, or no module works). The status of
    /// each part; with `details` its numbers too.
    [[nodiscard]] http::Response report(bool details) const;
    [[nodiscard]] http::Response liveness() const;
    [[nodiscard]] http::Response readiness() const;

  private:
    const Parts& parts_;
    const events::Bus& bus_;
    const saga::Engine& sagas_;
    std::atomic<bool> ready_{false};
};

}  // namespace cloudretail::app
