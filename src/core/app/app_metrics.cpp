// Registration of the numbers that others keep; see app_metrics.hpp.
#include <app/app_metrics.hpp>

#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>

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
    gauge("cloudretail_db_pool_size", "Reading sessions", &db::Statistics::pool_size);
    gauge("cloudretail_db_pool_in_use", "Reading sessions at work", &db::Statistics::pool_in_use);
    counter("cloudretail_db_pool_waits_total", "Reads that found all reading sessions at work",
            &db::Statistics::pool_waits);
    registry.gauge("cloudretail_module_up", "Whether a module can be used", labels,
                   [&part] { return part.usable() ? 1.0 : 0.0; });
}

void register_breakers(metrics::Registry& registry, const Part& part) {
    for (const resilience::Breaker* breaker : part.breakers()) {
        const metrics::Labels labels{{"breaker", breaker->name()}};
        registry.gauge("cloudretail_breaker_state", "0 closed, 1 half open, 2 open", labels,
                       [breaker] { return state_number(breaker->state()); });
        registry.counter_from("cloudretail_breaker_openings_total", "How often a circuit breaker opened",
                              labels, [breaker] { return static_cast<double>(breaker->view().openings); });
    }
}

/// What the last probe found waiting in a module's database.
void register_backlog(metrics::Registry& registry, const Part& part) {
    const metrics::Labels labels{{"module", part.name}};
    const auto gauge = [&](const char* name, const char* help, const metrics::Labels& its,
                           std::int64_t (*number)(const Backlog&)) {
        registry.gauge(name, help, its,
                       [&part, number] { return static_cast<double>(number(part.backlog())); });
    };
    gauge("cloudretail_relay_unpublished", "Events of an outbox that have no position yet", labels,
          [](const Backlog& b) { return b.outbox.unpublished; });
    gauge("cloudretail_outbox_kept", "Published events still kept", labels,
          [](const Backlog& b) { return b.outbox.kept; });
    gauge("cloudretail_dead_letters", "Events parked in a module's database", labels,
          [](const Backlog& b) { return b.outbox.dead_letters; });
    const char* const name = "cloudretail_sagas_stored";
    const char* const help =
        "Unfinished sagas in a module's database; overdue ones are counted again as such";
    const auto in_state = [&](const char* state) {
        return metrics::Labels{{"module", part.name}, {"state", state}};
    };
    gauge(name, help, in_state("running"), [](const Backlog& b) { return b.sagas.running; });
    gauge(name, help, in_state("pending"), [](const Backlog& b) { return b.sagas.pending; });
    gauge(name, help, in_state("compensating"), [](const Backlog& b) { return b.sagas.compensating; });
    gauge(name, help, in_state("overdue"), [](const Backlog& b) { return b.sagas.overdue; });
    registry.gauge(
        "cloudretail_relay_lag_seconds", "Age of the oldest event without a position", labels, [&part] {
            const Timestamp oldest = part.backlog().outbox.oldest_unpublished_at;
            const Timestamp now = part.module->database().clock().now();
            return oldest.ms == 0 ? 0.0
                                  : static_cast<double>(std::max<std::int64_t>(0, now.ms - oldest.ms)) / 1000;
        });
}

void register_bus(metrics::Registry& registry, const events::Bus& bus) {
    using Total = std::int64_t events::BusStatistics::*;
    const auto counter = [&](const char* name, const char* help, Total number) {
        registry.counter_from(name, help, {},
                              [&bus, number] { return static_cast<double>(bus.statistics().*number); });
    };
    counter("cloudretail_events_delivered_total", "Events handled by subscribers",
            &events::BusStatistics::delivered);
    counter("cloudretail_events_failures_total", "Deliveries that failed", &events::BusStatistics::failures);
    counter("cloudretail_events_dead_letters_total", "Events parked after their last attempt",
            &events::BusStatistics::dead_letters);
    for (const auto& [module, relay] : bus.statistics().relays) {
        registry.counter_from("cloudretail_relay_published_total",
                              "Events given a position by the relay of a module", {{"module", module}},
                              [&bus, name = module] {
                                  const auto relays = bus.statistics().relays;
                                  const auto at = relays.find(name);
                                  return at == relays.end() ? 0.0 : static_cast<double>(at->second.published);
                              });
    }
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

double entries_of(const char* folder) {
    std::error_code none;
    std::filesystem::directory_iterator entries(folder, none);
    return none ? 0 : static_cast<double>(std::distance(begin(entries), end(entries)));
}

double processor_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double allowed_files() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

/// Named as Prometheus' own client libraries name them.
void register_process(metrics::Registry& registry) {
    registry.gauge("process_resident_memory_bytes", "Resident memory", {}, resident_bytes);
    registry.gauge("process_open_fds", "Open files and sockets", {},
                   [] { return entries_of("/proc/self/fd"); });
    registry.gauge("process_max_fds", "Open files and sockets that are allowed", {}, allowed_files);
    registry.gauge("process_threads", "Threads", {}, [] { return entries_of("/proc/self/task"); });
    registry.counter_from("process_cpu_seconds_total", "Processor time used", {}, processor_seconds);
    const auto started = static_cast<double>(system_clock().now().ms) / 1000;
    registry.gauge("process_start_time_seconds", "When this process started, Unix time", {},
                   [started] { return started; });
}

void register_disk(metrics::Registry& registry, const DiskWatch& disk) {
    registry.gauge("cloudretail_disk_free_bytes", "Room on the data directory's disk", {},
                   [&disk] { return static_cast<double>(disk.state().free_bytes); });
    registry.gauge("cloudretail_disk_total_bytes", "Size of the data directory's disk", {},
                   [&disk] { return static_cast<double>(disk.state().total_bytes); });
    registry.gauge("cloudretail_data_directory_writable", "Whether the data directory takes what we write",
                   {}, [&disk] { return disk.state().writable ? 1.0 : 0.0; });
}

}  // namespace

void register_metrics(metrics::Registry& registry, const Parts& parts, const events::Bus& bus,
                      const saga::Engine& sagas, const runtime::Runtime& runtime, const DiskWatch& disk) {
    for (const auto& part : parts) {
        register_database(registry, *part);
        register_breakers(registry, *part);
        register_backlog(registry, *part);
    }
    register_disk(registry, disk);
    register_process(registry);
    register_bus(registry, bus);
    register_sagas(registry, sagas);
    registry.counter_from("cloudretail_task_failures_total", "Background tasks that ended with an exception",
                          {}, [&runtime] { return static_cast<double>(runtime.task_failures()); });
    registry.gauge("cloudretail_tasks", "Background tasks running", {},
                   [&runtime] { return static_cast<double>(runtime.running()); });
    registry.gauge("cloudretail_build_info", "Always 1; the version is in the label",
                   {{"version", CLOUDRETAIL_VERSION}}, [] { return 1.0; });
}

}  // namespace cloudretail::app
