// What a module offers the whole. main.cpp builds them in order and hands them to the application,
// which knows none of them by name.
#pragma once

#include <app/job.hpp>
#include <app/persons.hpp>
#include <base/clock.hpp>
#include <config/config.hpp>
#include <db/database.hpp>
#include <events/bus.hpp>
#include <functional>
#include <gateway/route.hpp>
#include <map>
#include <metrics/metrics.hpp>
#include <resilience/breaker.hpp>
#include <runtime/runtime.hpp>
#include <saga/saga.hpp>
#include <string>
#include <vector>

namespace cloudretail::app {

/// What every module is built from. Owned by the application; outlives the modules.
struct Environment {
    const config::Config& config;
    const Clock& clock;
    runtime::Runtime& runtime;
    events::Bus& bus;
    saga::Engine& sagas;
    metrics::Registry& metrics;
    Persons& persons;
};

/// A violated invariant, found by `check --deep`.
struct Violation {
    std::string rule;  // "stock quantity = sum of its movements"
    std::string ids;   // what it concerns
};

/// A command-line verb of a module ("admin create"), carried out in the process that holds the data
/// directory: the server over its control socket, or the command line itself.
struct Command {
    std::string name;
    /// Options by name, e.g. {"email", "a@b.c"}; answers what to print. Errors become the exit status.
    std::function<Task<Result<std::string>>(std::map<std::string, std::string> options)> run;
};

/// How something of a module stands besides its database (the mail server it sends through): shown by GET
/// /health as a part named "<module>.<name>".
struct Condition {
    std::string name;
    bool good = true;
    std::string detail{};  // for administrators, one line; no secret, nobody's data
};

/// Deletes rows of a growing table whose time is over.
struct Sweep {
    std::string table;
    /// At most `limit` rows; answers how many. Called in transactions of its own until it answers less.
    std::function<std::int64_t(db::Tx&, int limit)> run;
};

/// Puts something derivable right again: what can be computed anew from rows that are the truth.
struct Repair {
    std::string name;  // "reserved = sum of the open reservations"
    /// Answers how many rows it mended; none where nothing is wrong. One transaction.
    std::function<std::int64_t(db::Tx&)> run;
};

class Module {
  public:
    virtual ~Module() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual db::Database& database() = 0;
    [[nodiscard]] virtual std::vector<gateway::Route> routes() = 0;
    /// After migrations, before listening: subscriptions, saga definitions, caches. Never waits for other
    /// modules.
    virtual void start() {}
    [[nodiscard]] virtual std::vector<Command> commands() { return {}; }
    /// In the first write after a restore: what was ended since the backup must not come back to life.
    virtual void restored(db::Tx&) {}
    /// Its circuit breakers besides the database's; they live as long as the module.
    [[nodiscard]] virtual std::vector<const resilience::Breaker*> breakers() { return {}; }
    /// Any thread, at any time; must not wait.
    [[nodiscard]] virtual std::vector<Condition> conditions() { return {}; }
    /// Its background jobs; they live as long as the module.
    [[nodiscard]] virtual std::vector<const Job*> jobs() { return {}; }
    /// One for each table of the module that grows for ever; core sees to its own tables.
    [[nodiscard]] virtual std::vector<Sweep> sweeps() { return {}; }
    /// Folders in the data directory whose files never change once they are there; a backup takes them with
    /// the database. A file that a row of the database names must stay until no backup can be looking at that
    /// row any more.
    [[nodiscard]] virtual std::vector<std::string> folders() { return {}; }
    /// For `check --deep --repair`.
    [[nodiscard]] virtual std::vector<Repair> repairs() { return {}; }
    /// Stops what start() began; called while the io threads still run, before the databases close.
    virtual void stop() {}
    /// The module's own invariants, and those it can see through the interfaces it uses.
    virtual Task<std::vector<Violation>> check() = 0;
};

}  // namespace cloudretail::app
