// The follower of one subscription: reads events behind its cursor, applies them in one transaction with the
// cursor, falls back to one event at a time when that fails, and parks what fails too often. Not the relay.
// Thread rule: background context; handlers run where the subscriber's database runs its writes.
#include <algorithm>
#include <events/outbox.hpp>
#include <log/log.hpp>

#include "backoff.hpp"
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

/// Applies `count` events from `first` and moves the cursor to `to`. False = another process moved the
/// cursor.
Task<bool> Bus::Impl::apply(Subscriber& s, Events events, std::size_t first, std::size_t count,
                            std::int64_t to) {
    const std::int64_t from = s.cursor;
    const Subscription* subscription = &s.subscription;
    auto job = [subscription, events, first, count, from, to](db::Tx& tx) {
        if (!move_cursor(tx, subscription->name, from, to)) return false;
        for (std::size_t i = first; i < first + count; ++i) subscription->handler(tx, (*events)[i]);
        return true;
    };
    const bool moved = co_await subscription->database->write(job);
    if (!moved) {
        s.cursor = -1;
        co_return false;
    }
    s.cursor = to;
    delivered += static_cast<std::int64_t>(count);
    co_return true;
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
    log::error("an event was parked as a dead letter",
               {{"subscription", subscription->name}, {"event", event->id.to_string()}, {"error", error}});
    co_return true;
}

/// One event until it took effect or was parked; a database that is away is waited for, however long.
/// False = stopping, or another process moved the cursor.
Task<bool> Bus::Impl::apply_one(Subscriber& s, Events events, std::size_t index) {
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
                mine = co_await apply(s, events, index, 1, event.position);
            }
        } catch (const Unavailable&) {
            ++away;
            trouble = std::current_exception();
        } catch (...) {
            ++attempts;
            trouble = std::current_exception();
        }
        if (!trouble) {
            if (mine) set_seen(s, event.position);
            co_return mine;
        }
        ++failures;
        last_error = text_of(trouble);
        log::warning("an event could not be handled", {{"subscription", s.subscription.name},
                                                       {"event", event.id.to_string()},
                                                       {"attempt", attempts + away},
                                                       {"error", last_error}});
        if (attempts == settings.max_attempts && away == 0) continue;  // park at once
        co_await s.bell.pause(backoff_ms(attempts + away, settings.first_delay_ms, settings.max_delay_ms));
    }
    co_return false;
}

Task<void> Bus::Impl::apply_each(Subscriber& s, Events events) {
    for (std::size_t i = 0; i < events->size(); ++i) {
        const bool go_on = co_await apply_one(s, events, i);
        if (!go_on) co_return;
    }
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
        bool mine = true, one_by_one = false;
        try {
            mine = co_await apply(s, events, 0, events->size(), last);
        } catch (const Unavailable&) {
            throw;  // not the fault of any event
        } catch (...) {
            one_by_one = true;
        }
        if (!mine) co_return true;  // the cursor is read again
        if (one_by_one) {
            co_await apply_each(s, events);
            if (stopping || s.cursor < 0) co_return true;
        }
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
            ++self->failures;
            ++s->troubles;
            if (s->troubles == 1) {
                log::warning("a subscription has to wait",
                             {{"subscription", s->subscription.name}, {"error", text_of(trouble)}});
            }
            co_await s->bell.pause(backoff_ms(s->troubles, settings.first_delay_ms, settings.max_delay_ms));
            continue;
        }
        s->troubles = 0;
        if (more && s->cursor < 0) {
            // Another process holds the cursor: let it work.
            co_await s->bell.pause(backoff_ms(1, settings.first_delay_ms, settings.max_delay_ms));
        } else if (!more) {
            co_await s->bell.wait(settings.poll_ms * 60);
        }
    }
}

}  // namespace cloudretail::events
