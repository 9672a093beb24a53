// A module's own database: one group-committing writer, a pool of readers, bounded queues. On SQLite the
// writer is one thread on one connection that alone writes and checkpoints (so the WAL-reset fault of SQLite
// < 3.51.3 cannot arise); on PostgreSQL the same idea on one connection per module. Source of the design:
// docs/decisions.
#pragma once

#include <base/function.hpp>
#include <base/task.hpp>
#include <db/session.hpp>
#include <functional>
#include <map>
#include <runtime/runtime.hpp>
#include <string>
#include <vector>

namespace cloudretail::resilience {
class Breaker;
}

namespace cloudretail::db {

/// A session inside a write transaction. What a job does through it is one savepoint: all or nothing.
class Tx {
  public:
    Tx(Session& session, Timestamp now, std::string_view module)
        : session_(session), now_(now), module_(module) {}
    Session* operator->() { return &session_; }
    Session& session() { return session_; }
    /// The time of this job, the same for all its rows.
    [[nodiscard]] Timestamp now() const { return now_; }
    [[nodiscard]] std::string_view module() const { return module_; }
    /// Called by events::publish: the database's commit listener is told after the commit.
    void mark_published() { published_ = true; }
    [[nodiscard]] bool published() const { return published_; }

  private:
    Session& session_;
    Timestamp now_;
    std::string_view module_;
    bool published_ = false;
};

struct Settings {
    std::string module;  // "order"; schema on PostgreSQL, file stem on SQLite
    std::string url;     // "sqlite:<path>", "sqlite::memory:" (tests), "postgresql://…"
    int readers = 4;
    int write_queue = 4096;  // jobs waiting; past it: Unavailable
    int read_queue = 4096;
    int batch = 256;              // jobs of one commit at most
    bool full_durability = true;  // SQLite synchronous=FULL, PostgreSQL synchronous_commit=on
    int cache_kib = 4'000;        // SQLite page cache of the writer: walked at commits (docs/decisions)
    int statement_timeout_ms = 30'000;
    int connect_timeout_s = 3;
    int breaker_failures = 5;  // consecutive connection failures that open the breaker
    int breaker_reset_ms = 30'000;
    bool inline_executor = false;  // tests: every job runs at once on the calling thread
};

/// Numbers for /metrics and /health, read without stopping anybody.
struct Statistics {
    std::int64_t commits = 0, jobs = 0, jobs_failed = 0, batches_void = 0, reads = 0, refused = 0;
    std::int64_t queue_depth = 0, read_queue_depth = 0, wal_bytes = 0;
    std::int64_t pool_size = 0, pool_in_use = 0;  // reading sessions
    std::int64_t pool_waits = 0;                  // reads that found all of them in use
    std::string breaker;  // "closed", "open", "half_open": the writer's, or the readers' where it is closed
};

/// Maps a job's return type: a Result<T> that holds an error rolls the job's savepoint back and still
/// answers.
template <class R>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<Result<T>> = true;

/// Thread-safe. Jobs are plain functions of a Tx, must be repeatable (a void batch runs them again), must not
/// wait and must not touch another database. A caller is told only after its commit is durable.
class Database {
  public:
    Database(Settings settings, const Clock& clock);
    ~Database();
    Database(const Database&) = delete;

    /// Opens the connections and applies nothing. Throws with a clear message when the database cannot be
    /// opened on SQLite; on PostgreSQL an absent server leaves the breaker open and start goes on.
    void open();
    /// Finishes queued jobs, closes. Idempotent.
    void close();

    /// Runs `f(Tx&)` in one transaction; resumes after the commit, on the caller's executor. Throws
    /// Unavailable when the queue is full or the database is away, and whatever f throws.
    template <class F>
    Task<std::invoke_result_t<F&, Tx&>> write(F f) {
        using R = std::invoke_result_t<F&, Tx&>;
        auto start = [this, f = std::move(f)](Then<R> then) mutable {
            write_then(std::move(f), std::move(then));
        };
        UniqueFunction<void(Then<R>)> named(std::move(start));
        return runtime::await_then<R>(std::move(named));
    }
    /// The same for callers that are not coroutines (sagas, subscribers): `then` runs on the writer thread
    /// after the commit, or on the calling thread when refused.
    template <class F, class R = std::invoke_result_t<F&, Tx&>>
    void write_then(F f, Then<R> then) {
        submit(std::make_unique<JobOf<F, R>>(std::move(f), std::move(then)));
    }
    /// Runs `f(Session&)` on a reader; each statement sees what was committed when it began.
    template <class F>
    Task<std::invoke_result_t<F&, Session&>> read(F f) {
        using R = std::invoke_result_t<F&, Session&>;
        auto start = [this, f = std::move(f)](Then<R> then) mutable {
            read_then(std::move(f), std::move(then));
        };
        UniqueFunction<void(Then<R>)> named(std::move(start));
        return runtime::await_then<R>(std::move(named));
    }
    template <class F, class R = std::invoke_result_t<F&, Session&>>
    void read_then(F f, Then<R> then) {
        submit_read(std::make_unique<ReadJobOf<F, R>>(std::move(f), std::move(then)));
    }
    /// Like read, in one read transaction: all statements see one snapshot.
    template <class F>
    Task<std::invoke_result_t<F&, Session&>> snapshot(F f) {
        return read([f = std::move(f)](Session& s) mutable { return in_snapshot(s, f); });
    }
    /// Blocking forms for the command line and start-up; never on an io thread.
    template <class F>
    std::invoke_result_t<F&, Tx&> write_blocking(F f) {
        using R = std::invoke_result_t<F&, Tx&>;
        return wait<R>([&](Then<R> then) { write_then(std::move(f), std::move(then)); });
    }
    template <class F>
    std::invoke_result_t<F&, Session&> read_blocking(F f) {
        using R = std::invoke_result_t<F&, Session&>;
        return wait<R>([&](Then<R> then) { read_then(std::move(f), std::move(then)); });
    }

    /// Called on the writer thread after each commit in which an event was published. Set before the first
    /// write.
    void on_published(std::function<void()> listener);
    /// Takes the remains of deleted rows out of the files, for erasing persons: SQLite truncates the WAL
    /// (secure_delete is always on) as soon as no reader holds it up, PostgreSQL vacuums the module's tables.
    /// `then` is called when it is done; with Unavailable where the database closes before.
    void scrub(Then<Unit> then);
    [[nodiscard]] const Settings& settings() const { return settings_; }
    [[nodiscard]] Dialect dialect() const;
    [[nodiscard]] const Clock& clock() const { return clock_; }
    [[nodiscard]] Statistics statistics() const;
    /// False while the breaker is open: callers that would start something can refuse at once.
    [[nodiscard]] bool available() const;
    /// The writer's and the readers'; they live as long as the database.
    [[nodiscard]] std::vector<const resilience::Breaker*> breakers() const;

    /// One write waiting for its commit. Erases the type of the job.
    class Job {
      public:
        virtual ~Job() = default;
        /// Runs the work; true = keep the savepoint, false = roll it back (a Result that holds an error).
        /// Throws what the work throws. May be called again after a void batch.
        virtual bool run(Tx& tx) = 0;
        /// Tells the caller, after the commit (or the roll-back) is durable.
        virtual void done() = 0;
        virtual void failed(std::exception_ptr e) = 0;
    };

    /// One read; run may be called a second time when the connection was found dead.
    class ReadJob {
      public:
        virtual ~ReadJob() = default;
        virtual void run(Session& session) = 0;
        virtual void done() = 0;
        virtual void failed(std::exception_ptr e) = 0;
    };

  private:
    template <class F, class R>
    class ReadJobOf final : public ReadJob {
        F f_;
        Then<R> then_;
        std::optional<R> value_;

      public:
        ReadJobOf(F f, Then<R> then) : f_(std::move(f)), then_(std::move(then)) {}
        void run(Session& session) override { value_.emplace(f_(session)); }
        void done() override { then_(Outcome<R>(std::move(*value_))); }
        void failed(std::exception_ptr e) override { then_(Outcome<R>(e)); }
    };
    template <class F, class R>
    class JobOf final : public Job {
        F f_;
        Then<R> then_;
        std::optional<R> value_;

      public:
        JobOf(F f, Then<R> then) : f_(std::move(f)), then_(std::move(then)) {}
        bool run(Tx& tx) override {
            value_.emplace(f_(tx));
            if constexpr (is_result<R>) return value_->has_value();
            return true;
        }
        void done() override { then_(Outcome<R>(std::move(*value_))); }
        void failed(std::exception_ptr e) override { then_(Outcome<R>(e)); }
    };
    template <class F>
    static std::invoke_result_t<F&, Session&> in_snapshot(Session& s, F& f) {
        SnapshotGuard guard(s);
        return f(s);
    }
    struct SnapshotGuard {
        explicit SnapshotGuard(Session& s);
        ~SnapshotGuard();
        Session& session;
    };
    template <class R, class Start>
    static R wait(Start start);

    void submit(std::unique_ptr<Job> job);
    void submit_read(std::unique_ptr<ReadJob> job);

    Settings settings_;
    const Clock& clock_;
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cloudretail::db

#include <db/database_wait.ipp>
