// A module's database for one test, on either kind: a file in a temporary folder, or a PostgreSQL database of
// its own on the server of CLOUDRETAIL_TEST_POSTGRESQL. Removed at the end. Use from the test's thread.
#pragma once

#include <catch2/catch.hpp>
#include <db/database.hpp>
#include <db/migrate.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

/// A test case that runs on both kinds, as two ctest tests "… (SQLite)" and "… (PostgreSQL)", the second with
/// the tag [postgresql]; `dialect` says which. Without a PostgreSQL server the second fails.
#define TEST_CASE_ON_BOTH(name, tags) CR_TEST_CASE_ON_BOTH(INTERNAL_CATCH_UNIQUE_NAME(on_both_), name, tags)
#define CR_TEST_CASE_ON_BOTH(function, name, tags)                                                           \
    static void function(cloudretail::db::Dialect dialect);                                                  \
    TEST_CASE(name " (SQLite)", tags "[sqlite]") { function(cloudretail::db::Dialect::sqlite); }             \
    TEST_CASE(name " (PostgreSQL)", tags "[postgresql]") { function(cloudretail::db::Dialect::postgresql); } \
    static void function([[maybe_unused]] cloudretail::db::Dialect dialect)

namespace cloudretail::test {

/// A new folder under the system's temporary folder, removed with all it holds.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// A new, empty database on the server of CLOUDRETAIL_TEST_POSTGRESQL, dropped at the end.
class PostgresqlPlace {
  public:
    PostgresqlPlace();
    ~PostgresqlPlace();
    PostgresqlPlace(const PostgresqlPlace&) = delete;
    [[nodiscard]] const std::string& url() const { return url_; }
    /// Runs SQL on a connection of its own; the first column of the first row, if any.
    [[nodiscard]] std::string run(const std::string& sql) const;

  private:
    std::string server_, name_, url_;
};

class TestDatabase {
  public:
    using Change = std::function<void(db::Settings&)>;
    /// Opens and migrates the database of `module`; `change` may alter the settings before.
    TestDatabase(db::Dialect dialect, const std::string& module, const Clock& clock = system_clock(),
                 const Change& change = {});
    ~TestDatabase();
    TestDatabase(const TestDatabase&) = delete;

    db::Database& database() { return *database_; }
    [[nodiscard]] const db::Settings& settings() const { return database_->settings(); }
    /// Closes it and opens it again, as a restart does.
    void reopen();
    /// The same place without opening it: settings for a second Database.
    [[nodiscard]] db::Settings same_place() const { return place_; }
    /// Runs SQL beside the database, on a connection of its own; the first column of the first row, if any.
    /// PostgreSQL: search_path is the module's schema.
    std::string beside(const std::string& sql);

  private:
    TemporaryFolder folder_;
    const Clock& clock_;
    std::optional<PostgresqlPlace> postgresql_;
    db::Settings place_;
    std::unique_ptr<db::Database> database_;
};

/// The server for tests; throws where CLOUDRETAIL_TEST_POSTGRESQL is not set (scripts/test sets it).
std::string postgresql_server();

}  // namespace cloudretail::test
