// The transactions of a batch of jobs; see group_commit.hpp. SQLite and PostgreSQL differ in begin, keep,
// undo, commit and in how the end of a transaction shows; everything else is common.
#include "group_commit.hpp"

#include <base/uuid.hpp>
#include <filesystem>
#include <log/log.hpp>
#include <resilience/backoff.hpp>
#include <thread>

namespace cloudretail::db {
namespace {

/// How often a batch, then each job alone, is repeated.
constexpr int tries = 3;

constexpr std::int64_t first_pause_ms = 20, longest_pause_ms = 1'000;

/// A writer finds its few rows by key, always: a plan made while a table was empty must not read all of it
/// later. Held statements are planned once.
constexpr const char* plans =
    "SET enable_seqscan = off; SET enable_mergejoin = off; SET jit = off; SET plan_cache_mode = "
    "force_generic_plan";

/// With jitter, so that two writers do not meet again in step.
void pause_before_try(int number) {
    std::this_thread::sleep_for(
        std::chrono::milliseconds(resilience::backoff_ms(number + 1, first_pause_ms, longest_pause_ms)));
}

}  // namespace

GroupCommit::GroupCommit(const Settings& settings, const Clock& clock, resilience::Breaker& breaker,
                         Counters& counters)
    : settings_(settings),
      clock_(clock),
      breaker_(breaker),
      counters_(counters),
      writer_id_(make_uuid().to_string()) {}

void GroupCommit::connect() {
    if (session_) return;
    const bool file = settings_.url.starts_with("sqlite:") && !is_memory(settings_.url);
    if (was_connected_ && file && !std::filesystem::exists(sqlite_path(settings_.url))) {
        throw Fault("the database file of " + settings_.module + " is gone", true);
    }
    session_.emplace(Session::Impl::open(settings_, Role::writer));
    if (session_->dialect() == Dialect::postgresql) session_->impl().command(plans);
    was_connected_ = true;
    marks_ = false;
}

void GroupCommit::close() noexcept {
    try {
        if (session_ && session_->dialect() == Dialect::sqlite) session_->impl().command("PRAGMA optimize");
    } catch (const std::exception& e) {
        log::warning("the planner's statistics were not renewed",
                     {{"module", settings_.module}, {"why", e.what()}});
    }
    disconnect();
}

void GroupCommit::disconnect() noexcept {
    try {
        session_.reset();
    } catch (const std::exception& e) {
        log::warning("closing a database session failed", {{"module", settings_.module}, {"why", e.what()}});
    }
}

Session& GroupCommit::session() {
    connect();
    return *session_;
}

void GroupCommit::run(std::span<Pending> jobs, const Tell& tell) {
    Ended ended = Ended::again;
    for (int n = 0; n < tries && ended == Ended::again; ++n) {
        if (n > 0) pause_before_try(n - 1);
        ended = attempt(jobs);
    }
    if (ended != Ended::settled && jobs.size() > 1) {
        for (std::size_t i = 0; i < jobs.size(); ++i) run(jobs.subspan(i, 1), tell);
        return;
    }
    if (ended != Ended::settled) fail_all(jobs, last_error_);
    counters_.jobs += static_cast<std::int64_t>(jobs.size());
    for (const Pending& pending : jobs) counters_.jobs_failed += pending.error ? 1 : 0;
    last_error_ = nullptr;
    tell(jobs);
}

GroupCommit::Ended GroupCommit::attempt(std::span<Pending> jobs) {
    if (!breaker_.allow()) {
        fail_all(jobs, std::make_exception_ptr(Unavailable("the database of " + settings_.module + " is away",
                                                           std::max(1, settings_.breaker_reset_ms / 1000))));
        return Ended::settled;
    }
    const bool alone = jobs.size() == 1;
    try {
        connect();
        begin(alone);
    } catch (...) {
        return fell(std::current_exception());
    }
    bool trouble = false;
    const Ended ran = run_jobs(jobs, trouble);
    if (ran != Ended::settled) return ran;
    const Ended ended = commit(jobs);
    // A disk that is full fails jobs one by one while empty commits still work: that is no success.
    if (ended == Ended::settled) trouble ? breaker_.failed() : breaker_.succeeded();
    return ended;
}

GroupCommit::Ended GroupCommit::run_jobs(std::span<Pending> jobs, bool& trouble) {
    session_->impl().in_transaction = true;
    Ended ended = Ended::settled;
    for (std::size_t i = 0; i < jobs.size() && ended == Ended::settled; ++i) {
        ended = run_job(jobs[i], jobs.size() == 1, i + 1 == jobs.size(), trouble);
    }
    if (session_) session_->impl().in_transaction = false;
    return ended;
}

GroupCommit::Ended GroupCommit::run_job(Pending& pending, bool alone, bool last, bool& trouble) {
    pending.error = nullptr;
    pending.published = false;
    Session::Impl& impl = session_->impl();
    bool undone = false;
    try {
        Tx tx(*session_, clock_.now(), settings_.module);
        const bool kept = pending.job->run(tx);
        if (impl.autocommit()) throw Fault("a job ended the transaction", false);
        undone = !kept;
        kept ? keep(alone, last) : undo(alone);
        pending.published = kept && tx.published();
        return Ended::settled;
    } catch (const Conflict&) {
        return fell(std::current_exception());
    } catch (const Fault& fault) {
        pending.error = std::current_exception();
        if (fault.connection_lost) return fell(pending.error);
        trouble = true;
    } catch (...) {
        pending.error = std::current_exception();
    }
    // The job failed alone, unless SQLite has ended the transaction of all (disk full, I/O error, no memory).
    if (impl.autocommit()) {
        ++counters_.batches_void;
        return fell(pending.error);
    }
    try {
        if (!undone) undo(alone);
        return Ended::settled;
    } catch (...) {
        ++counters_.batches_void;
        return fell(std::current_exception());
    }
}

/// The transaction cannot go on: rolls back what is left of it and says how to continue.
GroupCommit::Ended GroupCommit::fell(std::exception_ptr why, bool committing) {
    last_error_ = why;
    Ended ended = Ended::voided;
    try {
        std::rethrow_exception(why);
    } catch (const Conflict&) {
        ended = Ended::again;
        breaker_.succeeded();  // it is there and answers
    } catch (const Fault& fault) {
        breaker_.failed();
        log::warning("a database transaction failed", {{"module", settings_.module}, {"why", fault.what()}});
        if (fault.connection_lost) {
            disconnect();
            return Ended::again;
        }
    } catch (...) {
        if (committing)
            breaker_.failed();
        else
            breaker_.succeeded();
    }
    roll_back();
    return ended;
}

void GroupCommit::fail_all(std::span<Pending> jobs, const std::exception_ptr& why) {
    for (Pending& pending : jobs) {
        // A job that was alone and failed keeps its own reason.
        if (jobs.size() > 1 || !pending.error) pending.error = why;
    }
}

void GroupCommit::begin(bool alone) {
    Session::Impl& impl = session_->impl();
    if (impl.dialect == Dialect::sqlite) {
        session_->run("BEGIN IMMEDIATE", {});
        if (!alone) session_->run("SAVEPOINT job", {});
        return;
    }
    std::string sql = "BEGIN";
    ++mark_;
    if (marks_exist()) {
        sql +=
            "; EXECUTE mark_batch (" + std::to_string(mark_) + ", " + std::to_string(clock_.now().ms) + ")";
    }
    if (!alone) sql += "; SAVEPOINT job";
    impl.command(sql.c_str());
}

void GroupCommit::keep(bool alone, bool last) {
    if (alone || last) return;  // the commit keeps it
    if (session_->dialect() == Dialect::postgresql) {
        session_->impl().command("RELEASE SAVEPOINT job; SAVEPOINT job");
        return;
    }
    session_->run("RELEASE job", {});
    session_->run("SAVEPOINT job", {});
}

void GroupCommit::undo(bool alone) {
    Session::Impl& impl = session_->impl();
    if (!alone) {
        impl.dialect == Dialect::sqlite ? void(session_->run("ROLLBACK TO job", {}))
                                        : void(impl.command("ROLLBACK TO SAVEPOINT job"));
    } else {
        impl.in_transaction = false;
        impl.command("ROLLBACK; BEGIN");  // an empty transaction, so that committing is the same for all
    }
}

void GroupCommit::roll_back() noexcept {
    if (!session_) return;
    Session::Impl& impl = session_->impl();
    impl.in_transaction = false;
    if (impl.dialect == Dialect::sqlite && impl.autocommit()) return;
    try {
        impl.command("ROLLBACK");
    } catch (const std::exception&) {
        disconnect();  // whatever is wrong with it, its transaction ends with it
    }
}

GroupCommit::Ended GroupCommit::commit(std::span<Pending> jobs) {
    Session::Impl& impl = session_->impl();
    try {
        if (impl.dialect == Dialect::sqlite) {
            session_->run("COMMIT", {});
        } else if (impl.command("COMMIT") != "COMMIT") {
            // PostgreSQL answers ROLLBACK, and no error, where a job hid a failed statement.
            throw std::runtime_error("a job went on after a failed statement");
        }
    } catch (const Fault& fault) {
        const auto why = std::current_exception();
        const bool unknown = impl.dialect == Dialect::postgresql && fault.connection_lost;
        const Ended ended = fell(why, true);
        return unknown ? settle(jobs) : ended;
    } catch (...) {
        ++counters_.batches_void;
        return fell(std::current_exception());
    }
    ++counters_.commits;
    return Ended::settled;
}

/// The connection broke during COMMIT: asks the database whether our batch is there. Both statements wait
/// until the transaction of the broken connection has ended; never is a batch repeated before that is known.
GroupCommit::Ended GroupCommit::settle(std::span<Pending> jobs) {
    const std::int64_t asked = mark_;
    const bool marked = marks_;
    for (int n = 0; marked && breaker_.allow(); n = std::min(n + 1, 6)) {
        try {
            connect();
            session_->exec(
                "INSERT INTO writer_marks (writer_id, batch, updated_at) VALUES (:id, 0, :now) "
                "ON CONFLICT (writer_id) DO NOTHING",
                writer_id_, clock_.now());
            const std::int64_t there = session_->number(
                "SELECT batch FROM writer_marks WHERE writer_id = :id FOR UPDATE", writer_id_);
            breaker_.succeeded();
            log::info("an unknown commit was settled",
                      {{"module", settings_.module}, {"committed", there == asked ? "yes" : "no"}});
            if (there != asked) return Ended::again;
            ++counters_.commits;
            return Ended::settled;
        } catch (const std::exception& e) {
            breaker_.failed();
            log::warning("an unknown commit is not settled yet",
                         {{"module", settings_.module}, {"why", e.what()}});
            disconnect();
            pause_before_try(n);
        }
    }
    const auto unknown = std::make_exception_ptr(Unavailable(
        "whether the change was made is not known: the database of " + settings_.module + " went away",
        std::max(1, settings_.breaker_reset_ms / 1000)));
    for (Pending& pending : jobs) pending.error = unknown;
    return Ended::settled;
}

bool GroupCommit::marks_exist() {
    if (marks_) return true;
    marks_ = session_->number(
                 "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = :m AND tablename = "
                 "'writer_marks'",
                 settings_.module) > 0;
    if (marks_) {
        constexpr std::int64_t week_ms = 7LL * 24 * 3'600 * 1'000;
        session_->exec("DELETE FROM writer_marks WHERE updated_at < :old", clock_.now().plus_ms(-week_ms));
        const std::string prepare =
            "PREPARE mark_batch (BIGINT, BIGINT) AS INSERT INTO writer_marks (writer_id, batch, updated_at) "
            "VALUES ('" +
            writer_id_ +
            "', $1, $2) ON CONFLICT (writer_id) DO UPDATE SET batch = excluded.batch, updated_at = "
            "excluded.updated_at";
        session_->impl().command(prepare.c_str());
    }
    return marks_;
}

bool GroupCommit::tidy(bool scrub) noexcept {
    constexpr std::uintmax_t long_wal = 4 * 1024 * 1024;
    try {
        if (is_memory(settings_.url) || !settings_.url.starts_with("sqlite:")) return true;
        if (!session_) return !scrub;
        std::error_code none;
        const auto size = std::filesystem::file_size(sqlite_path(settings_.url) + "-wal", none);
        if (none || (size <= long_wal && !(scrub && size > 0))) return true;
        // Readers at work hold it up; it is not worth waiting for them but where data must go.
        session_->impl().command(scrub ? "PRAGMA busy_timeout=250" : "PRAGMA busy_timeout=0");
        const auto held_up = session_->query_one("iii", "PRAGMA wal_checkpoint(TRUNCATE)",
                                                 [](const Row& row) { return row.integer(0); });
        session_->impl().command("PRAGMA busy_timeout=5000");
        return held_up == 0;
    } catch (const std::exception& e) {
        log::warning("tidying a database failed", {{"module", settings_.module}, {"why", e.what()}});
        return false;
    }
}

}  // namespace cloudretail::db
