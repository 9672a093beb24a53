// What a copy of running databases is made from: writers that stand still together for a moment, and read
// snapshots opened in that moment. Knows nothing of files beside the database's own; app/backup.cpp puts
// copies together. Thread rule: one thread that may block, never an io thread.
#pragma once

#include <atomic>
#include <chrono>
#include <db/database.hpp>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

namespace cloudretail::db {

/// Holds the writers of several databases, each inside a batch that is not committed: nothing of it was told
/// to anybody, so what is committed everywhere in that moment belongs together. They go on at release(), or
/// by themselves after `limit`.
class WriterPause {
  public:
    /// Returns once all stand still. Throws Unavailable when one does not within `limit`.
    WriterPause(std::span<Database* const> databases, std::chrono::milliseconds limit);
    ~WriterPause();
    WriterPause(const WriterPause&) = delete;
    /// Lets them go on. False: one went on too early, and what was seen meanwhile may not belong together.
    bool release();

  private:
    struct Gate;
    std::shared_ptr<Gate> gate_;
};

/// One view of a database, the same for as long as the object lives, on a connection of its own.
class Snapshot {
  public:
    /// Throws Unavailable where the database is away. A memory database has none (std::runtime_error).
    explicit Snapshot(const Settings& settings);
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;

    /// For queries of the snapshot.
    Session& session() { return session_; }
    /// PostgreSQL: the name under which other sessions may import it (pg_dump --snapshot).
    [[nodiscard]] const std::string& exported() const { return exported_; }
    /// SQLite: copies the view into a new, sound, self-contained file. `stopping` is looked at between pieces
    /// (throws Unavailable). Checkpoints nothing of the original.
    void copy_to(const std::string& file, const std::atomic<bool>& stopping);

  private:
    Session session_;
    std::string exported_;
};

/// PostgreSQL: the URL as the environment variables that its programs read (PGHOST, PGPASSWORD, …), so that
/// no password stands on a command line.
std::map<std::string, std::string> libpq_environment(const Settings& settings);
/// PostgreSQL: is there nothing in the module's schema, or no such schema?
bool schema_is_empty(const Settings& settings);
/// PostgreSQL: takes the schema away; `with_content` false refuses (throws) when anything is in it.
void drop_schema(const Settings& settings, bool with_content);

}  // namespace cloudretail::db
