// Rendering of the health reports; see health.hpp. What makes a part, and the whole, degraded or down is in
// docs/fault-tolerance.md.
#include <app/health.hpp>

#include <algorithm>

namespace cloudretail::app {

namespace {

constexpr const char* retry_after_s = "5";

http::Response answer(int status, std::string body) {
    http::Response response = http::json_response(status, std::move(body));
    response.headers.set("Cache-Control", "no-store");
    if (status == 503) response.headers.set("Retry-After", retry_after_s);
    return response;
}

http::Response simple(bool good) {
    return answer(good ? 200 : 503, good ? R"({"status":"ok"})" : R"({"status":"down"})");
}

std::string_view ok_or_degraded(bool good) { return good ? "ok" : "degraded"; }

void write_database(json::Writer& w, const Part& part) {
    const auto& database = part.module->database();
    const auto numbers = database.statistics();
    w.member("database", database.dialect() == db::Dialect::sqlite ? "sqlite" : "postgresql");
    w.member("migrated", part.migrated.load()).member("answers", part.answers.load());
    w.member("breaker", numbers.breaker).member("writeQueue", numbers.queue_depth);
    w.member("readQueue", numbers.read_queue_depth).member("walBytes", numbers.wal_bytes);
    w.member("poolSize", numbers.pool_size).member("poolInUse", numbers.pool_in_use);
    w.member("commits", numbers.commits).member("jobs", numbers.jobs);
    w.member("jobsFailed", numbers.jobs_failed).member("refused", numbers.refused);
}

}  // namespace

std::vector<const resilience::Breaker*> Part::breakers() const {
    auto all = module->database().breakers();
    const auto own = module->breakers();
    all.insert(all.end(), own.begin(), own.end());
    return all;
}

Backlog Part::backlog() const {
    const std::lock_guard lock(mutex_);
    return backlog_;
}

void Part::set_backlog(const Backlog& backlog) {
    const std::lock_guard lock(mutex_);
    backlog_ = backlog;
}

/// The report under way: its text, and whether all parts so far are well.
struct Health::Report {
    const bool details;
    json::Writer w{};
    bool good = true;

    /// Begins the part `name`; end_object() ends it.
    void begin(std::string_view name, bool part_good, std::string_view bad = "degraded") {
        good = good && part_good;
        w.key(name).begin_object().member("status", part_good ? "ok" : bad);
    }
    void modules(const Parts& parts) {
        for (const auto& part : parts) {
            begin(part->name, part->usable(), "down");
            if (details) write_database(w, *part);
            w.end_object();
        }
    }
    void bus(const events::BusStatistics& bus, const HealthLimits& limits) {
        const auto behind = [&](const auto& s) {
            return s.second.lag > limits.events_behind || s.second.troubles > 0;
        };
        begin("eventBus", std::none_of(bus.subscriptions.begin(), bus.subscriptions.end(), behind));
        if (details) {
            w.member("published", bus.published).member("delivered", bus.delivered);
            w.member("failures", bus.failures).member("deadLetters", bus.dead_letters);
            w.key("lag").begin_object();
            for (const auto& [subscription, events] : bus.lag) w.member(subscription, events);
            w.end_object();
        }
        w.end_object();
    }
    void relays(const events::BusStatistics& bus, const Parts& parts, const HealthLimits& limits) {
        bool well = true;
        json::Writer each;
        each.begin_object();
        for (const auto& part : parts) {
            const auto relay = bus.relays.find(part->name);
            const std::int64_t waiting = part->backlog().outbox.unpublished;
            const bool fine =
                waiting <= limits.events_behind && (relay == bus.relays.end() || relay->second.troubles == 0);
            well = well && fine;
            each.key(part->name).begin_object().member("status", ok_or_degraded(fine));
            if (details) each.member("unpublished", waiting);
            each.end_object();
        }
        each.end_object();
        begin("relays", well);
        w.key("modules").raw(each.take()).end_object();
    }
    void sagas(const saga::Statistics& sagas, const Parts& parts) {
        std::int64_t overdue = 0;
        for (const auto& part : parts) overdue += part->backlog().sagas.overdue;
        begin("sagas", overdue == 0);
        if (details) {
            w.member("running", sagas.running).member("open", sagas.open).member("overdue", overdue);
            w.member("completed", sagas.completed).member("compensated", sagas.compensated);
            w.member("retries", sagas.retries).member("recovered", sagas.recovered);
        }
        w.end_object();
    }
    void breakers(const Parts& parts) {
        bool closed = true;
        json::Writer each;
        each.begin_object();
        for (const auto& part : parts) {
            for (const resilience::Breaker* breaker : part->breakers()) {
                closed = closed && breaker->state() != "open";
                if (details) each.member(breaker->name(), breaker->state());
            }
        }
        each.end_object();
        begin("circuitBreakers", closed);
        if (details) w.key("states").raw(each.take());
        w.end_object();
    }
    void disk(const DiskState& disk, const HealthLimits& limits) {
        begin("disk", !disk.looked || disk.free_bytes >= limits.disk_free_bytes);
        if (details) w.member("freeBytes", disk.free_bytes).member("totalBytes", disk.total_bytes);
        w.end_object();
        begin("dataDirectory", disk.writable);
        if (details && !disk.writable) w.member("error", disk.error);
        w.end_object();
    }
    void conditions(const Parts& parts) {
        for (const auto& part : parts) {
            for (const Condition& condition : part->module->conditions()) {
                begin(part->name + "." + condition.name, condition.good);
                if (details && !condition.detail.empty()) w.member("detail", condition.detail);
                w.end_object();
            }
        }
    }
};

Health::Report Health::look(bool details) const {
    const events::BusStatistics bus = bus_.statistics();
    Report report{.details = details};
    report.w.begin_object();
    report.modules(parts_);
    report.bus(bus, limits_);
    report.relays(bus, parts_, limits_);
    report.sagas(sagas_.statistics(), parts_);
    report.breakers(parts_);
    report.disk(disk_.state(), limits_);
    report.conditions(parts_);
    report.w.end_object();
    return report;
}

bool Health::down() const {
    return !ready_ || std::none_of(parts_.begin(), parts_.end(), [](const auto& p) { return p->usable(); });
}

std::string_view Health::status() const { return down() ? "down" : ok_or_degraded(look(false).good); }

http::Response Health::report(bool details) const {
    const bool is_down = down();
    Report parts = look(details);
    json::Writer w;
    w.begin_object().member("status", is_down ? "down" : ok_or_degraded(parts.good));
    w.member("ready", ready_.load()).key("parts").raw(parts.w.take());
    if (details) w.member("version", CLOUDRETAIL_VERSION);
    w.end_object();
    return answer(is_down ? 503 : 200, w.take());
}

http::Response Health::liveness() const { return simple(true); }

http::Response Health::readiness() const { return simple(ready_); }

}  // namespace cloudretail::app
