// The in-process bus: one relay per module's outbox, any number of subscriptions, each with a durable cursor
// (its inbox) in the subscriber's own database, advanced in the transaction of the effect: each event takes
// effect once, in order. A handler that throws is retried with exponential backoff and jitter, then the event
// is parked as a dead letter in the subscriber's database and the cursor moves on; nobody else is held up.
#pragma once

#include <db/database.hpp>
#include <events/event.hpp>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <resilience/backoff.hpp>
#include <runtime/runtime.hpp>
#include <span>
#include <string>
#include <vector>

namespace cloudretail::events {

/// Effect of one event: a plain repeatable function on the subscriber's own database. Throwing = try again.
using Handler = std::function<void(db::Tx&, const Event&)>;

struct Subscription {
    std::string name;    // stable: names the cursor, "product.availability"
    std::string source;  // module whose events it reads; empty: only what park() gave it, on retry
    std::vector<std::string> types;  // event types wanted; others only move the cursor
    db::Database* database;          // where the cursor and the effect live
    Handler handler;
    /// Where set, called instead: the effects of all events that are handled in one transaction, in order.
    std::function<void(db::Tx&, std::span<const Event>)> together{};
};

struct BusSettings {
    int max_attempts = 8;
    std::int64_t first_delay_ms = 200, max_delay_ms = 60'000;
    std::int64_t poll_ms = 1'000;  // fallback look at the outbox when nobody woke the relay
    std::int64_t gather_ms = 25;   // between two looks, so that a burst of commits is handled at once
    int batch = 200;
    std::int64_t slice_ms = 100;  // a slow handler gives its module's writer back after so long
    resilience::Jitter jitter = resilience::random_jitter;
};

namespace errors {
inline constexpr ErrorType retry_failed{"retry-failed", "The event could not be handled again",
                                        ErrorKind::conflict};
}

/// A parked event, as admins see it.
struct DeadLetter {
    std::int64_t id;
    std::string subscription, source;
    Event event;
    std::string error;
    int attempts;
    Timestamp parked_at;
};

/// What else belongs to the transaction of a retry (an audit entry): whether the letter was handled, or
/// failed again.
using RetryNote = std::function<void(db::Tx&, const DeadLetter&, bool handled)>;

/// A relay, or a subscription, as administrators see it. Numbers are of this process since its start.
struct RelayView {
    std::int64_t head = 0;       // last position given
    std::int64_t published = 0;  // events given a position
    int troubles = 0;            // consecutive failures; 0 = well
    std::string error{};         // of the last failure; empty when well
};
struct SubscriptionView {
    std::string source, module;  // whose events; whose database
    std::int64_t position = 0;   // everything up to here was handled, parked or of no interest
    std::int64_t lag = 0;        // events behind
    int troubles = 0;            // consecutive failures; 0 = well
    std::string error{};         // of the last failure; empty when well
};

/// Counted by this process since its start.
struct BusStatistics {
    std::int64_t published = 0;                 // events given a position
    std::int64_t delivered = 0;                 // effects committed
    std::int64_t failures = 0;                  // tries of a handler, or of a database, that failed
    std::int64_t dead_letters = 0;              // events parked
    std::map<std::string, std::int64_t> lag;    // subscription → events behind
    std::map<std::string, RelayView> relays{};  // by module
    std::map<std::string, SubscriptionView> subscriptions{};  // by name
};

/// Register everything, then start(). Thread-safe afterwards. Databases must outlive the loops, which end
/// after stop(): Runtime::drain waits for them.
class Bus {
  public:
    Bus(runtime::Runtime& runtime, BusSettings settings);
    ~Bus();
    void add_source(std::string module, db::Database& database);
    /// The source must have been added by the time of start(). A new subscription begins at the oldest kept
    /// event.
    void subscribe(Subscription subscription);
    /// `watcher` hears, on the background context, of every head that becomes known: up to there the source's
    /// events have their positions, given by this process or another. Before start().
    void watch(std::function<void(const std::string& module, std::int64_t head)> watcher);
    /// While no publishing transaction is under way: it becomes the sources' commit listener.
    void start();
    /// Stops taking new events; running effects finish.
    void stop();
    /// Hands a dead letter of `database` to its subscription's handler again; effect and removal are one
    /// transaction. Errors: not_found (no such letter, or nobody subscribes any more), retry_failed (it
    /// stays, with the new error).
    Task<Result<>> retry(db::Database& database, std::int64_t id, RetryNote record = {});
    /// Waits (blocking, tests and shutdown) until every event published so far, and those that handling them
    /// published, was handled or parked; false on time-out.
    bool settle(std::chrono::milliseconds limit);
    [[nodiscard]] BusStatistics statistics() const;

    struct Impl;

  private:
    std::shared_ptr<Impl> impl_;
};

/// Dead letters parked in one database, newest first, those with an id below `before_id`.
std::vector<DeadLetter> dead_letters(db::Session& session, int limit,
                                     std::int64_t before_id = std::numeric_limits<std::int64_t>::max());

/// Parks an event that a module received from elsewhere and could not act on, for `subscription`, one of its
/// own without a source.
void park(db::Tx& tx, const std::string& subscription, const Event& event, std::string_view error,
          int attempts);
/// Takes what was parked of this event away; answers how many.
std::int64_t unpark(db::Tx& tx, std::string_view subscription, const Uuid& event_id);

/// Takes a dead letter away unhandled; nullopt where there is none.
std::optional<DeadLetter> discard_dead_letter(db::Tx& tx, std::int64_t id);

/// Deletes dead letters parked longer ago than the retention; answers how many. At most `limit` a call.
std::int64_t sweep_dead_letters(db::Tx& tx, std::int64_t retention_ms, int limit = 1000);

}  // namespace cloudretail::events
