// Sagas: processes that span modules. A saga is a table of steps (plain functions); the engine advances it
// from writer to writer: each step's completion is called on the thread that made it durable and starts the
// next step there. Durable progress is the steps' own effects: each is idempotent by saga id, so recovery
// runs the table again from its first step; the row in `sagas` is written at begin (in the transaction of the
// effect that begins it), when the direction turns to compensating or the outcome becomes unknown, and at the
// end.
#pragma once

#include <base/function.hpp>
#include <db/database.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <resilience/backoff.hpp>
#include <runtime/runtime.hpp>
#include <span>
#include <string>
#include <vector>

namespace cloudretail::saga {

struct Instance;

/// How a step ended.
struct StepResult {
    enum class Kind {
        done,     // go on
        retry,    // transient: again after a backoff
        unknown,  // neither success nor failure (gateway time-out): the caller is told "pending", again after
                  // a backoff
        failed,   // final: compensate what was done before, in reverse order
    } kind = Kind::done;
    std::string reason{};  // failed/retry: text for the log and the order's failure; slug or sentence, no
                           // personal data
    /// What the step learned, noted in the instance. Called once, by whoever drives the saga, and only where
    /// the attempt counts: a completion never writes to `state` itself, because it may come when its time is
    /// over and another attempt is under way.
    std::function<void(Instance&)> learned{};
    static StepResult ok() { return {}; }
};

/// One running saga. Owned by the engine; steps may read `state`, which they share and which is theirs alone,
/// and change it by StepResult::learned.
struct Instance {
    Uuid id{};         // = the id of what it is about (order id)
    std::string type;  // "checkout"
    std::string data;  // JSON given at begin; enough to rebuild `state` after a crash
    std::shared_ptr<void> state;
    std::size_t step = 0;
    bool compensating = false;
    int attempts = 0;    // of the current step
    std::string reason;  // why it compensates
    Timestamp deadline{};
};

using Done = Then<StepResult>;

struct Step {
    std::string name;
    /// Starts the step; `done` is called once, on any thread. Must be idempotent by instance id.
    std::function<void(Instance&, Done)> action;
    /// Undoes it; empty where there is nothing to undo. Idempotent; must also accept that the action never
    /// happened.
    std::function<void(Instance&, Done)> compensation;
    std::int64_t timeout_ms = 10'000;  // of one attempt: past it the attempt counts as `unknown`
};

/// What the engine tells whoever waits (the HTTP request), once.
enum class Ending { completed, compensated, pending };

/// A saga that ends.
struct Finished {
    Instance& instance;
    bool completed;
};

struct Definition {
    std::string type;
    db::Database* database;  // of the owning module; its `sagas` table keeps the row
    std::vector<Step> steps;
    /// Rebuilds `state` from `data` (after a crash). May throw: the saga is then parked and reported.
    std::function<std::shared_ptr<void>(const Instance&)> restore;
    /// Runs in the owning module's transaction that ends the saga (the row is deleted there): the last
    /// effect. `completed` false = compensated; instance.reason says why.
    std::function<void(db::Tx&, Instance&, bool completed)> finish;
    /// Where set, called instead: the last effects of all that end in one transaction.
    std::function<void(db::Tx&, std::span<const Finished>)> finish_together;
    /// Past the deadline: a saga not yet past its point of no return is turned to compensate.
    std::int64_t deadline_ms = 15 * 60 * 1000;
};

/// Where a saga stands that this process drives.
struct Progress {
    std::string step;
    int attempts = 0;  // of that step
};

struct EngineSettings {
    std::int64_t first_delay_ms = 100, max_delay_ms = 30'000;
    std::int64_t lease_ms = 10'000;
    std::int64_t scan_ms = 1'000;  // look for sagas whose lease ran out
    resilience::Jitter jitter = resilience::random_jitter;
};

/// Of this process since its start.
struct Statistics {
    std::int64_t running = 0;  // in memory now
    std::int64_t completed = 0, compensated = 0;
    std::int64_t retries = 0;    // attempts that were to be repeated
    std::int64_t recovered = 0;  // claimed after a crash, or from another process
    std::int64_t open =
        0;  // unfinished and nobody waits for them any more: told "pending", recovered or parked
};

/// Define everything, then start(). Thread-safe afterwards. Databases and definitions' captures must outlive
/// the running sagas: stop(), then Runtime::drain waits for the steps under way. A completion that comes
/// later still is ignored.
class Engine {
  public:
    Engine(runtime::Runtime& runtime, EngineSettings settings);
    ~Engine();
    void define(Definition definition);
    /// Claims unfinished sagas (SQLite: all, the data directory's lock proves their owner dead; PostgreSQL:
    /// those whose lease ran out) and drives them; goes on scanning.
    void start();
    /// No new steps are begun; running ones end and stay durable.
    void stop();

    /// In the transaction that begins the process: writes the row. `run` must follow after the commit.
    void begin(db::Tx& tx, const Instance& instance);
    /// Of several processes of one type.
    void begin(db::Tx& tx, std::span<const Instance* const> instances);
    /// Drives a begun saga from its first step, which starts on the calling thread. `told` is called once: at
    /// its end, or as soon as it is pending (unknown outcome, three failed attempts of a step, stopping).
    void run(Instance instance, Then<Ending> told);

    [[nodiscard]] Statistics statistics() const;
    /// nullopt where another process, or nobody, drives it.
    [[nodiscard]] std::optional<Progress> progress(const Uuid& id) const;

    struct Impl;

  private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace cloudretail::saga
