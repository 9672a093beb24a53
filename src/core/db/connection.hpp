// The inside of a Session: the SOCI session, its statements by SQL text, and the words of its two dialects.
// Private to core/db. One thread at a time.
#pragma once

#include <soci/soci.h>
#include <chrono>
#include <db/database.hpp>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cloudretail::db {

/// The database as a whole is in trouble: away, disk full, file unreadable. Counts for the breaker.
class Fault : public Unavailable {
  public:
    Fault(const std::string& what, bool connection_lost)
        : Unavailable(what), connection_lost(connection_lost) {}
    bool connection_lost;  // the session is of no more use
};

/// PostgreSQL asks for the transaction to be repeated: 40001, 40P01, 55P03.
class Conflict : public Unavailable {
  public:
    using Unavailable::Unavailable;
};

enum class Role { writer, reader };

class Statement;

struct Session::Impl {
    /// Connects and sets the session up. Throws Fault where the database cannot be reached or opened.
    static std::unique_ptr<Impl> open(const Settings& settings, Role role);
    Impl(Dialect dialect, Role role);
    ~Impl();
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    /// One or several statements without binds; rows are dropped. Answers PostgreSQL's command tag of the
    /// last one,
    /// "" on SQLite. Not subject to the transaction check.
    std::string command(const char* sql);
    /// PostgreSQL: how many columns a prepared statement answers.
    int columns_of(const std::string& prepared);
    /// SQLite: no transaction is open. PostgreSQL: always false, there a failed transaction stays open.
    [[nodiscard]] bool autocommit() const;
    /// A transaction is open that nobody expects: one that a read began and did not end.
    [[nodiscard]] bool left_open() const;
    /// PostgreSQL: does the server still answer? SQLite: true.
    [[nodiscard]] bool alive();
    /// Turns SOCI's exception into one of ours, without SQL and without values.
    [[noreturn]] void rethrow(const soci::soci_error& error) const;
    /// The cached (or a fresh) statement that fits; busy until released.
    Statement& acquire(std::string_view sql, Columns columns, std::span<const Bind> binds);
    void release(Statement& statement) noexcept;
    void forget_statements() noexcept;

    Dialect dialect;
    Role role;
    int statement_timeout_ms = 0;
    /// Set while a write transaction is expected to be open: a statement that finds it gone throws.
    bool in_transaction = false;
    std::chrono::steady_clock::time_point deadline{};  // of the running statement, SQLite readers
    soci::session sql;

  private:
    using Statements = std::list<std::unique_ptr<Statement>>;
    static constexpr std::size_t kept_statements = 256;
    void open_sqlite(const Settings& settings);
    void open_postgresql(const Settings& settings);
    void make_room();
    void drop(Statements::iterator at);

    // After `sql`, so that statements end before their session.
    Statements recent_;     // most recently used first
    Statements temporary_;  // not kept: too many binds, or the kept one is in use
    std::unordered_map<std::string_view, Statements::iterator> by_text_;
};

/// "sqlite:<path>" → path; `memory` is the test database.
std::string sqlite_path(const std::string& url);
bool is_memory(const std::string& url);

}  // namespace cloudretail::db
