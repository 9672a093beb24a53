// Probes, sweepers and late migrations; see housekeeping.hpp.
#include <app/housekeeping.hpp>

#include <app/upgrade.hpp>
#include <audit/audit.hpp>
#include <db/idempotency.hpp>
#include <db/lease.hpp>
#include <db/migrate.hpp>
#include <events/outbox.hpp>
#include <events/upkeep.hpp>
#include <log/log.hpp>
#include <resilience/backoff.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <stdexcept>

namespace cloudretail::app {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::int64_t slice_ms = 200;      // how soon a loop notices that it should end
constexpr int sweep_rows = 1000;            // of one transaction
constexpr int sweep_rounds = 100;           // of one table in one visit: the rest waits for the next
constexpr std::int64_t grace_ms = 60'000;   // past its deadline a saga has so long to be undone
constexpr std::int64_t longest_pauses = 4;  // between late migrations, in their first pauses
constexpr const char* sweep_lease = "sweep";

/// The position up to which every subscription of this process has read a module's events. However old an
/// event is, nobody who subscribes it loses it because its database was away.
std::int64_t read_by_all(const events::Bus& bus, const std::string& module) {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (const auto& [name, subscription] : bus.statistics().subscriptions)
        if (subscription.source == module) least = std::min(least, subscription.position);
    return least;
}

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
    Chores(Part& p, std::shared_ptr<std::atomic<bool>> s, HousekeepingTimes t, std::vector<Sweep> tables)
        : part(p),
          stopping(std::move(s)),
          times(t),
          sweeps(std::move(tables)),
          probing(p.name + ".probe", p.module->database().clock()),
          sweeping(p.name + ".sweep", p.module->database().clock()) {}

    Part& part;
    std::shared_ptr<std::atomic<bool>> stopping;
    const HousekeepingTimes times;
    const std::vector<Sweep> sweeps;
    std::vector<metrics::Counter*> swept{};  // of each sweep
    Job probing, sweeping;
    const std::string owner = make_uuid().to_string();  // of the lease: this process
    Steady::time_point next_probe{}, next_sweep = Steady::now() + times.sweep;
};

Housekeeping::Housekeeping(const Parts& parts, runtime::Runtime& runtime, const events::Bus& bus,
                           metrics::Registry& metrics, const config::Config& config, HousekeepingTimes times)
    : parts_(parts),
      runtime_(runtime),
      bus_(bus),
      metrics_(metrics),
      config_(config),
      times_(times),
      stopping_(std::make_shared<std::atomic<bool>>(false)) {}

Housekeeping::~Housekeeping() { stop(); }

/// What every module's database keeps besides its own tables, then the module's own.
std::vector<Sweep> Housekeeping::sweeps_of(Part& part) const {
    const std::int64_t answers = config_.duration_ms("idempotency.retention");
    const std::int64_t events = config_.duration_ms("events.retention");
    const std::int64_t letters = config_.duration_ms("events.dead_letter_retention");
    const std::int64_t trail = config_.duration_ms("audit.retention");
    std::vector<std::string> names;
    for (const auto& [name, subscription] : bus_.statistics().subscriptions) {
        if (subscription.module == part.name) names.push_back(name);
    }
    std::vector<Sweep> all{
        {"idempotency", [answers](db::Tx& tx, int limit) { return db::sweep(tx, answers, limit); }},
        {"outbox",
         [events, &bus = bus_, name = part.name](db::Tx& tx, int limit) {
             return events::sweep(tx, events, limit, read_by_all(bus, name));
         }},
        {"dead_letters",
         [letters](db::Tx& tx, int limit) { return events::sweep_dead_letters(tx, letters, limit); }},
        {"audit", [trail](db::Tx& tx, int limit) { return audit::sweep(tx, trail, limit); }},
        {"subscriptions",
         [events, names](db::Tx& tx, int limit) {
             return events::sweep_subscriptions(tx, names, events, limit);
         }},
    };
    std::ranges::move(part.module->sweeps(), std::back_inserter(all));
    return all;
}

void Housekeeping::start() {
    bool late = false;
    for (const auto& part : parts_) {
        late = late || !part->migrated;
        auto chores = std::make_shared<Chores>(*part, stopping_, times_, sweeps_of(*part));
        for (const Sweep& sweep : chores->sweeps) {
            chores->swept.push_back(&metrics_.counter("cloudretail_swept_rows_total",
                                                      "Rows deleted because their time was over",
                                                      {{"module", part->name}, {"table", sweep.table}}));
        }
        chores_.push_back(chores);
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

std::vector<JobView> Housekeeping::jobs() const {
    std::vector<JobView> all;
    for (const auto& chores : chores_) {
        all.push_back(chores->probing.view());
        all.push_back(chores->sweeping.view());
    }
    return all;
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

/// Asks how much waits; asked of a database that is away, it is also the breaker's trial.
Task<void> Housekeeping::probe(std::shared_ptr<Chores> chores) {
    bool answers = false;
    std::string error;
    Part& part = chores->part;
    const Timestamp overdue_since = part.module->database().clock().now().plus_ms(-grace_ms);
    auto look = [migrated = part.migrated.load(), overdue_since](db::Session& session) {
        if (!migrated) return session.number("SELECT 1") == 1 ? Backlog{} : Backlog{};
        return Backlog{events::outbox_state(session), saga::counts(session, overdue_since)};
    };
    chores->probing.began();
    try {
        const Backlog backlog = co_await part.module->database().read(look);
        part.set_backlog(backlog);
        answers = true;
    } catch (const std::exception& e) {
        error = e.what();
    }
    chores->probing.ended(error, chores->times.probe.count());
    if (answers == part.answers.exchange(answers)) co_return;
    if (answers) {
        log::info("a database answers again", {{"module", part.name}});
    } else {
        log::error("a database does not answer", {{"module", part.name}, {"error", error}});
    }
}

/// All tables of one module, one after the other; a table that cannot be swept does not keep the others from
/// it.
Task<void> Housekeeping::sweep(std::shared_ptr<Chores> chores) {
    chores->sweeping.began();
    std::string errors;
    bool ours = false;
    try {
        // Longer than the pause between two visits, so that the work stays with the process that has it.
        auto lease = [owner = chores->owner, ms = 2 * chores->times.sweep.count()](db::Tx& tx) {
            return db::hold_lease(tx, sweep_lease, owner, ms);
        };
        ours = co_await chores->part.module->database().write(lease);
    } catch (const std::exception& e) {
        errors = e.what();
    }
    for (std::size_t i = 0; ours && i < chores->sweeps.size(); ++i) {
        const std::string error = co_await sweep_table(chores, i);
        if (!error.empty()) errors += (errors.empty() ? "" : "; ") + chores->sweeps[i].table + ": " + error;
    }
    if (!errors.empty()) log::warning("sweeping failed", {{"module", chores->part.name}, {"error", errors}});
    chores->sweeping.ended(errors, chores->times.sweep.count());
}

/// Answers what went wrong, empty where nothing did.
Task<std::string> Housekeeping::sweep_table(std::shared_ptr<Chores> chores, std::size_t index) {
    const Sweep& table = chores->sweeps[index];
    try {
        for (int round = 0; round < sweep_rounds && !*chores->stopping; ++round) {
            auto job = [&table](db::Tx& tx) { return table.run(tx, sweep_rows); };
            const std::int64_t rows = co_await chores->part.module->database().write(job);
            chores->swept[index]->add(rows);
            if (rows < sweep_rows) break;
        }
    } catch (const std::exception& e) {
        co_return e.what();
    }
    co_return std::string();
}

void Housekeeping::migrate_late() {
    const bool apply = config_.flag("database.migrate");
    std::string last;  // a lasting trouble is told once
    int attempt = 0;
    for (bool all = false; !all;) {
        all = true;
        ++attempt;
        for (const auto& part : parts_) {
            if (part->migrated) continue;
            try {
                Part* const late = part.get();
                if (apply)
                    back_up_before_migrating({config_, runtime_, parts_, *stopping_}, std::span(&late, 1));
                bring_up_to_date(*part, apply);
                log::info("a module's database has come", {{"module", part->name}});
            } catch (const std::exception& e) {
                all = false;
                if (last == e.what()) continue;
                last = e.what();
                log::warning("a module waits for its database", {{"module", part->name}, {"error", last}});
            }
        }
        if (all) return;
        const std::int64_t first = times_.migrate.count();
        const std::chrono::milliseconds pause(resilience::backoff_ms(attempt, first, longest_pauses * first));
        std::unique_lock lock(mutex_);
        if (stopped_.wait_for(lock, pause, [this] { return stopping_->load(); })) return;
    }
}

}  // namespace cloudretail::app
