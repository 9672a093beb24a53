// Rendering of the health reports; see health.hpp.
#include <app/health.hpp>

#include <algorithm>

namespace cloudretail::app {

namespace {

constexpr std::int64_t lagging =
    10'000;  // events a subscription may be behind before the bus counts as degraded

http::Response answer(int status, std::string body) {
    http::Response response = http::json_response(status, std::move(body));
    response.headers.set("Cache-Control", "no-store");
    return response;
}

http::Response simple(bool good) {
    return answer(good ? 200 : 503, good ? R"({"status":"ok"})" : R"({"status":"down"})");
}

void write_part(json::Writer& w, const Part& part, bool details) {
    w.key(part.name).begin_object().member("status", part.usable() ? "ok" : "down");
    if (details) {
        const auto& database = part.module->database();
        const auto numbers = database.statistics();
        w.member("database", database.dialect() == db::Dialect::sqlite ? "sqlite" : "postgresql");
        w.member("migrated", part.migrated.load()).member("answers", part.answers.load());
        w.member("breaker", numbers.breaker).member("writeQueue", numbers.queue_depth);
        w.member("readQueue", numbers.read_queue_depth).member("walBytes", numbers.wal_bytes);
        w.member("commits", numbers.commits)
            .member("jobs", numbers.jobs)
            .member("jobsFailed", numbers.jobs_failed);
        w.member("refused", numbers.refused);
    }
    w.end_object();
}

void write_bus(json::Writer& w, const events::BusStatistics& bus, bool details) {
    const bool behind =
        std::any_of(bus.lag.begin(), bus.lag.end(), [](const auto& l) { return l.second > lagging; });
    w.key("eventBus").begin_object().member("status", behind ? "degraded" : "ok");
    if (details) {
        w.member("published", bus.published)
            .member("delivered", bus.delivered)
            .member("failures", bus.failures);
        w.member("deadLetters", bus.dead_letters).key("lag").begin_object();
        for (const auto& [subscription, events] : bus.lag) w.member(subscription, events);
        w.end_object();
    }
    w.end_object();
}

void write_sagas(json::Writer& w, const saga::Statistics& sagas) {
    w.key("sagas").begin_object().member("status", "ok");
    w.member("running", sagas.running).member("open", sagas.open).member("completed", sagas.completed);
    w.member("compensated", sagas.compensated).member("retries", sagas.retries);
    w.member("recovered", sagas.recovered).end_object();
}

}  // namespace

http::Response Health::report(bool details) const {
    std::size_t usable = 0;
    for (const auto& part : parts_) usable += part->usable() ? 1 : 0;
    const bool down = !ready_ || usable == 0;
    json::Writer w;
    w.begin_object().member("status", down ? "down" : usable < parts_.size() ? "degraded" : "ok");
    w.member("ready", ready_.load()).key("parts").begin_object();
    for (const auto& part : parts_) write_part(w, *part, details);
    write_bus(w, bus_.statistics(), details);
    if (details) write_sagas(w, sagas_.statistics());
    w.end_object();
    if (details) w.member("version", CLOUDRETAIL_VERSION);
    w.end_object();
    return answer(down ? 503 : 200, w.take());
}

http::Response Health::liveness() const { return simple(true); }

http::Response Health::readiness() const { return simple(ready_); }

}  // namespace cloudretail::app
