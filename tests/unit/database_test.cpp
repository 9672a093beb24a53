// Database: group commit, what fails alone and what fails together, bounds, the breaker, closing. On both
// databases.
#include <support/test_database.hpp>
#include <support/writes.hpp>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <thread>

using namespace cloudretail;
using namespace cloudretail::db;
using test::Gate;
using test::TestDatabase;
using test::Writes;

namespace {

constexpr std::int64_t big = 5'000'000'000;
constexpr ErrorType refused{"refused", "Refused", ErrorKind::conflict};

void make_table(Database& database) {
    database.write_blocking([](Tx& tx) {
        tx->script("CREATE TABLE things (id TEXT PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0, filler TEXT)");
        return Unit{};
    });
}

auto inserting(std::string id, std::int64_t n = big) {
    return [id = std::move(id), n](Tx& tx) {
        return tx->exec("INSERT INTO things (id, n) VALUES (:id, :n)", id, n);
    };
}

std::int64_t count(TestDatabase& db) { return std::stoll(db.beside("SELECT count(*) FROM things")); }

void failing(Settings& settings) {
    settings.breaker_failures = 3;
    settings.breaker_reset_ms = 5'000;
}

/// As the disk would, with no room for more than what is there.
void fill_up(Database& database) {
    database.write_blocking([](Tx& tx) {
        tx->script("PRAGMA max_page_count = 1");
        return Unit{};
    });
}

auto inserting_much(std::string id) {
    return [id = std::move(id)](Tx& tx) {
        return tx->exec("INSERT INTO things (id, filler) VALUES (:id, :filler)", id,
                        std::string(100'000, 'x'));
    };
}

}  // namespace

TEST_CASE_ON_BOTH("writes that wait together share one commit, and each is told its own result", "[db]") {
    TestDatabase db(dialect, "user");
    make_table(db.database());
    const auto before = db.database().statistics();
    Writes<std::int64_t> writes;
    {
        Gate gate(db.database());
        for (int i = 0; i < 200; ++i) writes.add(db.database(), inserting(std::to_string(i), i));
    }
    for (auto& outcome : writes.wait()) CHECK(outcome.get() == 1);
    const auto after = db.database().statistics();
    CHECK(after.jobs - before.jobs == 201);
    CHECK(after.commits - before.commits == 2);  // the gate's and the batch's
    CHECK(count(db) == 200);
}

TEST_CASE_ON_BOTH("a batch is never larger than its limit", "[db]") {
    TestDatabase db(dialect, "unit", system_clock(), [](Settings& s) { s.batch = 10; });
    make_table(db.database());
    const auto before = db.database().statistics();
    Writes<std::int64_t> writes;
    {
        Gate gate(db.database());
        for (int i = 0; i < 95; ++i) writes.add(db.database(), inserting(std::to_string(i), i));
    }
    writes.wait();
    CHECK(db.database().statistics().commits - before.commits == 11);
    CHECK(count(db) == 95);
}

TEST_CASE_ON_BOTH("a job that throws or answers an error is rolled back alone", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    Writes<Result<std::int64_t>> writes;
    {
        Gate gate(db.database());
        for (int i = 0; i < 9; ++i) {
            writes.add(db.database(), [i](Tx& tx) -> Result<std::int64_t> {
                const std::string id = std::to_string(i);
                tx->exec("INSERT INTO things (id, n) VALUES (:id, :n)", id, big);
                if (i % 3 == 1) return Error(refused, id);
                if (i % 3 == 2) tx->exec("INSERT INTO things (id) VALUES (:id)", i == 8 ? id : "0");  // twice
                return big + i;
            });
        }
    }
    auto outcomes = writes.wait();
    for (std::size_t i = 0; i < 9; ++i) {
        if (i % 3 == 0) CHECK(outcomes[i].get().value() == big + static_cast<std::int64_t>(i));
        if (i % 3 == 1) CHECK(outcomes[i].get().error().detail == std::to_string(i));
        if (i % 3 == 2) CHECK_THROWS_AS(outcomes[i].get(), ConstraintViolation);
    }
    CHECK(count(db) == 3);
    CHECK(db.database().statistics().batches_void == 0);
    CHECK(db.database().statistics().jobs_failed == 3);
    CHECK(db.database().available());
}

TEST_CASE_ON_BOTH("a single job that fails leaves nothing behind", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    const auto thrown = [](Tx& tx) -> Unit {
        tx->exec("INSERT INTO things (id) VALUES ('a')");
        throw std::domain_error("no");
    };
    const auto answered = [](Tx& tx) -> Result<Unit> {
        tx->exec("INSERT INTO things (id) VALUES ('a')");
        return Error(refused);
    };
    CHECK_THROWS_AS(db.database().write_blocking(thrown), std::domain_error);
    CHECK(db.database().write_blocking(answered).error().is(refused));
    CHECK(count(db) == 0);
    CHECK(db.database().write_blocking(inserting("a")) == 1);
}

TEST_CASE("a job that ends the transaction voids the batch, and the others run again alone",
          "[db][sqlite][pitfall-group-commit]") {
    TestDatabase db(Dialect::sqlite, "unit");
    make_table(db.database());
    std::atomic<int> runs{0};
    Writes<std::int64_t> writes, rogue;
    {
        Gate gate(db.database());
        for (int i = 0; i < 5; ++i) {
            if (i == 3) {
                rogue.add(db.database(), [](Tx& tx) {
                    tx->exec("INSERT INTO things (id) VALUES ('rogue')");
                    tx->script("ROLLBACK");
                    return std::int64_t{1};
                });
            }
            writes.add(db.database(), [i, &runs](Tx& tx) {
                ++runs;
                return tx->exec("INSERT INTO things (id) VALUES (:id)", std::to_string(i));
            });
        }
    }
    for (auto& outcome : writes.wait()) CHECK(outcome.get() == 1);
    CHECK_THROWS_AS(rogue.wait().front().get(), Unavailable);
    CHECK(runs == 3 + 5);  // those before the rogue ran in vain
    CHECK(db.database().statistics().batches_void == 2);
    CHECK(count(db) == 5);
}

TEST_CASE("a statement after the end of its transaction is not committed by itself", "[db][sqlite]") {
    TestDatabase db(Dialect::sqlite, "unit");
    make_table(db.database());
    const auto rogue = [](Tx& tx) {
        tx->script("ROLLBACK");
        return tx->exec("INSERT INTO things (id) VALUES ('stray')");
    };
    CHECK_THROWS_AS(db.database().write_blocking(rogue), Unavailable);
    CHECK(count(db) == 0);
}

TEST_CASE("with the disk full, what was acknowledged is there and what was not is not", "[db][sqlite]") {
    TestDatabase db(Dialect::sqlite, "unit", system_clock(), [](Settings& s) { s.breaker_failures = 1'000; });
    make_table(db.database());
    fill_up(db.database());
    Writes<std::int64_t> writes;
    {
        Gate gate(db.database());
        for (int i = 0; i < 60; ++i) {
            const std::string id = std::to_string(i);
            if (i % 20 == 7) {
                writes.add(db.database(), inserting_much(id));
            } else {
                writes.add(db.database(), inserting(id));
            }
        }
    }
    auto outcomes = writes.wait();
    std::int64_t acknowledged = 0;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const bool there =
            db.beside("SELECT count(*) FROM things WHERE id = '" + std::to_string(i) + "'") == "1";
        CHECK(there == outcomes[i].has_value());
        acknowledged += outcomes[i].has_value() ? 1 : 0;
    }
    CHECK(acknowledged >= 1);
    CHECK(acknowledged <= 57);
    CHECK(count(db) == acknowledged);
}

TEST_CASE("a full disk opens the breaker, and room closes it again", "[db][sqlite]") {
    ManualClock clock;
    TestDatabase db(Dialect::sqlite, "unit", clock, failing);
    make_table(db.database());
    fill_up(db.database());
    for (int i = 0; i < 3; ++i) {
        CHECK(db.database().available());
        CHECK_THROWS_AS(db.database().write_blocking(inserting_much("a")), Unavailable);
    }
    CHECK_FALSE(db.database().available());
    CHECK(db.database().statistics().breaker == "open");
    std::atomic<bool> ran{false};
    const auto noticed = [&](Tx&) {
        ran = true;
        return Unit{};
    };
    try {
        db.database().write_blocking(noticed);
        FAIL("it was let through");
    } catch (const Unavailable& unavailable) {
        CHECK(unavailable.retry_after_s == 5);
    }
    CHECK_FALSE(ran);
    CHECK(db.database().read_blocking([](Session& s) { return s.number("SELECT 7"); }) == 7);  // reads go on
    clock.advance_ms(5'001);
    CHECK(db.database().available());
    db.database().write_blocking([](Tx& tx) {
        tx->script("PRAGMA max_page_count = 100000");
        return Unit{};
    });
    CHECK(db.database().write_blocking(inserting_much("a")) == 1);
    CHECK(db.database().statistics().breaker == "closed");
}

TEST_CASE("a lost database file is not replaced by an empty one", "[db][sqlite]") {
    test::TemporaryFolder folder;
    const auto path = folder.path() / "with a blank.db";
    Database database({.module = "unit", .url = "sqlite:" + path.string(), .readers = 1}, system_clock());
    database.open();
    make_table(database);
    CHECK(database.write_blocking(inserting("a")) == 1);
    CHECK(std::filesystem::exists(path));
    std::filesystem::remove(path);
    CHECK_THROWS_AS(database.read_blocking([](Session& s) { return s.number("SELECT 1"); }), Unavailable);
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a SQLite database that cannot be opened stops the start with its reason", "[db][sqlite]") {
    test::TemporaryFolder folder;
    Database database({.module = "unit", .url = "sqlite:" + (folder.path() / "none" / "x.db").string()},
                      system_clock());
    CHECK_THROWS_WITH(database.open(), Catch::Contains("unit") && Catch::Contains("cannot be opened"));
}

TEST_CASE_ON_BOTH("a full queue refuses at once", "[db][pitfall-pool-exhausted]") {
    TestDatabase db(dialect, "unit", system_clock(), [](Settings& s) { s.write_queue = 3; });
    make_table(db.database());
    Writes<std::int64_t> accepted, refused_writes;
    {
        Gate gate(db.database());
        for (int i = 0; i < 3; ++i) accepted.add(db.database(), inserting(std::to_string(i)));
        CHECK(db.database().statistics().queue_depth == 3);
        refused_writes.add(db.database(), inserting("too many"));
        CHECK_THROWS_AS(refused_writes.wait().front().get(), Unavailable);  // while the writer is held
    }
    for (auto& outcome : accepted.wait()) CHECK(outcome.get() == 1);
    CHECK(db.database().statistics().refused == 1);
    CHECK(count(db) == 3);
}

TEST_CASE_ON_BOTH("a completion that throws does not stop the writer", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    db.database().write_then(inserting("a"), Then<std::int64_t>([](Outcome<std::int64_t>) { throw 1; }));
    CHECK(db.database().write_blocking(inserting("b")) == 1);
    CHECK(count(db) == 2);
}

TEST_CASE_ON_BOTH("the listener hears once of each commit that published, and not of what was undone",
                  "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    std::atomic<int> heard{0};
    db.database().on_published([&] { ++heard; });
    Writes<Result<Unit>> writes;
    {
        Gate gate(db.database());
        for (int i = 0; i < 5; ++i) {
            writes.add(db.database(), [](Tx& tx) -> Result<Unit> {
                tx.mark_published();
                return Unit{};
            });
        }
    }
    writes.wait();
    db.database().write_blocking([](Tx& tx) -> Result<Unit> {
        tx.mark_published();
        return Error(refused);
    });
    db.database().write_blocking([](Tx&) { return Unit{}; });
    db.database().close();  // so that everything was told
    CHECK(heard == 1);
}

TEST_CASE_ON_BOTH("closing finishes what is queued, afterwards everything is refused", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    Writes<std::int64_t> writes;
    auto gate = std::make_unique<Gate>(db.database());
    for (int i = 0; i < 20; ++i) writes.add(db.database(), inserting(std::to_string(i)));
    gate.reset();
    db.database().close();
    for (auto& outcome : writes.wait()) CHECK(outcome.get() == 1);
    CHECK_THROWS_AS(db.database().write_blocking(inserting("late")), Unavailable);
    CHECK_THROWS_AS(db.database().read_blocking([](Session& s) { return s.number("SELECT 1"); }),
                    Unavailable);
    db.reopen();
    CHECK(count(db) == 20);
}

TEST_CASE_ON_BOTH("a snapshot sees one state, plain reads see each commit", "[db]") {
    runtime::net::io_context context;  // outlives the readers, which post to it
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    const auto twice = [&](Session& s) {
        const auto first = s.number("SELECT count(*) FROM things");
        const std::string id = db.beside("SELECT count(*) FROM things");
        db.database().write_blocking(inserting("id" + id));
        return std::pair(first, s.number("SELECT count(*) FROM things"));
    };
    std::optional<std::pair<std::int64_t, std::int64_t>> seen;
    auto work = [](Database& database, auto f, auto* out) -> Task<void> {
        *out = co_await database.snapshot(std::move(f));
    };
    boost::asio::co_spawn(context, work(db.database(), twice, &seen), boost::asio::detached);
    context.run();
    REQUIRE(seen.has_value());
    CHECK(*seen == std::pair<std::int64_t, std::int64_t>(0, 0));
    CHECK(db.database().read_blocking(twice) == std::pair<std::int64_t, std::int64_t>(1, 2));
}

TEST_CASE("the inline executor runs every job at once on the calling thread", "[db][sqlite]") {
    Database database({.module = "unit", .url = "sqlite::memory:"}, system_clock());
    database.open();
    make_table(database);
    const auto caller = std::this_thread::get_id();
    std::vector<std::string> steps;
    database.write_then(
        [&](Tx& tx) {
            steps.push_back(std::this_thread::get_id() == caller ? "write" : "elsewhere");
            return tx->exec("INSERT INTO things (id, n) VALUES ('a', :n)", big);
        },
        Then<std::int64_t>([&](Outcome<std::int64_t>) {
            steps.push_back("done");
            database.write_then(inserting("b"), Then<std::int64_t>([&](Outcome<std::int64_t>) {
                                    steps.push_back("nested");
                                }));
        }));
    CHECK(steps == std::vector<std::string>{"write", "done", "nested"});
    const auto sum = [](Session& s) { return s.number("SELECT SUM(n) FROM things"); };
    CHECK(database.read_blocking(sum) == 2 * big);
    const auto writing = [](Session& s) { return s.exec("DELETE FROM things"); };
    CHECK_THROWS_AS(database.read_blocking(writing), std::runtime_error);
    CHECK_THROWS_AS(database.write_blocking(inserting("a")), ConstraintViolation);
    CHECK(database.read_blocking(sum) == 2 * big);
}
