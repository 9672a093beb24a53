// How one saga advances: attempts of steps and compensations, backoff, the turn to compensating, and the end.
// Not the claiming of other processes' sagas (recovery.cpp). Thread rule: see engine_impl.hpp; a Run is never
// touched after the call that gives it up.
#include <boost/asio/post.hpp>
#include <log/log.hpp>
#include <resilience/backoff.hpp>

#include "engine_impl.hpp"
#include "store.hpp"

namespace cloudretail::saga {
namespace {

/// Attempts of one step after which a waiting caller is told "pending".
constexpr int patience = 3;

std::string text_of(std::exception_ptr e) {
    try {
        std::rethrow_exception(e);
    } catch (const std::exception& x) {
        return std::string(x.what()).substr(0, 300);
    } catch (...) {
        return "unknown exception";
    }
}

void warn(const Run& run, std::string_view message, const std::string& reason) {
    log::warning(message, {{"saga", run.instance.type},
                           {"id", run.instance.id.to_string()},
                           {"step", static_cast<std::int64_t>(run.instance.step)},
                           {"attempt", run.instance.attempts},
                           {"reason", reason}});
}

}  // namespace

std::int64_t steady_ms() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

/// Starts whatever comes next.
void Engine::Impl::drive(RunPtr run) {
    if (stopping) return leave(std::move(run));
    Instance& instance = run->instance;
    const auto& steps = run->definition->steps;
    if (instance.compensating) {
        if (!run->turn_stored) return store_turn(std::move(run));
        while (run->to_undo > 0 && !steps[run->to_undo - 1].compensation) --run->to_undo;
        if (run->to_undo == 0) return end(std::move(run));
        instance.step = run->to_undo - 1;
        const Step& step = steps[instance.step];
        return attempt(std::move(run), step.compensation, step.timeout_ms);
    }
    if (instance.step == steps.size()) return end(std::move(run));
    if (run->definition->database->clock().now() > instance.deadline) {
        // A claimed saga may have done any of its steps before; one of ours at most the current one.
        const std::size_t to_undo = run->recovered ? steps.size() : instance.step + 1;
        return turn(std::move(run), "deadline-exceeded", to_undo);
    }
    const Step& step = steps[instance.step];
    attempt(std::move(run), step.action, step.timeout_ms);
}

void Engine::Impl::attempt(RunPtr run, const std::function<void(Instance&, Done)>& f,
                           std::int64_t timeout_ms) {
    ++run->instance.attempts;
    run->step_shown.store(run->instance.step, std::memory_order_relaxed);
    run->attempts_shown.store(run->instance.attempts, std::memory_order_relaxed);
    const std::uint64_t number = ++run->last_attempt;
    run->due_ms.store(steady_ms() + timeout_ms, std::memory_order_relaxed);
    run->open_attempt.store(number, std::memory_order_release);
    Done done([run, number](Outcome<StepResult> outcome) {
        run->engine->close_attempt(run, number, std::move(outcome));
    });
    try {
        f(run->instance, std::move(done));
    } catch (...) {
        close_attempt(std::move(run), number, std::current_exception());
    }
}

/// One attempt ended, or its time is over; of several who say so only the first counts.
void Engine::Impl::close_attempt(RunPtr run, std::uint64_t number, Outcome<StepResult> outcome) {
    if (!run->open_attempt.compare_exchange_strong(number, 0, std::memory_order_acq_rel)) return;
    if (stopping) return leave(std::move(run));
    StepResult result;
    if (outcome.has_value()) {
        result = std::move(outcome.get());
    } else {
        result = {StepResult::Kind::retry, text_of(outcome.exception())};
    }
    if (result.learned) result.learned(run->instance);
    if (run->instance.compensating) {
        went_back(std::move(run), std::move(result));
    } else {
        went_forward(std::move(run), std::move(result));
    }
}

void Engine::Impl::went_forward(RunPtr run, StepResult result) {
    Instance& instance = run->instance;
    switch (result.kind) {
        case StepResult::Kind::done:
            ++instance.step;
            instance.attempts = 0;
            return drive(std::move(run));
        case StepResult::Kind::failed: {
            // The very first step said no at once: nothing was done, and nothing needs to be undone.
            const bool clean = instance.step == 0 && instance.attempts == 1 && !run->recovered;
            const std::size_t to_undo = run->recovered ? run->definition->steps.size() : instance.step + 1;
            return turn(std::move(run), std::move(result.reason), clean ? 0 : to_undo);
        }
        case StepResult::Kind::unknown:
            warn(*run, "the outcome of a step is unknown", result.reason);
            ++retries;
            return hold(std::move(run));
        case StepResult::Kind::retry:
            if (instance.attempts > 1) warn(*run, "a step is tried again", result.reason);
            ++retries;
            if (instance.attempts >= patience) return hold(std::move(run));
            return later(std::move(run));
    }
}

void Engine::Impl::went_back(RunPtr run, StepResult result) {
    if (result.kind == StepResult::Kind::done) {
        --run->to_undo;
        run->instance.attempts = 0;
        return drive(std::move(run));
    }
    warn(*run, "a compensation is tried again", result.reason);
    ++retries;
    if (run->instance.attempts >= patience) tell(run, Ending::pending);
    later(std::move(run));
}

/// The caller need not wait any longer: makes "pending" durable, tells, and tries again in the background.
void Engine::Impl::hold(RunPtr run) {
    if (run->pending_stored) {
        tell(run, Ending::pending);
        return later(std::move(run));
    }
    auto job = [run](db::Tx& tx) {
        return store::set_pending(tx, run->instance.id, run->engine->owner, run->instance.attempts);
    };
    Then<bool> then([run](Outcome<bool> held) {
        Impl& engine = *run->engine;
        if (held.has_value() && !held.get()) return engine.lost(run);
        // Where the write failed, the row still says running, which a later process treats alike.
        run->pending_stored = held.has_value();
        engine.tell(run, Ending::pending);
        engine.later(run);
    });
    run->definition->database->write_then(std::move(job), std::move(then));
}

/// From here on everything done is undone, the latest first.
void Engine::Impl::turn(RunPtr run, std::string reason, std::size_t to_undo) {
    const auto& steps = run->definition->steps;
    while (to_undo > 0 && !steps[to_undo - 1].compensation) --to_undo;
    run->instance.compensating = true;
    run->instance.reason = std::move(reason);
    run->instance.attempts = 0;
    run->to_undo = to_undo;
    // Nothing to undo: the end alone is a transaction, and before it running again from the start comes to
    // the same.
    run->turn_stored = to_undo == 0;
    drive(std::move(run));
}

void Engine::Impl::store_turn(RunPtr run) {
    ++run->instance.attempts;
    auto job = [run](db::Tx& tx) {
        return store::set_compensating(tx, run->instance.id, run->engine->owner, run->instance.reason);
    };
    Then<bool> then([run](Outcome<bool> turned) {
        Impl& engine = *run->engine;
        if (!turned.has_value())
            return engine.write_failed(run, turned.exception(), "a saga's turn cannot be stored");
        if (!turned.get()) return engine.lost(run);
        run->turn_stored = true;
        run->instance.attempts = 0;
        engine.drive(run);
    });
    run->definition->database->write_then(std::move(job), std::move(then));
}

std::vector<bool> Engine::Impl::end_together(db::Tx& tx, std::span<RunPtr* const> runs) {
    std::vector<Uuid> ids;
    for (const RunPtr* run : runs) ids.push_back((*run)->instance.id);
    // Removed first: who lost the saga to another process must have no effect.
    auto ours = store::erase(tx, ids, (*runs.front())->engine->owner);
    std::map<const Definition*, std::vector<Finished>> together;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (!ours[i]) continue;
        const Definition& definition = *(*runs[i])->definition;
        Instance& instance = (*runs[i])->instance;
        if (definition.finish_together) {
            together[&definition].push_back({instance, !instance.compensating});
        } else if (definition.finish) {
            definition.finish(tx, instance, !instance.compensating);
        }
    }
    for (const auto& [definition, finished] : together) definition->finish_together(tx, finished);
    return ours;
}

/// The last effect and the removal of the row, in one transaction.
void Engine::Impl::end(RunPtr run) {
    ++run->instance.attempts;
    Then<bool> then([run](Outcome<bool> ended) {
        Impl& engine = *run->engine;
        if (!ended.has_value())
            return engine.write_failed(run, ended.exception(), "a saga's end cannot be stored");
        if (!ended.get()) return engine.lost(run);
        const bool back = run->instance.compensating;
        ++(back ? engine.compensated : engine.completed);
        engine.remove(run);
        engine.tell(run, back ? Ending::compensated : Ending::completed);
    });
    ends.at(run->definition->database).write_then(run, std::move(then));
}

void Engine::Impl::write_failed(RunPtr run, std::exception_ptr e, const char* what) {
    warn(*run, what, text_of(e));
    ++retries;
    if (run->instance.attempts >= patience) tell(run, Ending::pending);
    later(std::move(run));
}

/// Drives it again after the backoff of its attempts.
void Engine::Impl::later(RunPtr run) {
    if (stopping) return leave(std::move(run));
    const std::int64_t delay = resilience::backoff_ms(run->instance.attempts, settings.first_delay_ms,
                                                      settings.max_delay_ms, settings.jitter());
    auto wait = [run = std::move(run), delay] {
        Impl& engine = *run->engine;
        if (engine.stopping) return engine.leave(run);
        run->timer.emplace(engine.runtime.background(), std::chrono::milliseconds(delay));
        run->timer->async_wait([run](boost::system::error_code) {
            run->timer.reset();  // a late completion may keep the run longer than the context lives
            run->engine->drive(run);
        });
    };
    boost::asio::post(runtime.background(), std::move(wait));
}

/// Another process drives it now.
void Engine::Impl::lost(RunPtr run) {
    warn(*run, "a saga was taken over by another process", "lease lost");
    tell(run, Ending::pending);
    remove(run);
}

/// Stopping: the row stays, the next process goes on with it.
void Engine::Impl::leave(RunPtr run) {
    tell(run, Ending::pending);
    remove(run);
}

void Engine::Impl::remove(const RunPtr& run) {
    if (run->counted_open) --open;
    run->counted_open = false;
    const std::lock_guard lock(mutex);
    auto found = runs.find(run->instance.id);
    if (found != runs.end() && found->second == run) runs.erase(found);
}

void Engine::Impl::tell(const RunPtr& run, Ending ending) {
    if (!run->told) return;
    Then<Ending> told = std::move(run->told);
    run->told = {};
    if (ending == Ending::pending && !run->counted_open) {
        run->counted_open = true;
        ++open;
    }
    told(ending);
}

}  // namespace cloudretail::saga
