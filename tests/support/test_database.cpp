// See test_database.hpp. Talks to SQLite and libpq directly, so that it does not lean on what it helps to
// test.
#include <libpq-fe.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <support/test_database.hpp>

namespace cloudretail::test {
namespace {

std::string run_postgresql(const std::string& url, const std::string& sql) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), &PQfinish);
    PQsetNoticeProcessor(
        connection.get(), [](void*, const char*) {}, nullptr);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                               &PQclear);
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        throw std::runtime_error("PostgreSQL for tests: " + std::string(PQerrorMessage(connection.get())));
    }
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

std::string run_sqlite(const std::string& path, const std::string& sql) {
    sqlite3* connection = nullptr;
    std::string first;
    const auto keep_first = [](void* out, int columns, char** values, char**) {
        auto& text = *static_cast<std::string*>(out);
        if (text.empty() && columns > 0 && values[0] != nullptr) text = values[0];
        return 0;
    };
    int code = sqlite3_open(path.c_str(), &connection);
    sqlite3_busy_timeout(connection, 5'000);
    if (code == SQLITE_OK) code = sqlite3_exec(connection, sql.c_str(), keep_first, &first, nullptr);
    const std::string message = sqlite3_errmsg(connection);
    sqlite3_close(connection);
    if (code != SQLITE_OK) throw std::runtime_error("SQLite for tests: " + message);
    return first;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "cloudretail-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code none;
    std::filesystem::remove_all(path_, none);
}

std::string postgresql_server() {
    const char* url = std::getenv("CLOUDRETAIL_TEST_POSTGRESQL");
    if (url == nullptr || *url == '\0') {
        throw std::runtime_error(
            "CLOUDRETAIL_TEST_POSTGRESQL is not set: run scripts/test, or leave these out with "
            "the tag ~[postgresql]");
    }
    return url;
}

PostgresqlPlace::PostgresqlPlace() : server_(postgresql_server()) {
    static std::atomic<int> number{0};
    name_ = "test_" + std::to_string(getpid()) + "_" + std::to_string(++number);
    run_postgresql(server_, "DROP DATABASE IF EXISTS " + name_);
    run_postgresql(server_, "CREATE DATABASE " + name_);
    url_ = server_.substr(0, server_.rfind('/') + 1) + name_;
}

PostgresqlPlace::~PostgresqlPlace() {
    try {
        run_postgresql(server_, "DROP DATABASE " + name_ + " WITH (FORCE)");
    } catch (const std::exception&) {
        return;  // the server itself is thrown away after the tests
    }
}

std::string PostgresqlPlace::run(const std::string& sql) const { return run_postgresql(url_, sql); }

TestDatabase::TestDatabase(db::Dialect dialect, const std::string& module, const Clock& clock,
                           const Change& change)
    : clock_(clock) {
    place_.module = module;
    place_.readers = 2;
    place_.breaker_reset_ms = 1'000;
    if (dialect == db::Dialect::sqlite) {
        place_.url = "sqlite:" + (folder_.path() / (module + ".db")).string();
    } else {
        postgresql_.emplace();
        place_.url = postgresql_->url();
    }
    if (change) change(place_);
    reopen();
}

TestDatabase::~TestDatabase() { database_.reset(); }

void TestDatabase::reopen() {
    database_.reset();
    database_ = std::make_unique<db::Database>(place_, clock_);
    database_->open();
    db::migrate(*database_);
}

std::string TestDatabase::beside(const std::string& sql) {
    if (!postgresql_) return run_sqlite(place_.url.substr(std::string("sqlite:").size()), sql);
    return postgresql_->run("SET search_path = \"" + place_.module + "\"; " + sql);
}

}  // namespace cloudretail::test
