// The engine's shared state and one running saga. run.cpp decides what comes next, recovery.cpp holds the
// loops on the background context. Thread rule: a Run has one driver at a time: whoever closed its attempt,
// the timer of its backoff, or the completion of its write; the driver gives it up by the call that starts
// the next of these.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <db/kind.hpp>
#include <map>
#include <mutex>
#include <saga/saga.hpp>
#include <unordered_map>
#include <unordered_set>

namespace cloudretail::saga {

struct Run {
    std::shared_ptr<Engine::Impl> engine;
    const Definition* definition = nullptr;  // owned by the engine
    Instance instance{};
    Then<Ending> told{};

    bool recovered = false;       // earlier attempts of any step may have happened
    bool pending_stored = false;  // the row says so
    bool turn_stored = false;     // the row says compensating, or need not
    bool counted_open = false;
    std::size_t to_undo = 0;  // compensating: steps [0, to_undo) are left

    // The attempt under way: 0 = none. Whoever changes it from n to 0 owns the result of attempt n.
    std::atomic<std::uint64_t> open_attempt{0};
    std::atomic<std::int64_t> due_ms{0};  // steady clock; set before open_attempt
    std::uint64_t last_attempt = 0;

    // What progress() shows: copies, because instance is the driver's alone.
    std::atomic<std::size_t> step_shown{0};
    std::atomic<int> attempts_shown{0};

    Timestamp lease_until{};                           // behind the engine's mutex
    std::optional<boost::asio::steady_timer> timer{};  // background context only
};
using RunPtr = std::shared_ptr<Run>;

struct Engine::Impl : std::enable_shared_from_this<Engine::Impl> {
    Impl(runtime::Runtime& r, EngineSettings s) : runtime(r), settings(s), owner(make_uuid().to_string()) {}

    runtime::Runtime& runtime;
    const EngineSettings settings;
    const std::string owner;                                     // lease owner: this process
    std::map<std::string, Definition, std::less<>> definitions;  // fixed at start()
    using Ends = db::Kind<RunPtr, bool>;
    std::map<db::Database*, Ends> ends;  // of the definitions' databases
    std::atomic<bool> started{false}, stopping{false};
    // What the loops sleep on; background context only. Owned by the loops, because late completions keep
    // this object alive longer than the context.
    boost::asio::steady_timer *scan_timer = nullptr, *watch_timer = nullptr;

    mutable std::mutex mutex;
    std::unordered_map<Uuid, RunPtr> runs;  // behind the mutex
    std::unordered_set<Uuid> parked;        // restore threw; reported once; behind the mutex

    std::atomic<std::int64_t> completed{0}, compensated{0}, retries{0}, recovered{0}, open{0};

    const Definition& definition_of(std::string_view type) const;
    /// False = a saga of this id runs already.
    bool add(const RunPtr& run);

    // run.cpp
    void drive(RunPtr run);
    void attempt(RunPtr run, const std::function<void(Instance&, Done)>& f, std::int64_t timeout_ms);
    void close_attempt(RunPtr run, std::uint64_t number, Outcome<StepResult> outcome);
    void went_forward(RunPtr run, StepResult result);
    void went_back(RunPtr run, StepResult result);
    void hold(RunPtr run);
    void turn(RunPtr run, std::string reason, std::size_t to_undo);
    void store_turn(RunPtr run);
    void end(RunPtr run);
    /// False for a saga that another process holds.
    static std::vector<bool> end_together(db::Tx& tx, std::span<RunPtr* const> runs);
    void later(RunPtr run);
    void write_failed(RunPtr run, std::exception_ptr e, const char* what);
    void lost(RunPtr run);
    void leave(RunPtr run);
    void remove(const RunPtr& run);
    void tell(const RunPtr& run, Ending ending);

    // recovery.cpp
    static Task<void> scan(std::shared_ptr<Impl> self);
    static Task<void> watch(std::shared_ptr<Impl> self);
    Task<void> renew(db::Database* database);
    Task<void> claim(const Definition* definition);
    void expire();
    bool idle() const;
};

/// Milliseconds of the steady clock.
std::int64_t steady_ms();

}  // namespace cloudretail::saga
