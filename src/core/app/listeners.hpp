// The three addresses of a server: the API gateway, the web pages (which answer the API too: one origin for
// the UI) and, for administrators, management (/metrics, detailed /health). No rule lives here. Thread rule:
// made, asked and closed on the main thread.
#pragma once

#include <app/health.hpp>
#include <config/config.hpp>
#include <gateway/chain.hpp>
#include <http/server.hpp>
#include <memory>
#include <metrics/metrics.hpp>
#include <runtime/runtime.hpp>
#include <string>

namespace cloudretail::app {

class Listeners {
  public:
    Listeners(runtime::Runtime& runtime, const config::Config& config, gateway::Gateway& gateway,
              Health& health, metrics::Registry& metrics);
    ~Listeners();
    Listeners(const Listeners&) = delete;

    /// Throws std::runtime_error naming the address that cannot be had.
    void listen();
    /// Closes the gateway's and the web pages' listeners; running requests go on. Management stays, to be
    /// asked how the end is going.
    void close();
    void close_management();
    /// Connections of gateway and web pages.
    [[nodiscard]] int connections() const;
    /// "ready gateway=http://127.0.0.1:3000 ui=… management=…", for programs that start us.
    [[nodiscard]] std::string ready_line() const;
    /// The same for people, several lines.
    [[nodiscard]] std::string welcome() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cloudretail::app
