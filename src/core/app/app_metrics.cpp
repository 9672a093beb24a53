// Registration of the numbers that others keep; see app_metrics.hpp.
#include <app/app_metrics.hpp>

#include <unistd.h>
#include <chrono>
#include <cstdio>

namespace cloudretail::app {

namespace {

using DatabaseNumber = std::int64_t db::Statistics::*;

double state_number(std::string_view breaker) { return breaker == "closed" ? 0 : breaker == "open" ? 2 : 1; }

void register_database(metrics::Registry& registry, const Part& part) {
    const metrics::Labels labels{{"module", part.name}};
    db::Database& database = part.module->database();
    const auto counter = [&](const char* name, const char* help, DatabaseNumber number) {
        registry.counter_from(name, help, labels, [&database, number] {
            return static_cast<double>(database.statistics().*number);
        });
    };
    const auto gauge = [&](const char* name, const char* help, DatabaseNumber number) {
        registry.gauge(name, help, labels,
                       [&database, number] { return static_cast<double>(database.statistics().*number); });
    };
    counter("cloudretail_db_commits_total", "Commits; one carries many jobs", &db::Statistics::commits);
    counter("cloudretail_db_jobs_total", "Write jobs carried out", &db::Statistics::jobs);
    counter("cloudretail_db_jobs_failed_total", "Write jobs that ended with an exception",
            &db::Statistics::jobs_failed);
    counter("cloudretail_db_batches_void_total", "Batches the database ended itself, run again job by job",
            &db::Statistics::batches_void);
    counter("cloudretail_db_reads_total", "Read jobs carried out", &db::Statistics::reads);
    counter("cloudretail_db_refused_total", "Jobs refused: queue full or breaker open",
            &db::Statistics::refused);
    gauge("cloudretail_db_write_queue", "Write jobs waiting", &db::Statistics::queue_depth);
    gauge("cloudretail_db_read_queue", "Read jobs waiting", &db::Statistics::read_queue_depth);
    gauge("cloudretail_db_wal_bytes", "Size of the write-ahead log (SQLite)", &db::Statistics::wal_bytes);
    registry.gauge("cloudretail_breaker_state", "0 closed, 1 half open, 2 open",
                   {{"breaker", part.name + " database"}},
                   [&database] { return state_number(database.statistics().breaker); });
    registry.gauge("cloudretail_module_up", "Whether a module can be used", labels,
                   [&part] { return part.usable() ? 1.0 : 0.0; });
}

void register_bus(metrics::Registry& registry, const events::Bus& bus) {
    using Total = std::int64_t events::BusStatistics::*;
    const auto counter = [&](const char* name, const char* help, Total number) {
        registry.counter_from(name, help, {},
                              [&bus, number] { return static_cast<double>(bus.statistics().*number); });
    };
    counter("cloudretail_events_published_total", "Events given a position by a relay",
            &events::BusStatistics::published);
    counter("cloudretail_events_delivered_total", "Events handled by subscribers",
            &events::BusStatistics::delivered);
    counter("cloudretail_events_failures_total", "Deliveries that failed", &events::BusStatistics::failures);
    counter("cloudretail_events_dead_letters_total", "Events parked after their last attempt",
            &events::BusStatistics::dead_letters);
    for (const auto& [subscription, behind] : bus.statistics().lag) {
        registry.gauge("cloudretail_events_lag", "Events a subscription is behind",
                       {{"subscription", subscription}}, [&bus, name = subscription] {
                           const auto lag = bus.statistics().lag;
                           const auto at = lag.find(name);
                           return at == lag.end() ? 0.0 : static_cast<double>(at->second);
                       });
    }
}

void register_sagas(metrics::Registry& registry, const saga::Engine& sagas) {
    using Count = std::int64_t saga::Statistics::*;
    const auto read = [&sagas](Count number) {
        return [&sagas, number] { return static_cast<double>(sagas.statistics().*number); };
    };
    registry.gauge("cloudretail_sagas_running", "Sagas this process is driving", {},
                   read(&saga::Statistics::running));
    registry.gauge("cloudretail_sagas_open", "Sagas whose outcome is open", {},
                   read(&saga::Statistics::open));
    registry.counter_from("cloudretail_sagas_completed_total", "Sagas that reached their end", {},
                          read(&saga::Statistics::completed));
    registry.counter_from("cloudretail_sagas_compensated_total", "Sagas that were undone", {},
                          read(&saga::Statistics::compensated));
    registry.counter_from("cloudretail_sagas_retries_total", "Steps tried again", {},
                          read(&saga::Statistics::retries));
    registry.counter_from("cloudretail_sagas_recovered_total", "Sagas taken over from a process that died",
                          {}, read(&saga::Statistics::recovered));
}

double resident_bytes() {
    std::FILE* const file = std::fopen("/proc/self/statm", "re");
    if (!file) return 0;
    long long size = 0, resident = 0;
    const int read = std::fscanf(file, "%lld %lld", &size, &resident);
    std::fclose(file);
    return read == 2 ? static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace

void register_metrics(metrics::Registry& registry, const Parts& parts, const events::Bus& bus,
                      const saga::Engine& sagas, const runtime::Runtime& runtime) {
    for (const auto& part : parts) register_database(registry, *part);
    register_bus(registry, bus);
    register_sagas(registry, sagas);
    registry.counter_from("cloudretail_task_failures_total", "Background tasks that ended with an exception",
                          {}, [&runtime] { return static_cast<double>(runtime.task_failures()); });
    registry.gauge("cloudretail_tasks", "Background tasks running", {},
                   [&runtime] { return static_cast<double>(runtime.running()); });
    registry.gauge("cloudretail_build_info", "Always 1; the version is in the label",
                   {{"version", CLOUDRETAIL_VERSION}}, [] { return 1.0; });
    registry.gauge("process_resident_memory_bytes", "Resident memory", {}, resident_bytes);
    const auto started = static_cast<double>(system_clock().now().ms) / 1000;
    registry.gauge("process_start_time_seconds", "When this process started, Unix time", {},
                   [started] { return started; });
}

}  // namespace cloudretail::app
