// Pausing writers, and snapshots. SQLite copies with its online backup API from a reader's transaction: the
// writer goes on, stays the only connection that checkpoints, and the copy never starts anew
// (sqlite.org/backup.html; a source in a read transaction does not change).
#include <db/backup.hpp>

#include "connection.hpp"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <condition_variable>
#include <mutex>

namespace cloudretail::db {
namespace {

constexpr int pages_at_once = 2'000;

sqlite_api::sqlite3* handle_of(Session& session) {
    return static_cast<soci::sqlite3_session_backend*>(session.impl().sql.get_backend())->conn_;
}

/// The new file, as SQLite sees it.
class Copy {
  public:
    explicit Copy(const std::string& file) : file_(file) {
        const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
        check(sqlite_api::sqlite3_open_v2(file.c_str(), &handle_, flags, nullptr));
        // Made durable once, by whoever wanted it; half a copy is of no use to anybody.
        run("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF");
    }
    ~Copy() { sqlite_api::sqlite3_close_v2(handle_); }
    Copy(const Copy&) = delete;

    void fill(sqlite_api::sqlite3* from, const std::atomic<bool>& stopping) {
        sqlite_api::sqlite3_backup* backup = sqlite_api::sqlite3_backup_init(handle_, "main", from, "main");
        if (backup == nullptr) fail(sqlite_api::sqlite3_errmsg(handle_));
        int code = SQLITE_OK;
        while (code == SQLITE_OK && !stopping) code = sqlite_api::sqlite3_backup_step(backup, pages_at_once);
        sqlite_api::sqlite3_backup_finish(backup);
        if (code == SQLITE_OK) throw Unavailable("the server is stopping");
        if (code != SQLITE_DONE) fail(sqlite_api::sqlite3_errstr(code));
    }
    /// One file, without the write-ahead log its original works with; and every page of it as it should be.
    void finish() {
        run("PRAGMA journal_mode=DELETE");
        std::string verdict;
        const auto first = [](void* out, int, char** values, char**) {
            auto& text = *static_cast<std::string*>(out);
            if (text.empty() && values[0] != nullptr) text = values[0];
            return 0;
        };
        check(sqlite_api::sqlite3_exec(handle_, "PRAGMA quick_check(1)", first, &verdict, nullptr));
        if (verdict != "ok") fail("the database is damaged: " + verdict);
    }

  private:
    void run(const char* sql) { check(sqlite_api::sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr)); }
    void check(int code) const {
        if (code != SQLITE_OK) fail(sqlite_api::sqlite3_errstr(code));
    }
    [[noreturn]] void fail(const std::string& why) const {
        throw std::runtime_error("copying to " + file_ + ": " + why);
    }

    std::string file_;
    sqlite_api::sqlite3* handle_ = nullptr;
};

}  // namespace

struct WriterPause::Gate {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t standing = 0, wanted = 0;
    bool released = false, broken = false;
    std::exception_ptr refused;

    /// On a writer's thread, inside its batch. May be called again for a batch that was void.
    void stand(std::chrono::milliseconds limit) {
        std::unique_lock lock(mutex);
        if (released) return;
        ++standing;
        changed.notify_all();
        if (!changed.wait_for(lock, limit, [this] { return released; })) broken = true;
        --standing;
    }
    void refuse(std::exception_ptr why) {
        const std::lock_guard lock(mutex);
        refused = std::move(why);
        changed.notify_all();
    }
    bool release() {
        const std::lock_guard lock(mutex);
        const bool whole = !released && !broken && standing == wanted;
        released = true;
        changed.notify_all();
        return whole;
    }
};

WriterPause::WriterPause(std::span<Database* const> databases, std::chrono::milliseconds limit)
    : gate_(std::make_shared<Gate>()) {
    gate_->wanted = databases.size();
    for (Database* database : databases) {
        auto stand = [gate = gate_, limit](Tx&) {
            gate->stand(limit);
            return true;
        };
        database->write_then(std::move(stand), Then<bool>([gate = gate_](Outcome<bool> outcome) {
                                 try {
                                     outcome.get();
                                 } catch (...) {
                                     gate->refuse(std::current_exception());
                                 }
                             }));
    }
    std::unique_lock lock(gate_->mutex);
    const bool all = gate_->changed.wait_for(
        lock, limit, [this] { return gate_->standing == gate_->wanted || gate_->refused != nullptr; });
    const std::exception_ptr refused = gate_->refused;
    if (all && refused == nullptr) return;
    lock.unlock();
    release();
    if (refused != nullptr) std::rethrow_exception(refused);
    throw Unavailable("the writers of the modules do not come to rest");
}

WriterPause::~WriterPause() { release(); }

bool WriterPause::release() { return gate_->release(); }

Snapshot::Snapshot(const Settings& settings) : session_(Session::Impl::open(settings, Role::reader)) {
    if (is_memory(settings.url)) throw std::runtime_error("a memory database has no snapshots");
    if (session_.dialect() == Dialect::sqlite) {
        session_.impl().command("BEGIN");
        session_.number("SELECT count(*) FROM sqlite_master");  // the first read fixes what is seen
        return;
    }
    session_.impl().command(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0");
    exported_ =
        session_.query_one("t", "SELECT pg_export_snapshot()", [](const Row& row) { return row.text(0); })
            .value();
}

Snapshot::~Snapshot() {
    try {
        session_.impl().command("ROLLBACK");
    } catch (const std::exception&) {
        return;  // the connection is dead, and the snapshot with it
    }
}

void Snapshot::copy_to(const std::string& file, const std::atomic<bool>& stopping) {
    Copy copy(file);
    copy.fill(handle_of(session_), stopping);
    copy.finish();
}

std::map<std::string, std::string> libpq_environment(const Settings& settings) {
    char* error = nullptr;
    PQconninfoOption* options = PQconninfoParse(settings.url.c_str(), &error);
    PQfreemem(error);  // it may repeat the password
    if (options == nullptr)
        throw std::runtime_error("the database URL of " + settings.module + " is not valid");
    std::map<std::string, std::string> out{{"PGCONNECT_TIMEOUT", std::to_string(settings.connect_timeout_s)}};
    for (PQconninfoOption* o = options; o->keyword != nullptr; ++o)
        if (o->val != nullptr && o->envvar != nullptr) out[o->envvar] = o->val;
    PQconninfoFree(options);
    return out;
}

bool schema_is_empty(const Settings& settings) {
    Session session(Session::Impl::open(settings, Role::reader));
    return session.number(
               "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "
               "c.relnamespace WHERE n.nspname = :m",
               settings.module) == 0;
}

void drop_schema(const Settings& settings, bool with_content) {
    Session session(Session::Impl::open(settings, Role::writer));
    session.impl().command(
        ("DROP SCHEMA \"" + settings.module + "\" " + (with_content ? "CASCADE" : "RESTRICT")).c_str());
}

}  // namespace cloudretail::db
