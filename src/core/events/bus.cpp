// The bus from outside: registration, start and stop, settle, numbers. The loops are in relay.cpp and
// follower.cpp. Thread rule: register from one thread before start(); everything else from any thread but an
// io thread (settle).
#include <events/bus.hpp>
#include <events/outbox.hpp>

#include "bus_impl.hpp"

namespace cloudretail::events {
namespace {

/// What settle() looks at, under the mutex.
bool all_seen(const Bus::Impl& impl) {
    for (const auto& s : impl.subscribers) {
        if (s->source != nullptr && s->seen < s->source->head) return false;
    }
    return true;
}

bool all_looked(const Bus::Impl& impl) {
    for (const auto& source : impl.sources) {
        if (source->looked < source->requested) return false;
    }
    return true;
}

std::vector<std::int64_t> heads_of(const Bus::Impl& impl) {
    std::vector<std::int64_t> heads;
    for (const auto& source : impl.sources) heads.push_back(source->head);
    return heads;
}

}  // namespace

Source* Bus::Impl::source_of(std::string_view module) const {
    for (const auto& source : sources) {
        if (source->module == module) return source.get();
    }
    return nullptr;
}

const Subscriber* Bus::Impl::subscriber_of(const db::Database& database, std::string_view name) const {
    for (const auto& s : subscribers) {
        if (s->subscription.database == &database && s->subscription.name == name) return s.get();
    }
    return nullptr;
}

Bus::Bus(runtime::Runtime& runtime, BusSettings settings)
    : impl_(std::make_shared<Impl>(runtime, settings)) {}

Bus::~Bus() { stop(); }

void Bus::add_source(std::string module, db::Database& database) {
    CR_ASSERT(!impl_->started && impl_->source_of(module) == nullptr);
    impl_->sources.push_back(
        std::make_unique<Source>(std::move(module), database, impl_->runtime.background()));
}

void Bus::subscribe(Subscription subscription) {
    CR_ASSERT(!impl_->started && subscription.database != nullptr);
    CR_ASSERT(subscription.handler || subscription.together);
    CR_ASSERT(impl_->subscriber_of(*subscription.database, subscription.name) == nullptr);
    impl_->subscribers.push_back(
        std::make_unique<Subscriber>(std::move(subscription), impl_->runtime.background()));
}

void Bus::watch(std::function<void(const std::string& module, std::int64_t head)> watcher) {
    CR_ASSERT(!impl_->started);
    impl_->watcher = std::move(watcher);
}

void Bus::start() {
    CR_ASSERT(!impl_->started.exchange(true));
    for (const auto& s : impl_->subscribers) {
        if (s->subscription.source.empty()) continue;
        s->source = impl_->source_of(s->subscription.source);
        CR_ASSERT(s->source != nullptr);
        s->source->subscribers.push_back(s.get());
    }
    for (const auto& owned : impl_->sources) {
        Source* source = owned.get();
        if (numbered_when_published(source->database.dialect())) {
            source->counted = source->database.read_blocking(
                [](db::Session& s) { return s.number("SELECT position FROM relay_state WHERE id = 1"); });
        }
        // The database may outlive the bus, so its listener must not keep or assume it.
        source->database.on_published([weak = std::weak_ptr<Impl>(impl_), source] {
            if (auto impl = weak.lock(); impl && !impl->stopping) impl->wake(*source);
        });
        impl_->runtime.spawn(impl_->runtime.background(), "relay of " + source->module,
                             [impl = impl_, source] { return Impl::relay(impl, source); });
    }
    for (const auto& owned : impl_->subscribers) {
        Subscriber* subscriber = owned.get();
        if (subscriber->source == nullptr) continue;
        impl_->runtime.spawn(impl_->runtime.background(), "subscription " + subscriber->subscription.name,
                             [impl = impl_, subscriber] { return Impl::follow(impl, subscriber); });
    }
}

void Bus::stop() {
    if (impl_->stopping.exchange(true)) return;
    boost::asio::post(impl_->runtime.background(), [impl = impl_] {
        for (const auto& source : impl->sources) source->bell.close();
        for (const auto& s : impl->subscribers) s->bell.close();
    });
    impl_->changed.notify_all();
}

bool Bus::settle(std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    Impl& impl = *impl_;
    while (!impl.stopping) {
        std::unique_lock lock(impl.mutex);
        // Handlers publish too. So it is settled only when all had been seen before a look that found nothing
        // new.
        const bool seen_before = all_seen(impl);
        const std::vector<std::int64_t> heads_before = heads_of(impl);
        for (const auto& source : impl.sources) ++source->requested;
        lock.unlock();
        for (const auto& source : impl.sources) impl.wake(*source);
        lock.lock();
        const bool looked =
            impl.changed.wait_until(lock, until, [&] { return impl.stopping || all_looked(impl); });
        if (!looked) return false;
        if (seen_before && heads_before == heads_of(impl) && all_seen(impl)) return !impl.stopping;
        if (!impl.changed.wait_until(lock, until, [&] { return impl.stopping || all_seen(impl); }))
            return false;
    }
    return false;
}

BusStatistics Bus::statistics() const {
    BusStatistics out;
    out.published = impl_->published;
    out.delivered = impl_->delivered;
    out.failures = impl_->failures;
    out.dead_letters = impl_->parked;
    const std::lock_guard lock(impl_->mutex);
    for (const auto& s : impl_->subscribers) {
        if (s->subscription.source.empty()) continue;  // it follows nothing
        const std::int64_t head = s->source != nullptr ? s->source->head : 0;
        const std::int64_t lag = std::max<std::int64_t>(0, head - s->seen);
        out.lag[s->subscription.name] = lag;
        out.subscriptions[s->subscription.name] = {.source = s->subscription.source,
                                                   .module = s->subscription.database->settings().module,
                                                   .position = s->seen,
                                                   .lag = lag,
                                                   .troubles = s->trouble.count,
                                                   .error = s->trouble.error};
    }
    for (const auto& source : impl_->sources) {
        out.relays[source->module] = {.head = std::max<std::int64_t>(0, source->head),
                                      .published = source->published,
                                      .troubles = source->trouble.count,
                                      .error = source->trouble.error};
    }
    return out;
}

}  // namespace cloudretail::events
