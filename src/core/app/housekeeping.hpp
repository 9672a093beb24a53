// What runs beside the requests: probing each module's database and how much waits in it, sweeping the tables
// that would only grow (in one process at a time, where several share a database), bringing the tables of a
// module up to date whose database was away at the start. Thread rule: start and
// stop on one non-io thread.
#pragma once

#include <app/health.hpp>
#include <config/config.hpp>
#include <metrics/metrics.hpp>
#include <runtime/runtime.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace cloudretail::app {

/// Applies (or, where database.migrate is off, demands) a module's migrations. Throws std::runtime_error with
/// module and reason, Unavailable when the database is away. Blocks.
void bring_up_to_date(Part& part, bool apply);

/// How often; tests shorten them.
struct HousekeepingTimes {
    std::chrono::milliseconds probe{2'000}, sweep{60'000}, migrate{2'000};
};

class Housekeeping {
  public:
    Housekeeping(const Parts& parts, runtime::Runtime& runtime, const events::Bus& bus,
                 metrics::Registry& metrics, const config::Config& config, HousekeepingTimes times = {});
    ~Housekeeping();
    Housekeeping(const Housekeeping&) = delete;
    /// Begins; modules that are not migrated are tried again until they are.
    void start();
    /// Asks everything to end; the runtime's drain waits for it. Idempotent.
    void stop();
    /// Its jobs, two per module. After start().
    [[nodiscard]] std::vector<JobView> jobs() const;

  private:
    struct Chores;  // of one module
    [[nodiscard]] std::vector<Sweep> sweeps_of(Part& part) const;
    static Task<void> keep_house(std::shared_ptr<Chores> chores);
    static Task<void> probe(std::shared_ptr<Chores> chores);
    static Task<void> sweep(std::shared_ptr<Chores> chores);
    static Task<std::string> sweep_table(std::shared_ptr<Chores> chores, std::size_t index);
    void migrate_late();

    const Parts& parts_;
    runtime::Runtime& runtime_;
    const events::Bus& bus_;
    metrics::Registry& metrics_;
    const config::Config& config_;
    HousekeepingTimes times_;
    std::shared_ptr<std::atomic<bool>> stopping_;
    std::vector<std::shared_ptr<Chores>> chores_;  // fixed at start()
    std::mutex mutex_;
    std::condition_variable stopped_;
    std::thread migrator_;
};

}  // namespace cloudretail::app
