// The engine from outside: definitions, begin and run, start and stop, numbers. Thread rule: define from one
// thread before start(); the rest from any thread.
#include <algorithm>
#include <boost/asio/post.hpp>

#include "engine_impl.hpp"
#include "store.hpp"

namespace cloudretail::saga {

const Definition& Engine::Impl::definition_of(std::string_view type) const {
    const auto found = definitions.find(type);
    CR_ASSERT(found != definitions.end());
    return found->second;
}

bool Engine::Impl::add(const RunPtr& run) {
    const std::lock_guard lock(mutex);
    return runs.try_emplace(run->instance.id, run).second;
}

Engine::Engine(runtime::Runtime& runtime, EngineSettings settings)
    : impl_(std::make_shared<Impl>(runtime, settings)) {}

Engine::~Engine() {
    stop();
    // Runs keep the engine's state alive; from here on only late completions keep the runs.
    std::unordered_map<Uuid, RunPtr> runs;
    const std::lock_guard lock(impl_->mutex);
    runs.swap(impl_->runs);
}

void Engine::define(Definition definition) {
    CR_ASSERT(!impl_->started && definition.database != nullptr && !definition.steps.empty());
    for (const Step& step : definition.steps) CR_ASSERT(step.action);
    std::string type = definition.type;
    impl_->ends.try_emplace(definition.database, *definition.database, Impl::end_together);
    const bool added = impl_->definitions.try_emplace(std::move(type), std::move(definition)).second;
    CR_ASSERT(added);
}

void Engine::start() {
    CR_ASSERT(!impl_->started.exchange(true));
    runtime::Runtime& runtime = impl_->runtime;
    runtime.spawn(runtime.background(), "saga scan", [impl = impl_] { return Impl::scan(impl); });
    runtime.spawn(runtime.background(), "saga watch", [impl = impl_] { return Impl::watch(impl); });
}

void Engine::stop() {
    if (impl_->stopping.exchange(true)) return;
    boost::asio::post(impl_->runtime.background(), [impl = impl_] {
        if (impl->scan_timer != nullptr) impl->scan_timer->cancel();
        if (impl->watch_timer != nullptr) impl->watch_timer->cancel();
        const std::lock_guard lock(impl->mutex);
        for (const auto& [id, run] : impl->runs) {
            if (run->timer) run->timer->cancel();
        }
    });
}

void Engine::begin(db::Tx& tx, const Instance& instance) {
    const Instance* const one = &instance;
    begin(tx, std::span(&one, 1));
}

void Engine::begin(db::Tx& tx, std::span<const Instance* const> instances) {
    std::vector<store::NewSaga> sagas;
    for (const Instance* instance : instances) {
        const Definition& definition = impl_->definition_of(instance->type);
        const Timestamp usual = tx.now().plus_ms(definition.deadline_ms);
        sagas.push_back({instance, instance->deadline.ms != 0 ? instance->deadline : usual});
    }
    store::insert(tx, sagas, impl_->owner, tx.now().plus_ms(impl_->settings.lease_ms));
}

void Engine::run(Instance instance, Then<Ending> told) {
    const Definition& definition = impl_->definition_of(instance.type);
    const Timestamp now = definition.database->clock().now();
    auto run = std::make_shared<Run>();
    run->engine = impl_;
    run->definition = &definition;
    run->instance = std::move(instance);
    if (run->instance.deadline.ms == 0) run->instance.deadline = now.plus_ms(definition.deadline_ms);
    run->told = std::move(told);
    run->lease_until = now.plus_ms(impl_->settings.lease_ms);
    // The scan may have found the row first, if the process stood still between begin and run.
    if (!impl_->add(run)) return run->told(Ending::pending);
    impl_->drive(std::move(run));
}

std::optional<Progress> Engine::progress(const Uuid& id) const {
    const std::lock_guard lock(impl_->mutex);
    const auto found = impl_->runs.find(id);
    if (found == impl_->runs.end()) return std::nullopt;
    const Run& run = *found->second;
    const auto& steps = run.definition->steps;
    const std::size_t step = std::min(run.step_shown.load(std::memory_order_relaxed), steps.size() - 1);
    return Progress{steps[step].name, run.attempts_shown.load(std::memory_order_relaxed)};
}

Statistics Engine::statistics() const {
    Statistics out;
    out.completed = impl_->completed;
    out.compensated = impl_->compensated;
    out.retries = impl_->retries;
    out.recovered = impl_->recovered;
    out.open = impl_->open;
    const std::lock_guard lock(impl_->mutex);
    out.running = static_cast<std::int64_t>(impl_->runs.size());
    out.open += static_cast<std::int64_t>(impl_->parked.size());
    return out;
}

}  // namespace cloudretail::saga
