// See admin_render.hpp.
#include <app/admin_render.hpp>

namespace cloudretail::app {

namespace {

/// A time, or null where there was none.
json::Writer& maybe_time(json::Writer& w, std::string_view name, Timestamp at) {
    w.key(name);
    return at.ms == 0 ? w.null() : w.value(at);
}

/// A text, or null where it is empty.
json::Writer& maybe_text(json::Writer& w, std::string_view name, std::string_view text) {
    w.key(name);
    return text.empty() ? w.null() : w.value(text);
}

json::Writer begin_row(const std::string& module, std::string_view id) {
    json::Writer w;
    w.begin_object().member("id", module + ":" + std::string(id)).member("module", module);
    return w;
}

void write_module(json::Writer& w, const Part& part) {
    const auto& database = part.module->database();
    const auto numbers = database.statistics();
    const Backlog backlog = part.backlog();
    w.begin_object().member("name", part.name).member("status", part.usable() ? "ok" : "down");
    w.member("database", database.dialect() == db::Dialect::sqlite ? "sqlite" : "postgresql");
    w.member("migrated", part.migrated.load()).member("breaker", numbers.breaker);
    w.member("writeQueue", numbers.queue_depth).member("readQueue", numbers.read_queue_depth);
    w.member("poolSize", numbers.pool_size).member("poolInUse", numbers.pool_in_use);
    w.member("unpublishedEvents", backlog.outbox.unpublished)
        .member("deadLetters", backlog.outbox.dead_letters);
    w.key("sagas").begin_object().member("running", backlog.sagas.running);
    w.member("pending", backlog.sagas.pending).member("compensating", backlog.sagas.compensating);
    w.member("overdue", backlog.sagas.overdue).end_object().end_object();
}

void write_job(json::Writer& w, const JobView& job) {
    w.begin_object().member("name", job.name).member("running", job.running);
    maybe_time(w, "lastRunAt", job.last_run_at);
    w.member("lastDurationMs", job.last_duration_ms);
    maybe_text(w, "lastError", job.last_error);
    maybe_time(w, "nextRunAt", job.next_run_at);
    w.member("runs", job.runs).member("failures", job.failures).end_object();
}

std::vector<JobView> all_jobs(const AdminDesk& desk) {
    std::vector<JobView> jobs = desk.housekeeping.jobs();
    jobs.push_back(desk.disk.job());
    for (const auto& part : desk.parts)
        for (const Job* job : part->module->jobs()) jobs.push_back(job->view());
    return jobs;
}

struct Totals {
    std::int64_t dead_letters = 0, unpublished = 0, sagas = 0, overdue = 0, breakers = 0, jobs = 0;
};

Totals totals_of(const AdminDesk& desk) {
    Totals totals;
    for (const auto& part : desk.parts) {
        const Backlog b = part->backlog();
        totals.dead_letters += b.outbox.dead_letters;
        totals.unpublished += b.outbox.unpublished;
        totals.sagas += b.sagas.running + b.sagas.pending + b.sagas.compensating;
        totals.overdue += b.sagas.overdue;
        for (const resilience::Breaker* breaker : part->breakers())
            totals.breakers += breaker->state() == "closed" ? 0 : 1;
    }
    for (const JobView& job : all_jobs(desk)) totals.jobs += job.last_error.empty() ? 0 : 1;
    return totals;
}

}  // namespace

std::string overview_json(const AdminDesk& desk) {
    const Totals totals = totals_of(desk);
    const DiskState disk = desk.disk.state();
    json::Writer w;
    w.begin_object().member("version", CLOUDRETAIL_VERSION).member("status", desk.health.status());
    w.member("ready", desk.health.ready()).member("startedAt", desk.started_at);
    w.member("uptimeSeconds", (desk.clock.now().ms - desk.started_at.ms) / 1000);
    w.member("deadLetters", totals.dead_letters).member("unpublishedEvents", totals.unpublished);
    w.member("openSagas", totals.sagas).member("overdueSagas", totals.overdue);
    w.member("openBreakers", totals.breakers).member("failingJobs", totals.jobs);
    w.key("disk").begin_object().member("freeBytes", disk.free_bytes).member("totalBytes", disk.total_bytes);
    w.member("writable", disk.writable).end_object();
    w.key("modules").begin_array();
    for (const auto& part : desk.parts) write_module(w, *part);
    w.end_array().end_object();
    return w.take();
}

std::string breakers_json(const Parts& parts) {
    json::Writer w;
    w.begin_object().key("items").begin_array();
    for (const auto& part : parts) {
        for (const resilience::Breaker* breaker : part->breakers()) {
            const resilience::BreakerView view = breaker->view();
            w.begin_object().member("name", view.name).member("module", part->name);
            w.member("state", view.state).member("failures", view.failures).member("openings", view.openings);
            maybe_time(w, "openedAt", view.opened_at);
            maybe_time(w, "nextTrialAt", view.trial_at);
            w.end_object();
        }
    }
    w.end_array().end_object();
    return w.take();
}

std::string jobs_json(const AdminDesk& desk) {
    json::Writer w;
    w.begin_object().key("items").begin_array();
    for (const JobView& job : all_jobs(desk)) write_job(w, job);
    w.end_array().end_object();
    return w.take();
}

std::string outbox_members(const AdminDesk& desk) {
    const events::BusStatistics bus = desk.bus.statistics();
    json::Writer modules;
    modules.begin_array();
    for (const auto& part : desk.parts) {
        const events::OutboxState outbox = part->backlog().outbox;
        const auto relay = bus.relays.find(part->name);
        const events::RelayView view = relay == bus.relays.end() ? events::RelayView{} : relay->second;
        modules.begin_object().member("module", part->name).member("unpublished", outbox.unpublished);
        maybe_time(modules, "oldestUnpublishedAt", outbox.oldest_unpublished_at);
        modules.member("kept", outbox.kept).member("lastPosition", view.head);
        modules.member("published", view.published).member("failures", view.troubles);
        maybe_text(modules, "error", view.error).end_object();
    }
    modules.end_array();
    json::Writer subscriptions;
    subscriptions.begin_array();
    for (const auto& [name, s] : bus.subscriptions) {
        subscriptions.begin_object()
            .member("name", name)
            .member("source", s.source)
            .member("module", s.module);
        subscriptions.member("position", s.position).member("lag", s.lag).member("failures", s.troubles);
        maybe_text(subscriptions, "error", s.error).end_object();
    }
    subscriptions.end_array();
    return "\"modules\":" + modules.take() + ",\"subscriptions\":" + subscriptions.take();
}

std::string to_json(const saga::Listed& saga, const std::string& module,
                    const std::optional<saga::Progress>& here, Timestamp now) {
    json::Writer w = begin_row(module, saga.id.to_string());
    w.member("type", saga.type).member("subject", saga.id.to_string()).member("state", saga.state);
    maybe_text(w, "step", here ? here->step : std::string());
    w.member("attempts", here ? here->attempts : saga.attempts).member("drivenHere", here.has_value());
    maybe_text(w, "reason", saga.reason);
    w.member("deadline", saga.deadline).member("overdue", saga.deadline.ms < now.ms);
    w.member("leaseUntil", saga.lease_until).member("createdAt", saga.created_at);
    w.member("updatedAt", saga.updated_at).end_object();
    return w.take();
}

std::string to_json(const events::OutboxEntry& event, const std::string& module) {
    json::Writer w = begin_row(module, std::to_string(event.id));
    w.member("eventId", event.event_id).member("type", event.type).member("subject", event.subject);
    w.member("at", event.at).member("position", event.position).member("publishedAt", event.published_at);
    w.end_object();
    return w.take();
}

std::string to_json(const events::DeadLetter& letter, const std::string& module) {
    json::Writer w = begin_row(module, std::to_string(letter.id));
    w.member("subscription", letter.subscription).member("source", letter.source);
    w.member("eventId", letter.event.id.to_string()).member("type", letter.event.type);
    w.member("subject", letter.event.subject).key("data").raw(letter.event.data);
    w.member("eventAt", letter.event.at).member("position", letter.event.position);
    w.member("error", letter.error).member("attempts", letter.attempts);
    w.member("parkedAt", letter.parked_at).end_object();
    return w.take();
}

std::string to_json(const audit::Entry& entry, const std::string& module) {
    json::Writer w = begin_row(module, std::to_string(entry.seq));
    w.member("at", entry.at).member("actor", entry.actor).member("action", entry.action);
    w.member("subject", entry.subject).key("details").raw(entry.details);
    maybe_text(w, "requestId", entry.request_id).member("hash", entry.hash).end_object();
    return w.take();
}

}  // namespace cloudretail::app
