// Many jobs, one commit: runs each waiting job in a savepoint of its own, commits once, and knows for each
// how it ended. Decides what is repeated and what is not when the database ends the transaction, asks for a
// repetition, or goes away. Private to core/db; one thread at a time.
#pragma once

#include "connection.hpp"

#include <atomic>
#include <functional>
#include <resilience/breaker.hpp>
#include <span>

namespace cloudretail::db {

/// A job and how it ended; nothing is told to its caller before the commit.
struct Pending {
    std::unique_ptr<Database::Job> job;
    std::exception_ptr error{};  // it failed; else it is done
    bool published = false;
};

struct Counters {
    std::atomic<std::int64_t> commits{0}, jobs{0}, jobs_failed{0}, batches_void{0}, reads{0}, refused{0},
        pool_waits{0};
};

class GroupCommit {
  public:
    GroupCommit(const Settings& settings, const Clock& clock, resilience::Breaker& breaker,
                Counters& counters);

    /// Opens the session. Throws Fault or std::runtime_error.
    void connect();
    /// Orderly end: the planner's statistics are renewed, the session closed.
    void close() noexcept;

    using Tell = std::function<void(std::span<Pending>)>;
    /// Runs all jobs, repeating where that is safe; calls `tell` with each group whose end is settled, so
    /// that each job is told of exactly once.
    void run(std::span<Pending> jobs, const Tell& tell);

    /// The writer's own session, for the inline executor's reads.
    Session& session();
    /// SQLite: truncates a long WAL, or with `scrub` any. False: not done yet, to be tried again.
    bool tidy(bool scrub) noexcept;

  private:
    /// How one transaction over some jobs ended. `again`: nothing was committed and it may be repeated.
    /// `voided`: the database ended it early; nothing was committed and each job must run in a transaction of
    /// its own.
    enum class Ended { settled, again, voided };

    Ended attempt(std::span<Pending> jobs);
    Ended run_jobs(std::span<Pending> jobs, bool& trouble);
    Ended run_job(Pending& pending, bool alone, bool last, bool& trouble);
    Ended fell(std::exception_ptr why, bool committing = false);
    Ended commit(std::span<Pending> jobs);
    Ended settle(std::span<Pending> jobs);
    void begin(bool alone);
    void keep(bool alone, bool last);
    void undo(bool alone);
    void roll_back() noexcept;
    void disconnect() noexcept;
    void fail_all(std::span<Pending> jobs, const std::exception_ptr& why);
    [[nodiscard]] bool marks_exist();

    const Settings& settings_;
    const Clock& clock_;
    resilience::Breaker& breaker_;
    Counters& counters_;
    std::optional<Session> session_;
    std::exception_ptr last_error_;
    bool was_connected_ = false;  // SQLite: the file is not made a second time
    // PostgreSQL: each batch writes its number into our row of writer_marks, so that an unknown commit can be
    // settled.
    std::string writer_id_;
    std::int64_t mark_ = 0;
    bool marks_ = false;
};

}  // namespace cloudretail::db
