// The shared state of the bus and its loops: one relay per source (relay.cpp), one follower per subscription
// (follower.cpp). Thread rule: the loops run on the background context; what other threads read is behind
// `mutex` or atomic; the list of sources and subscribers is fixed at start().
#pragma once

#include <atomic>
#include <condition_variable>
#include <events/bus.hpp>
#include <mutex>

#include "bell.hpp"

namespace cloudretail::events {

struct Subscriber;

/// Consecutive failures of a loop and the last one's text.
struct Trouble {
    int count = 0;
    std::string error{};
};

struct Source {
    Source(std::string name, db::Database& db, boost::asio::io_context& context)
        : module(std::move(name)), database(db), bell(context) {}
    const std::string module;
    db::Database& database;
    Bell bell;
    std::atomic<bool> wake_posted{false};
    std::vector<Subscriber*> subscribers{};
    std::int64_t counted = 0;  // the relay's: events up to there are in `published`, or from before start()
    // Behind the mutex:
    std::int64_t head = -1;      // last position known to be given; −1 = not looked yet
    std::int64_t requested = 0;  // looks asked for by settle()
    std::int64_t looked = 0;     // the newest of those that was done
    std::int64_t published = 0;
    Trouble trouble{};
};

struct Subscriber {
    Subscriber(Subscription s, boost::asio::io_context& context)
        : subscription(std::move(s)), bell(context) {}
    const Subscription subscription;
    Source* source = nullptr;
    Bell bell;
    std::int64_t cursor = -1;  // as stored; −1 = not read yet
    // Behind the mutex:
    std::int64_t seen = 0;  // everything up to here was handled, parked or of no interest
    Trouble trouble{};
};

struct Bus::Impl : std::enable_shared_from_this<Bus::Impl> {
    Impl(runtime::Runtime& r, BusSettings s) : runtime(r), settings(s) {}
    runtime::Runtime& runtime;
    const BusSettings settings;
    std::vector<std::unique_ptr<Source>> sources;
    std::vector<std::unique_ptr<Subscriber>> subscribers;
    std::function<void(const std::string& module, std::int64_t head)> watcher{};
    std::atomic<bool> started{false}, stopping{false};
    std::atomic<std::int64_t> published{0}, delivered{0}, failures{0}, parked{0};
    mutable std::mutex mutex;
    std::condition_variable changed;

    Source* source_of(std::string_view module) const;
    const Subscriber* subscriber_of(const db::Database& database, std::string_view name) const;
    /// From any thread: the relay looks soon.
    void wake(Source& source);
    /// Numbers the events of one source until stop().
    static Task<void> relay(std::shared_ptr<Impl> self, Source* source);
    /// Hands the events of its source to one subscription until stop().
    static Task<void> follow(std::shared_ptr<Impl> self, Subscriber* subscriber);

    // relay.cpp
    Task<void> look(Source& source, bool woken);
    void set_head(Source& source, std::int64_t head);
    void count_published(Source& source, std::int64_t count);
    /// Notes a failure; answers how many there were in a row.
    int note_trouble(Trouble& trouble, std::exception_ptr why);
    void note_success(Trouble& trouble);
    [[nodiscard]] std::int64_t backoff(int attempt) const {
        return resilience::backoff_ms(attempt, settings.first_delay_ms, settings.max_delay_ms,
                                      settings.jitter());
    }
    // follower.cpp
    using Events = std::shared_ptr<const std::vector<Event>>;
    Task<bool> take(Subscriber& s);
    Task<void> load_cursor(Subscriber& s);
    Task<std::optional<std::size_t>> apply(Subscriber& s, Events events, std::size_t first, std::size_t count,
                                           std::int64_t to);
    Task<std::optional<int>> apply_one(Subscriber& s, Events events, std::size_t index);
    Task<std::optional<std::size_t>> apply_singly(Subscriber& s, Events events, std::size_t first);
    Task<void> apply_batch(Subscriber& s, Events events, std::int64_t last);
    Task<bool> park(Subscriber& s, const Event* event, std::string error, int attempts);
    void set_seen(Subscriber& s, std::int64_t position);
};

// dead_letters.cpp
void insert_dead_letter(db::Tx& tx, const Subscription& subscription, const Event& event,
                        std::string_view error, int attempts);

/// The effect of one event.
void handle(db::Tx& tx, const Subscription& subscription, const Event& event);

/// An exception as a short text for the log and the dead letter.
std::string text_of(std::exception_ptr e);

}  // namespace cloudretail::events
