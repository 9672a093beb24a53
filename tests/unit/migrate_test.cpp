// Migrations: applied once, in order, recorded; edited and unknown ones stop the start.
#include <db/migrate.hpp>
#include <support/test_database.hpp>

#include <thread>

using namespace cloudretail;
using namespace cloudretail::db;
using test::TestDatabase;

TEST_CASE("the migrations of a module begin with those of core, in each dialect", "[db]") {
    for (const Dialect dialect : {Dialect::sqlite, Dialect::postgresql}) {
        const auto migrations = migrations_of("unit", dialect);
        REQUIRE_FALSE(migrations.empty());
        CHECK(migrations[0].number == 1);
        CHECK(migrations[0].name == "0001_core");
        CHECK((migrations[0].sql.find("writer_marks") != std::string::npos) ==
              (dialect == Dialect::postgresql));
    }
}

TEST_CASE_ON_BOTH("what was applied is not applied again, also after a restart", "[db]") {
    TestDatabase db(dialect, "unit");
    CHECK(db.beside("SELECT count(*) FROM schema_migrations WHERE series = 'core'") != "0");
    CHECK(migrate(db.database()).empty());
    db.reopen();
    CHECK(migrate(db.database(), true).empty());
}

TEST_CASE("a dry run names what is missing and changes nothing", "[db][sqlite]") {
    Database database({.module = "unit", .url = "sqlite::memory:"}, system_clock());
    database.open();
    const auto tables = [](Session& s) { return s.number("SELECT count(*) FROM sqlite_master"); };
    const auto missing = migrate(database, true);
    REQUIRE_FALSE(missing.empty());
    CHECK(missing[0] == "core/0001_core");
    CHECK(database.read_blocking(tables) == 0);
    CHECK(migrate(database) == missing);
    CHECK(database.read_blocking(tables) > 0);
}

TEST_CASE_ON_BOTH("a migration edited after it was applied stops the start, named", "[db]") {
    TestDatabase db(dialect, "unit");
    db.beside("UPDATE schema_migrations SET checksum = 'other'");
    CHECK_THROWS_WITH(migrate(db.database()), Catch::Contains("unit") && Catch::Contains("core/0001_core") &&
                                                  Catch::Contains("edited"));
}

TEST_CASE_ON_BOTH("a database that is newer than the program stops the start, named", "[db]") {
    TestDatabase db(dialect, "unit");
    db.beside(
        "INSERT INTO schema_migrations (series, number, name, checksum, applied_at) "
        "VALUES ('core', 9999, '9999_future', 'x', 0)");
    CHECK_THROWS_WITH(migrate(db.database()),
                      Catch::Contains("newer") && Catch::Contains("core/9999_future"));
}

TEST_CASE("processes that migrate at the same time apply each migration once", "[db][postgresql]") {
    TestDatabase db(Dialect::postgresql, "unit");
    db.beside("DROP SCHEMA unit CASCADE");
    std::vector<std::string> problems(3);
    std::vector<std::size_t> applied(3);
    std::vector<std::thread> processes;
    for (std::size_t i = 0; i < 3; ++i) {
        processes.emplace_back([&, i] {
            try {
                Database database(db.same_place(), system_clock());
                database.open();
                applied[i] = migrate(database).size();
            } catch (const std::exception& e) {
                problems[i] = e.what();
            }
        });
    }
    for (std::thread& process : processes) process.join();
    CHECK(problems == std::vector<std::string>(3));
    CHECK(applied[0] + applied[1] + applied[2] == migrations_of("unit", Dialect::postgresql).size());
}

TEST_CASE_ON_BOTH("every module's migrations apply", "[db]") {
    for (const char* module : {"user", "product", "inventory", "order", "payment", "webhook"}) {
        TestDatabase db(dialect, module);
        CHECK(migrate(db.database(), true).empty());
        for (const char* table :
             {"outbox", "relay_state", "subscriptions", "dead_letters", "idempotency", "sagas"}) {
            CHECK(std::stoll(db.beside(std::string("SELECT count(*) FROM ") + table)) >= 0);
        }
    }
}

TEST_CASE("on SQLite every integer column is BIGINT, but for row ids", "[db][sqlite]") {
    for (const char* module : {"user", "product", "inventory", "order", "payment", "webhook"}) {
        TestDatabase db(Dialect::sqlite, module);
        CHECK(
            db.beside(
                "SELECT group_concat(t.name || '.' || c.name) FROM sqlite_master t "
                "JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' "
                "AND c.type LIKE '%INT%' AND c.type <> 'BIGINT' AND NOT (c.type = 'INTEGER' AND c.pk = 1)") ==
            "");
    }
}
