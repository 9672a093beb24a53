// The follower of one subscription: reads events behind its cursor, applies them in one transaction with the
// cursor, falls back to one event at a time when that fails, and parks what fails too often. Not the relay.
// Thread rule: background context; handlers run where the subscriber's database runs its writes.
#include <algorithm>
#include <events/outbox.hpp>
#include <log/log.hpp>

#include "bus_impl.hpp"

namespace cloudretail::events {
namespace {

/// Events without interest after which the cursor is stored all the same, so that a restart reads few twice.
constexpr std::int64_t checkpoint_events = 1000;

/// Moves the cursor; false = it is not at `from`: another process is at work. Comes before the effect, so
/// that the loser of a race does nothing.
bool move_cursor(db::Tx& tx, const std::string& name, std::int64_t from, std::int64_t to) {
    if (tx->dialect() == db::Dialect::postgresql) {
        // Never waits for the other process: batches that wait for each other would be a deadlock.
        auto locked = tx->query_one(
            "i", "SELECT position FROM subscriptions WHERE name = :name FOR UPDATE SKIP LOCKED",
            [](const db::Row& row) { return row.integer(0); }, name);
        if (locked != from) return false;
    }
    return tx->exec("UPDATE subscriptions SET position = :new WHERE name = :name AND position = :old", to,
                    name, from) == 1;
}

bool wanted(const Subscription& subscription, const Event& event) {
    return std::ranges::find(subscription.types, event.type) != subscription.types.end();
}

}  // namespace

std::string text_of(std::exception_ptr e) {
    constexpr std::size_t longest = 300;
    std::string text = "unknown exception";
    try {
        std::rethrow_exception(e);
    } catch (const std::exception& x) {
        text = x.what();
    } catch (...) {
        return text;
    }
    if (text.size() > longest) text.resize(longest);
    return text;
}

void handle(db::Tx& tx, const Subscription& subscription, const Event& event) {
    subscription.together ? subscription.together(tx, std::span(&event, 1)) : subscription.handler(tx, event);
}

void Bus::Impl::set_seen(Subscriber& s, std::int64_t position) {
    {
        const std::lock_guard lock(mutex);
        s.seen = position;
    }
    changed.notify_all();
}

Task<void> Bus::Impl::load_cursor(Subscriber& s) {
    const Subscription& subscription = s.subscription;
    auto find = [&subscription](db::Session& session) {
        return session.query_one(
            "i", "SELECT position FROM subscriptions WHERE name = :name",
            [](const db::Row& row) { return row.integer(0); }, subscription.name);
    };
    std::optional<std::int64_t> position = co_await subscription.database->read(find);
    if (!position) {
        auto add = [&subscription](db::Tx& tx) {
            return tx->exec(
                "INSERT INTO subscriptions (name, source, position) VALUES (:name, :source, 0) "
                "ON CONFLICT (name) DO NOTHING",
                subscription.name, subscription.source);
        };
        co_await subscription.database->write(add);
        position = co_await subscription.database->read(find);
    }
    s.cursor = position.value_or(0);
    set_seen(s, s.cursor);
}

/// Applies `count` events from `first`, and moves the cursor to `to`; fewer where they take long, so that a
/// slow handler does not keep its module's writer from everybody else. Answers how many; nullopt = another
/// process moved the cursor.
Task<std::optional<std::size_t>> Bus::Impl::apply(Subscriber& s, Events events, std::size_t first,
                                                  std::size_t count, std::int64_t to) {
    const std::int64_t from = s.cursor;
    const std::chrono::milliseconds slice(settings.slice_ms);
    const Subscription* subscription = &s.subscription;
    auto job = [=](db::Tx& tx) -> std::optional<std::size_t> {
        if (!move_cursor(tx, subscription->name, from, to)) return std::nullopt;
        if (subscription->together) {
            subscription->together(tx, std::span(*events).subspan(first, count));
            return count;
        }
        const auto end = std::chrono::steady_clock::now() + slice;
        for (std::size_t done = 1; done <= count; ++done) {
            const Event& event = (*events)[first + done - 1];
            subscription->handler(tx, event);
            if (done == count || std::chrono::steady_clock::now() < end) continue;
            tx->exec("UPDATE subscriptions SET position = :position WHERE name = :name", event.position,
                     subscription->name);
            return done;
        }
        return count;
    };
    const std::optional<std::size_t> done = co_await subscription->database->write(job);
    if (!done) {
        s.cursor = -1;
        co_return std::nullopt;
    }
    s.cursor = *done == count ? to : (*events)[first + *done - 1].position;
    delivered += static_cast<std::int64_t>(*done);
    set_seen(s, s.cursor);
    co_return done;
}

/// Moves past an event that failed too often. False = another process moved the cursor.
Task<bool> Bus::Impl::park(Subscriber& s, const Event* event, std::string error, int attempts) {
    const std::int64_t from = s.cursor;
    const Subscription* subscription = &s.subscription;
    auto job = [subscription, event, error, attempts, from](db::Tx& tx) {
        if (!move_cursor(tx, subscription->name, from, event->position)) return false;
        insert_dead_letter(tx, *subscription, *event, error, attempts);
        return true;
    };
    const bool moved = co_await subscription->database->write(job);
    s.cursor = moved ? event->position : -1;
    if (!moved) co_return false;
    ++parked;
    set_seen(s, s.cursor);
    log::error("an event was parked as a dead letter",
               {{"subscription", subscription->name}, {"event", event->id.to_string()}, {"error", error}});
    co_return true;
}

/// One event until it took effect or was parked; a database that is away is waited for, however long.
/// Answers after how many failures; nullopt = stopping, or another process moved the cursor.
Task<std::optional<int>> Bus::Impl::apply_one(Subscriber& s, Events events, std::size_t index) {
    const Event& event = (*events)[index];
    int attempts = 0, away = 0;
    std::string last_error;
    while (!stopping) {
        std::exception_ptr trouble;
        bool mine = true;
        try {
            if (attempts >= settings.max_attempts) {
                mine = co_await park(s, &event, last_error, attempts);
            } else {
                const std::optional<std::size_t> done = co_await apply(s, events, index, 1, event.position);
                mine = done.has_value();
            }
        } catch (const Unavailable&) {
            ++away;
            trouble = std::current_exception();
        } catch (...) {
            ++attempts;
            trouble = std::current_exception();
        }
        if (!trouble) {
            note_success(s.trouble);
            co_return mine ? std::optional(attempts + away) : std::nullopt;
        }
        note_trouble(s.trouble, trouble);
        last_error = text_of(trouble);
        log::warning("an event could not be handled", {{"subscription", s.subscription.name},
                                                       {"event", event.id.to_string()},
                                                       {"attempt", attempts + away},
                                                       {"error", last_error}});
        if (attempts == settings.max_attempts && away == 0) continue;  // park at once
        co_await s.bell.pause(backoff(attempts + away));
    }
    co_return std::nullopt;
}

/// One event at a time from `first`, up to and with the one that makes trouble. Answers how many; nullopt =
/// stopping, or another process moved the cursor.
Task<std::optional<std::size_t>> Bus::Impl::apply_singly(Subscriber& s, Events events, std::size_t first) {
    for (std::size_t i = first; i < events->size(); ++i) {
        const std::optional<int> failures_of_it = co_await apply_one(s, events, i);
        if (!failures_of_it) co_return std::nullopt;
        if (*failures_of_it > 0) co_return i - first + 1;
    }
    co_return events->size() - first;
}

/// All of them, and the cursor to `last`; ends early when stopping or when the cursor is another process's.
Task<void> Bus::Impl::apply_batch(Subscriber& s, Events events, std::int64_t last) {
    std::size_t done = 0;
    do {
        std::optional<std::size_t> some;
        bool one_by_one = false;
        try {
            some = co_await apply(s, events, done, events->size() - done, last);
        } catch (const Unavailable&) {
            throw;  // not the fault of any event
        } catch (...) {
            if (events->empty()) throw;
            one_by_one = true;
        }
        if (one_by_one) some = co_await apply_singly(s, events, done);
        if (!some) co_return;
        done += *some;
    } while (!stopping && done < events->size());
}

/// Handles one batch; true if there may be more.
Task<bool> Bus::Impl::take(Subscriber& s) {
    if (s.cursor < 0) co_await load_cursor(s);
    const std::int64_t after = s.seen;
    const int limit = settings.batch;
    auto read = [after, limit](db::Session& session) { return read_after(session, after, limit); };
    std::vector<Event> batch = co_await s.source->database.read(read);
    if (batch.empty()) co_return false;
    const std::int64_t last = batch.back().position;
    const bool full = batch.size() == static_cast<std::size_t>(limit);
    std::erase_if(batch, [&s](const Event& event) { return !wanted(s.subscription, event); });
    const auto events = std::make_shared<const std::vector<Event>>(std::move(batch));

    if (!events->empty() || last - s.cursor >= checkpoint_events) {
        const std::int64_t to_handle = events->empty() ? last : events->back().position;
        co_await apply_batch(s, events, last);
        if (stopping || s.cursor < to_handle) co_return true;  // where it is not ours, it is read again
    }
    set_seen(s, last);
    co_return full;
}

Task<void> Bus::Impl::follow(std::shared_ptr<Impl> self, Subscriber* s) {
    const BusSettings& settings = self->settings;
    while (!self->stopping) {
        std::exception_ptr trouble;
        bool more = false;
        try {
            more = co_await self->take(*s);
        } catch (...) {
            trouble = std::current_exception();
        }
        if (trouble) {
            const int troubles = self->note_trouble(s->trouble, trouble);
            if (troubles == 1) {
                log::warning("a subscription has to wait",
                             {{"subscription", s->subscription.name}, {"error", text_of(trouble)}});
            }
            co_await s->bell.pause(self->backoff(troubles));
            continue;
        }
        self->note_success(s->trouble);
        if (more && s->cursor < 0) {
            // Another process holds the cursor: let it work.
            co_await s->bell.pause(self->backoff(1));
        } else if (!more) {
            co_await s->bell.wait(settings.poll_ms * 60);
        }
    }
}

}  // namespace cloudretail::events
