// The relay of one source: gives published events their position, where they have none yet, and wakes the
// subscribers. At most one numbering job is under way. Not the followers. Thread rule: background context;
// the database calls run where databases run.
#include <events/outbox.hpp>
#include <log/log.hpp>
#include <utility>

#include "bus_impl.hpp"

namespace cloudretail::events {
namespace {

struct Backlog {
    std::int64_t head;
    bool waiting;
};

Backlog backlog_of(db::Session& session) {
    return {.head = session.number("SELECT position FROM relay_state WHERE id = 1"),
            .waiting = session.number("SELECT id FROM outbox WHERE position IS NULL LIMIT 1") != 0};
}

}  // namespace

void Bus::Impl::wake(Source& source) {
    if (source.wake_posted.exchange(true)) return;
    boost::asio::post(runtime.background(), [self = shared_from_this(), &source] {
        source.wake_posted = false;
        source.bell.ring();
    });
}

int Bus::Impl::note_trouble(Trouble& trouble, std::exception_ptr why) {
    ++failures;
    std::string text = text_of(why);
    const std::lock_guard lock(mutex);
    trouble.error = std::move(text);
    return ++trouble.count;
}

void Bus::Impl::note_success(Trouble& trouble) {
    const std::lock_guard lock(mutex);
    if (trouble.count != 0) trouble = {};
}

void Bus::Impl::set_head(Source& source, std::int64_t head) {
    {
        const std::lock_guard lock(mutex);
        if (head <= source.head) return;
        source.head = head;
    }
    changed.notify_all();
    for (Subscriber* subscriber : source.subscribers) subscriber->bell.ring();
    if (watcher) watcher(source.module, head);
}

void Bus::Impl::count_published(Source& source, std::int64_t count) {
    published += count;
    const std::lock_guard lock(mutex);
    source.published += count;
}

Task<void> Bus::Impl::look(Source& source, bool woken) {
    const bool numbered = numbered_when_published(source.database.dialect());
    if (!woken || source.head < 0 || numbered) {
        const Backlog backlog = co_await source.database.read(backlog_of);
        if (numbered) count_published(source, backlog.head - std::exchange(source.counted, backlog.head));
        set_head(source, backlog.head);
        if (!backlog.waiting) co_return;
    }
    const int limit = settings.batch;
    while (!stopping) {
        auto number = [limit](db::Tx& tx) { return number_unpublished(tx, limit); };
        const std::int64_t last = co_await source.database.write(number);
        if (last == 0) break;
        const std::int64_t count = last - source.head;
        count_published(source, count);
        source.counted = last;
        set_head(source, last);
        if (count < limit) co_return;
    }
    // Nothing was left to number: another process may have done it.
    const Backlog backlog = co_await source.database.read(backlog_of);
    set_head(source, backlog.head);
}

Task<void> Bus::Impl::relay(std::shared_ptr<Impl> self, Source* source) {
    bool woken = false;
    while (!self->stopping) {
        std::int64_t requested = 0;
        {
            const std::lock_guard lock(self->mutex);
            requested = source->requested;
        }
        const auto looked_at = std::chrono::steady_clock::now();
        std::exception_ptr trouble;
        try {
            co_await self->look(*source, woken);
        } catch (...) {
            trouble = std::current_exception();
        }
        if (trouble) {
            const int failed = self->note_trouble(source->trouble, trouble);
            if (failed == 1) {
                log::warning("the outbox cannot be read or numbered",
                             {{"module", source->module}, {"error", text_of(trouble)}});
            }
            co_await source->bell.pause(self->backoff(failed));
            woken = false;
            continue;
        }
        self->note_success(source->trouble);
        {
            const std::lock_guard lock(self->mutex);
            source->looked = requested;
        }
        self->changed.notify_all();
        woken = co_await source->bell.wait(self->settings.poll_ms);
        // A lone event is told of at once; of a burst, those that come soon after it are told of together.
        const auto since = std::chrono::steady_clock::now() - looked_at;
        const auto early = std::chrono::milliseconds(self->settings.gather_ms) -
                           std::chrono::duration_cast<std::chrono::milliseconds>(since);
        if (woken && early.count() > 0) {
            co_await source->bell.pause(early.count());
            source->bell.hush();
        }
    }
}

}  // namespace cloudretail::events
