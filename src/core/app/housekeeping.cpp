// Probes, sweepers and late migrations; see housekeeping.hpp.
#include <app/housekeeping.hpp>

#include <db/idempotency.hpp>
#include <db/migrate.hpp>
#include <events/outbox.hpp>
#include <log/log.hpp>

#include <chrono>
#include <stdexcept>

namespace cloudretail::app {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::int64_t slice_ms = 200;  // how soon a loop notices that it should end
constexpr int sweep_rows = 1000;        // of one transaction
constexpr int sweep_rounds = 100;       // of one visit: the rest waits for the next

}  // namespace

void bring_up_to_date(Part& part, bool apply) {
    const auto names = db::migrate(part.module->database(), !apply);
    if (!apply && !names.empty())
        throw std::runtime_error(
            part.name + ": " + std::to_string(names.size()) +
            " migrations are not applied (database.migrate is off): cloudretail migrate");
    part.migrated = true;
}

struct Housekeeping::Chores {
    Part& part;
    std::shared_ptr<std::atomic<bool>> stopping;
    HousekeepingTimes times;
    std::int64_t idempotency_ms, events_ms;
    metrics::Counter& swept_keys;
    metrics::Counter& swept_events;
    Steady::time_point next_probe{}, next_sweep = Steady::now() + times.sweep;
};

Housekeeping::Housekeeping(const Parts& parts, runtime::Runtime& runtime, metrics::Registry& metrics,
                           const config::Config& config, HousekeepingTimes times)
    : parts_(parts),
      runtime_(runtime),
      metrics_(metrics),
      config_(config),
      times_(times),
      stopping_(std::make_shared<std::atomic<bool>>(false)) {}

Housekeeping::~Housekeeping() { stop(); }

void Housekeeping::start() {
    bool late = false;
    for (const auto& part : parts_) {
        late = late || !part->migrated;
        const auto swept = [&](const char* table) -> metrics::Counter& {
            return metrics_.counter("cloudretail_swept_rows_total",
                                    "Rows deleted because their time was over",
                                    {{"module", part->name}, {"table", table}});
        };
        auto chores = std::make_shared<Chores>(
            Chores{*part, stopping_, times_, config_.duration_ms("idempotency.retention"),
                   config_.duration_ms("events.retention"), swept("idempotency"), swept("outbox")});
        runtime_.spawn(runtime_.background(), "housekeeping",
                       [chores = std::move(chores)] { return keep_house(chores); });
    }
    if (late) migrator_ = std::thread([this] { migrate_late(); });
}

void Housekeeping::stop() {
    {
        const std::lock_guard lock(mutex_);
        *stopping_ = true;
    }
    stopped_.notify_all();
    if (migrator_.joinable()) migrator_.join();
}

Task<void> Housekeeping::keep_house(std::shared_ptr<Chores> chores) {
    while (!*chores->stopping) {
        const auto now = Steady::now();
        if (now >= chores->next_probe) {
            co_await probe(chores);
            chores->next_probe = now + chores->times.probe;
        }
        if (now >= chores->next_sweep && chores->part.usable()) {
            co_await sweep(chores);
            chores->next_sweep = now + chores->times.sweep;
        }
        co_await runtime::sleep_ms(slice_ms);
    }
}

/// A question that any database answers; asked of one that is away, it is also the breaker's trial.
Task<void> Housekeeping::probe(std::shared_ptr<Chores> chores) {
    bool answers = false;
    std::string error;
    try {
        answers = co_await chores->part.module->database().read(
            [](db::Session& session) { return session.number("SELECT 1") == 1; });
    } catch (const std::exception& e) {
        error = e.what();
    }
    if (answers == chores->part.answers.exchange(answers)) co_return;
    if (answers) {
        log::info("a database answers again", {{"module", chores->part.name}});
    } else {
        log::error("a database does not answer", {{"module", chores->part.name}, {"error", error}});
    }
}

Task<void> Housekeeping::sweep(std::shared_ptr<Chores> chores) {
    auto& database = chores->part.module->database();
    try {
        for (int round = 0; round < sweep_rounds && !*chores->stopping; ++round) {
            const std::int64_t keys = co_await database.write(
                [ms = chores->idempotency_ms](db::Tx& tx) { return db::sweep(tx, ms, sweep_rows); });
            const std::int64_t events = co_await database.write(
                [ms = chores->events_ms](db::Tx& tx) { return events::sweep(tx, ms, sweep_rows); });
            chores->swept_keys.add(keys);
            chores->swept_events.add(events);
            if (keys < sweep_rows && events < sweep_rows) co_return;
        }
    } catch (const std::exception& e) {
        log::warning("sweeping failed", {{"module", chores->part.name}, {"error", e.what()}});
    }
}

void Housekeeping::migrate_late() {
    const bool apply = config_.flag("database.migrate");
    std::string last;  // a lasting trouble is told once
    for (bool all = false; !all;) {
        all = true;
        for (const auto& part : parts_) {
            if (part->migrated) continue;
            try {
                bring_up_to_date(*part, apply);
                log::info("a module's database has come", {{"module", part->name}});
            } catch (const std::exception& e) {
                all = false;
                if (last == e.what()) continue;
                last = e.what();
                log::warning("a module waits for its database", {{"module", part->name}, {"error", last}});
            }
        }
        std::unique_lock lock(mutex_);
        if (stopped_.wait_for(lock, all ? std::chrono::milliseconds(0) : times_.migrate,
                              [this] { return stopping_->load(); }))
            return;
    }
}

}  // namespace cloudretail::app
