// The whole: owns configuration, threads, bus, sagas, gateway and the modules (which it knows by interface
// alone), and leads the process through its life: open → migrate → routes → start → recover → listen → … →
// drain → stop. Thread rule: one non-io thread, apart from carry_out.
#pragma once

#include <app/control.hpp>
#include <app/data_dir.hpp>
#include <app/demo.hpp>
#include <app/health.hpp>
#include <app/module.hpp>
#include <config/config.hpp>
#include <functional>
#include <gateway/chain.hpp>
#include <memory>
#include <string>
#include <vector>

namespace cloudretail::app {

/// What the composition root makes.
struct Modules {
    std::vector<std::unique_ptr<Module>> list{};  // in the order of their dependencies
    gateway::Authenticator* authenticator = nullptr;
    DemoLoader demo{};  // what `demo` loads
};
using ModuleFactory = std::function<Modules(const Environment&)>;

class Application {
  public:
    /// Builds everything and opens nothing. The data directory is the caller's, locked. Throws what modules
    /// and gateway refuse of the configuration.
    Application(config::Config config, const ModuleFactory& build);
    /// Stops what runs.
    ~Application();
    Application(const Application&) = delete;

    /// Starts the threads and opens the databases. Throws where a SQLite file cannot be opened; an absent
    /// PostgreSQL server is waited for later.
    void open();
    /// Runs the server until SIGTERM or SIGINT (which must be blocked in every thread, as must SIGHUP);
    /// answers the exit status. `reload` reads the configuration again, for SIGHUP.
    int serve(const std::function<config::Config()>& reload);
    /// After open(): migrates, builds the routes, sets modules, events and sagas to work; listens to nobody.
    /// For verbs that do what people do through the API.
    void begin();
    /// Carries out a verb that touches data (verbs.cpp). After open(). Blocks; one at a time; never on an io
    /// thread.
    VerbReply carry_out(const VerbRequest& request);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Stops SIGTERM, SIGINT and SIGHUP from ending the process; Application::serve fetches them. Call before any
/// thread.
void block_signals();
/// Level and format of the log from the configuration.
void configure_log(const config::Config& config);

}  // namespace cloudretail::app
