// The engine's loops on the background context: scan renews leases and claims sagas that nobody drives, watch
// ends attempts whose time is over and, when stopping, waits for those under way. Not the driving itself
// (run.cpp).
#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <log/log.hpp>

#include "engine_impl.hpp"
#include "store.hpp"

namespace cloudretail::saga {
namespace {

constexpr int claim_limit = 256;
constexpr std::size_t renew_limit = 256;
constexpr std::int64_t stopping_look_ms = 5;

Task<void> sleep(boost::asio::steady_timer* timer, std::int64_t ms) {
    timer->expires_after(std::chrono::milliseconds(ms));
    boost::system::error_code ignored;
    co_await timer->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
}

/// A loop's timer, known to the engine while the loop lives.
class LoopTimer {
  public:
    LoopTimer(boost::asio::io_context& context, boost::asio::steady_timer*& slot)
        : timer_(context), slot_(slot) {
        slot_ = &timer_;
    }
    ~LoopTimer() { slot_ = nullptr; }
    LoopTimer(const LoopTimer&) = delete;
    boost::asio::steady_timer* get() { return &timer_; }

  private:
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer*& slot_;
};

/// Builds the run of a claimed row; nullptr where `restore` threw.
RunPtr revive(const std::shared_ptr<Engine::Impl>& engine, const Definition* definition, store::Stored stored,
              Timestamp lease_until) {
    auto run = std::make_shared<Run>();
    run->engine = engine;
    run->definition = definition;
    run->recovered = true;
    run->lease_until = lease_until;
    Instance& instance = run->instance;
    instance.id = stored.id;
    instance.type = std::move(stored.type);
    instance.data = std::move(stored.data);
    instance.deadline = stored.deadline;
    run->pending_stored = stored.state == "pending";
    if (stored.state == "compensating") {
        instance.compensating = true;
        instance.reason = std::move(stored.reason);
        run->turn_stored = true;
        run->to_undo = definition->steps.size();
    }
    if (definition->restore) instance.state = definition->restore(instance);
    return run;
}

}  // namespace

Task<void> Engine::Impl::renew(db::Database* database) {
    const Timestamp now = database->clock().now();
    const Timestamp until = now.plus_ms(settings.lease_ms);
    std::vector<Uuid> ids;
    {
        // Those that ran through within half a lease, nearly all, are never renewed.
        const std::lock_guard lock(mutex);
        for (const auto& [id, run] : runs) {
            if (run->definition->database != database) continue;
            if (run->lease_until.ms - now.ms > settings.lease_ms / 2) continue;
            if (ids.size() < renew_limit) ids.push_back(id);
        }
    }
    if (ids.empty()) co_return;
    const std::string* me = &owner;
    auto job = [ids, me, until](db::Tx& tx) { return store::renew(tx, ids, *me, until); };
    const std::vector<Uuid> renewed = co_await database->write(job);
    const std::lock_guard lock(mutex);
    for (const Uuid& id : renewed) {
        if (auto found = runs.find(id); found != runs.end()) found->second->lease_until = until;
    }
}

Task<void> Engine::Impl::claim(const Definition* definition) {
    db::Database* database = definition->database;
    const std::string* me = &owner;
    const std::string* type = &definition->type;
    const Timestamp now = database->clock().now();
    auto look = [me, type, now](db::Session& session) { return store::claimable(session, *type, *me, now); };
    bool more = co_await database->read(look);
    while (more && !stopping) {
        const Timestamp until = database->clock().now().plus_ms(settings.lease_ms);
        auto job = [me, type, until](db::Tx& tx) { return store::claim(tx, *type, *me, until, claim_limit); };
        std::vector<store::Stored> claimed = co_await database->write(job);
        more = claimed.size() == static_cast<std::size_t>(claim_limit);
        for (store::Stored& stored : claimed) {
            const Uuid id = stored.id;
            {
                const std::lock_guard lock(mutex);
                if (parked.contains(id)) continue;
                if (auto found = runs.find(id); found != runs.end()) {
                    found->second->lease_until = until;  // ours, only its lease had run out
                    continue;
                }
            }
            RunPtr run;
            try {
                run = revive(shared_from_this(), definition, std::move(stored), until);
            } catch (const std::exception& e) {
                log::error("a saga cannot be restored and is parked",
                           {{"saga", *type}, {"id", id.to_string()}, {"error", e.what()}});
                const std::lock_guard lock(mutex);
                parked.insert(id);
                continue;
            }
            if (!add(run)) continue;
            ++recovered;
            ++open;
            run->counted_open = true;
            drive(std::move(run));
        }
    }
}

Task<void> Engine::Impl::scan(std::shared_ptr<Impl> self) {
    LoopTimer timer(self->runtime.background(), self->scan_timer);
    std::vector<db::Database*> databases;
    for (const auto& [type, definition] : self->definitions) databases.push_back(definition.database);
    std::ranges::sort(databases);
    databases.erase(std::unique(databases.begin(), databases.end()), databases.end());
    int failed = 0;  // scans in a row; the first is told of
    while (!self->stopping) {
        std::string trouble;
        for (db::Database* database : databases) {
            if (self->stopping) co_return;
            try {
                co_await self->renew(database);
            } catch (const std::exception& e) {
                trouble = e.what();
            }
        }
        for (const auto& [type, definition] : self->definitions) {
            if (self->stopping) co_return;
            try {
                co_await self->claim(&definition);
            } catch (const std::exception& e) {
                trouble = e.what();
            }
        }
        failed = trouble.empty() ? 0 : failed + 1;
        if (failed == 1) log::warning("unfinished sagas cannot be claimed or kept", {{"error", trouble}});
        const EngineSettings& settings = self->settings;
        const std::int64_t pause =
            failed == 0 ? settings.scan_ms
                        : resilience::backoff_ms(failed, settings.scan_ms,
                                                 std::max(settings.scan_ms, settings.lease_ms / 2),
                                                 settings.jitter());
        if (!self->stopping) co_await sleep(timer.get(), pause);
    }
}

/// Attempts whose time is over count as unknown.
void Engine::Impl::expire() {
    struct Overdue {
        RunPtr run;
        std::uint64_t number;
    };
    std::vector<Overdue> overdue;
    const std::int64_t now = steady_ms();
    {
        const std::lock_guard lock(mutex);
        for (const auto& [id, run] : runs) {
            const std::uint64_t number = run->open_attempt.load(std::memory_order_acquire);
            if (number != 0 && run->due_ms.load(std::memory_order_relaxed) <= now)
                overdue.push_back({run, number});
        }
    }
    for (Overdue& o : overdue) {
        close_attempt(std::move(o.run), o.number, StepResult{StepResult::Kind::unknown, "timeout"});
    }
}

bool Engine::Impl::idle() const {
    const std::lock_guard lock(mutex);
    return runs.empty();
}

Task<void> Engine::Impl::watch(std::shared_ptr<Impl> self) {
    LoopTimer timer(self->runtime.background(), self->watch_timer);
    std::int64_t shortest = 1'000;
    for (const auto& [type, definition] : self->definitions) {
        for (const Step& step : definition.steps) shortest = std::min(shortest, step.timeout_ms);
    }
    const std::int64_t look_ms = std::clamp<std::int64_t>(shortest / 4, 2, 250);
    while (!self->stopping || !self->idle()) {
        co_await sleep(timer.get(), self->stopping ? stopping_look_ms : look_ms);
        self->expire();
    }
}

}  // namespace cloudretail::saga
