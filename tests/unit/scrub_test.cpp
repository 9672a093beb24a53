// Scrubbing: the write-ahead log is gone, and whoever asked is told, however busy readers and writers are.
#include <support/test_database.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <thread>

using namespace cloudretail;
using namespace cloudretail::db;
using test::TestDatabase;

namespace {

void make_table(Database& database) {
    database.write_blocking([](Tx& tx) {
        tx->script("CREATE TABLE things (id TEXT PRIMARY KEY, filler TEXT)");
        return Unit{};
    });
}

auto inserting(std::string id) {
    return [id = std::move(id)](Tx& tx) {
        return tx->exec("INSERT INTO things (id, filler) VALUES (:id, :filler)", id,
                        std::string(50'000, 'x'));
    };
}

std::future<bool> scrub(Database& database) {
    auto promise = std::make_shared<std::promise<bool>>();
    auto done = promise->get_future();
    database.scrub(Then<Unit>([promise](Outcome<Unit> o) { promise->set_value(o.has_value()); }));
    return done;
}

}  // namespace

TEST_CASE("scrubbing truncates the write-ahead log and says when it has", "[db][sqlite]") {
    TestDatabase db(Dialect::sqlite, "unit");
    make_table(db.database());
    db.database().write_blocking(inserting("a"));
    CHECK(db.database().statistics().wal_bytes > 0);
    CHECK(scrub(db.database()).get());
    CHECK(db.database().statistics().wal_bytes == 0);
}

TEST_CASE("scrubbing waits for a reader that holds the write-ahead log, and writes go on", "[db][sqlite]") {
    TestDatabase db(Dialect::sqlite, "unit");
    Database& database = db.database();
    make_table(database);
    std::promise<void> reading, released;
    auto hold = [&reading, release = released.get_future().share()](Session& s) {
        s.number("SELECT COUNT(*) FROM things");
        reading.set_value();
        release.wait();
        return s.number("SELECT COUNT(*) FROM things");
    };
    std::thread reader([&] {
        boost::asio::io_context context;
        auto held =
            boost::asio::co_spawn(context, database.snapshot(std::move(hold)), boost::asio::use_future);
        context.run();
        held.get();
    });
    reading.get_future().wait();
    database.write_blocking(inserting("a"));
    auto done = scrub(database);
    for (int i = 0; i < 20; ++i) database.write_blocking(inserting("b" + std::to_string(i)));
    CHECK(done.wait_for(std::chrono::milliseconds(300)) == std::future_status::timeout);
    CHECK(database.statistics().wal_bytes > 0);
    released.set_value();
    CHECK(done.get());
    CHECK(database.statistics().wal_bytes == 0);
    reader.join();
}

TEST_CASE("a scrubbing that is cut short leaves the reader's time limit as it was", "[db][postgresql]") {
    TestDatabase db(Dialect::postgresql, "unit");
    make_table(db.database());
    Settings settings = db.same_place();
    settings.readers = 1;
    ManualClock clock;
    Database other(settings, clock);
    other.open();
    const auto limit = [](Session& s) {
        return s.query_one("t", "SHOW statement_timeout", [](const Row& r) { return r.text(0); });
    };
    const auto usual = other.read_blocking(limit);
    std::future<bool> done;
    db.database().write_blocking([&](Tx& tx) {
        tx->script("LOCK TABLE things IN ACCESS EXCLUSIVE MODE");
        done = scrub(other);
        std::string waiting;
        while (waiting.empty() || waiting == "0")
            waiting = db.beside(
                "SELECT COUNT(*) FROM (SELECT pg_cancel_backend(a.pid) FROM pg_locks l JOIN "
                "pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted AND a.query LIKE 'VACUUM%things' "
                "AND l.relation = 'unit.things'::regclass) AS cancelled");
        return Unit{};
    });
    CHECK_FALSE(done.get());
    CHECK(other.read_blocking(limit) == usual);
    other.close();
}

TEST_CASE("a scrubbing that the end of the database overtakes is told so", "[db][sqlite]") {
    TestDatabase db(Dialect::sqlite, "unit");
    db.database().close();
    CHECK_FALSE(scrub(db.database()).get());
}
