// Traps of the databases that lose data or show one caller what another one did.
#include <support/test_database.hpp>

#include <array>
#include <atomic>
#include <future>
#include <log/log.hpp>
#include <thread>

using namespace cloudretail;
using namespace cloudretail::db;
using test::TestDatabase;

namespace {

void make_table(Database& database) {
    database.write_blocking([](Tx& tx) {
        tx->script("CREATE TABLE things (id BIGINT PRIMARY KEY, filler TEXT)");
        return Unit{};
    });
}

/// One commit of 5 MB.
void write_much(Database& database) {
    database.write_blocking([](Tx& tx) {
        std::int64_t next = tx->number("SELECT count(*) FROM things");
        const std::string filler(100'000, 'x');
        for (int i = 0; i < 50; ++i)
            tx->exec("INSERT INTO things (id, filler) VALUES (:id, :filler)", ++next, filler);
        return Unit{};
    });
}

std::int64_t pragma(Session& s, const std::string& name) { return s.number("PRAGMA " + name); }

}  // namespace

TEST_CASE_ON_BOTH("a read that leaves its transaction open does not hand it to the next one",
                  "[db][pitfall-open-transaction]") {
    TestDatabase db(dialect, "unit", system_clock(), [](Settings& s) { s.readers = 1; });
    make_table(db.database());
    static std::atomic<int> told{0};
    log::capture([](std::string_view line) {
        if (line.find("a read left a transaction open") != std::string_view::npos) ++told;
    });
    const int before = told;
    const auto count = [](Session& s) { return s.number("SELECT count(*) FROM things"); };
    const auto careless = [&](Session& s) {
        s.script("BEGIN");
        return count(s);
    };
    CHECK(db.database().read_blocking(careless) == 0);
    write_much(db.database());
    CHECK(db.database().read_blocking(count) == 50);
    log::capture(nullptr);
    CHECK(told == before + 1);
}

TEST_CASE("the writer alone checkpoints, nothing is mapped, and a commit is on the disk",
          "[db][sqlite][pitfall-wal-checkpoint][pitfall-sqlite-synchronous]") {
    TestDatabase db(Dialect::sqlite, "unit");
    const auto settings = [](Session& s) {
        return std::array{pragma(s, "wal_autocheckpoint"), pragma(s, "synchronous"),
                          pragma(s, "foreign_keys"), pragma(s, "mmap_size"), pragma(s, "query_only")};
    };
    const auto writer = db.database().write_blocking([&](Tx& tx) { return settings(tx.session()); });
    CHECK(writer[0] > 0);
    CHECK((writer[1] == 2 && writer[2] == 1 && writer[3] == 0 && writer[4] == 0));
    for (int i = 0; i < 8; ++i) {
        const auto reader = db.database().read_blocking(settings);
        CHECK((reader[0] == 0 && reader[3] == 0 && reader[4] == 1));
    }
}

TEST_CASE("the log that grew while somebody read for long does not grow on afterwards",
          "[db][sqlite][pitfall-wal-reader]") {
    TestDatabase db(Dialect::sqlite, "unit");
    make_table(db.database());
    std::promise<void> reading, enough;
    std::thread reader([&] {
        db.database().read_blocking([&](Session& s) {
            s.script("BEGIN");
            s.number("SELECT count(*) FROM things");
            reading.set_value();
            enough.get_future().wait();
            s.script("ROLLBACK");
            return Unit{};
        });
    });
    reading.get_future().wait();
    for (int i = 0; i < 6; ++i) write_much(db.database());
    const auto grown = db.database().statistics().wal_bytes;
    enough.set_value();
    reader.join();
    CHECK(grown > 25'000'000);
    for (int i = 0; i < 12; ++i) write_much(db.database());
    // At most what was written until a checkpoint reached the end, and never past the limit for good.
    CHECK(db.database().statistics().wal_bytes < grown + 12'000'000);
    CHECK(db.database().statistics().wal_bytes < std::int64_t{64} * 1024 * 1024);
}
