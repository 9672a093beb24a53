// Database on PostgreSQL when the server or the connection goes away: what is repeated, what is not, and what
// is known.
#include <support/cutting_proxy.hpp>
#include <support/test_database.hpp>
#include <support/writes.hpp>

#include <atomic>
#include <barrier>

using namespace cloudretail;
using namespace cloudretail::db;
using test::CuttingProxy;
using test::Gate;
using test::TestDatabase;
using test::Writes;

namespace {

const std::string kill_writer =
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name LIKE 'cloudretail % writer'";
const std::string kill_readers =
    "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name LIKE 'cloudretail % reader'";

void make_table(Database& database) {
    database.write_blocking([](Tx& tx) {
        tx->script(
            "CREATE TABLE things (id TEXT, n BIGINT NOT NULL DEFAULT 0); "
            "INSERT INTO things (id) VALUES ('left'), ('right')");
        return Unit{};
    });
}

/// Not unique on purpose: what is done twice shows.
auto inserting(std::string id) {
    return [id = std::move(id)](Tx& tx) {
        return tx->exec("INSERT INTO things (id, n) VALUES (:id, 5000000000)", id);
    };
}

std::string count(TestDatabase& db) { return db.beside("SELECT count(*) FROM things WHERE n > 0"); }

}  // namespace

TEST_CASE("a writer whose connection was ended between batches connects again", "[db][postgresql]") {
    TestDatabase db(Dialect::postgresql, "order");
    make_table(db.database());
    CHECK(db.beside(kill_writer) == "t");
    CHECK(db.database().write_blocking(inserting("a")) == 1);
    CHECK(count(db) == "1");
    CHECK(db.database().statistics().breaker == "closed");
}

TEST_CASE("a batch whose connection is ended before its commit is repeated, once in effect",
          "[db][postgresql][pitfall-postgresql-killed]") {
    TestDatabase db(Dialect::postgresql, "order");
    make_table(db.database());
    std::atomic<int> runs{0};
    Writes<std::int64_t> writes;
    {
        Gate gate(db.database());
        for (int i = 0; i < 6; ++i) {
            writes.add(db.database(), [&, i](Tx& tx) {
                if (i == 4 && ++runs == 1) db.beside(kill_writer);
                return tx->exec("INSERT INTO things (id, n) VALUES (:id, 1)", std::to_string(i));
            });
        }
    }
    for (auto& outcome : writes.wait()) CHECK(outcome.get() == 1);
    CHECK(runs == 2);
    CHECK(count(db) == "6");
}

TEST_CASE("an unknown commit that did not happen is repeated", "[db][postgresql]") {
    std::optional<CuttingProxy> proxy;
    TestDatabase db(Dialect::postgresql, "order", system_clock(), [&](Settings& s) {
        proxy.emplace(s.url);
        s.url = proxy->url(s.url);
    });
    make_table(db.database());
    proxy->arm(CuttingProxy::Cut::before_commit);
    Writes<std::int64_t> writes;
    {
        Gate gate(db.database());
        for (int i = 0; i < 5; ++i) writes.add(db.database(), inserting(std::to_string(i)));
    }
    for (auto& outcome : writes.wait()) CHECK(outcome.get() == 1);
    CHECK(proxy->fired());
    CHECK(count(db) == "5");
}

TEST_CASE("an unknown commit that happened is acknowledged and not repeated", "[db][postgresql]") {
    std::optional<CuttingProxy> proxy;
    TestDatabase db(Dialect::postgresql, "order", system_clock(), [&](Settings& s) {
        proxy.emplace(s.url);
        s.url = proxy->url(s.url);
    });
    make_table(db.database());
    std::atomic<int> runs{0};
    for (int round = 1; round <= 2; ++round) {
        proxy->arm(CuttingProxy::Cut::after_commit);
        const auto job = [&](Tx& tx) {
            ++runs;
            return tx->exec("INSERT INTO things (id, n) VALUES ('x', 1)");
        };
        CHECK(db.database().write_blocking(job) == 1);
        CHECK(runs == round);
        CHECK(count(db) == std::to_string(round));
    }
    CHECK(proxy->fired());
}

TEST_CASE("the first commit of a new writer is settled too when its answer is lost", "[db][postgresql]") {
    std::optional<CuttingProxy> proxy;
    TestDatabase db(Dialect::postgresql, "order", system_clock(), [&](Settings& s) {
        proxy.emplace(s.url);
        s.url = proxy->url(s.url);
    });
    make_table(db.database());
    db.reopen();
    const std::string writers = db.beside("SELECT count(*) FROM writer_marks");
    proxy->arm(CuttingProxy::Cut::after_commit);
    CHECK(db.database().write_blocking(inserting("a")) == 1);
    CHECK(count(db) == "1");
    CHECK(db.beside("SELECT count(*) FROM writer_marks") == std::to_string(std::stoi(writers) + 1));
}

TEST_CASE("writers that deadlock both get their work done", "[db][postgresql]") {
    TestDatabase db(Dialect::postgresql, "order");
    make_table(db.database());
    Database other(db.same_place(), system_clock());
    other.open();
    std::barrier<> both(2);
    std::atomic<int> runs{0};
    const auto locking = [&](std::string first, std::string second) {
        return [&, first, second, meet = true](Tx& tx) mutable {
            ++runs;
            tx->exec("UPDATE things SET n = n + 1 WHERE id = :id", first);
            if (std::exchange(meet, false)) both.arrive_and_wait();
            return tx->exec("UPDATE things SET n = n + 1 WHERE id = :id", second);
        };
    };
    Writes<std::int64_t> writes;
    writes.add(db.database(), locking("left", "right"));
    writes.add(other, locking("right", "left"));
    for (auto& outcome : writes.wait()) CHECK(outcome.get() == 1);
    CHECK(runs >= 3);
    CHECK(db.beside("SELECT string_agg(n::text, ',') FROM things") == "2,2");
    CHECK(db.database().available());
}

TEST_CASE("a read whose connection was ended is repeated on a new one",
          "[db][postgresql][pitfall-postgresql-killed]") {
    TestDatabase db(Dialect::postgresql, "order", system_clock(), [](Settings& s) { s.readers = 1; });
    make_table(db.database());
    const auto rows = [](Session& s) { return s.number("SELECT count(*) FROM things"); };
    CHECK(db.database().read_blocking(rows) == 2);
    CHECK(db.beside(kill_readers) == "1");
    CHECK(db.database().read_blocking(rows) == 2);
}

TEST_CASE("wherever a connection breaks, a change is made once and a read answers",
          "[db][postgresql][pitfall-postgresql-killed]") {
    std::optional<CuttingProxy> proxy;
    TestDatabase db(Dialect::postgresql, "order", system_clock(), [&](Settings& s) {
        proxy.emplace(s.url);
        s.url = proxy->url(s.url);
        s.readers = 1;
        s.breaker_failures = 1'000;
    });
    make_table(db.database());
    const auto side = GENERATE(CuttingProxy::Side::request, CuttingProxy::Side::answer);
    CAPTURE(side);
    int made = 0;
    const auto count_of = [](Session& s, const std::string& text) {
        return s.query_one(
            "ti", text, [](const Row& row) { return row.text(0) + "=" + std::to_string(row.integer(1)); },
            std::int64_t{0});
    };
    // Of a new text, so that it is prepared and described too.
    const auto counting = [&](int n) {
        return "SELECT 'n" + std::to_string(n) + "', count(*) FROM things WHERE n > :n";
    };
    bool met = true;
    for (int n = 1; met; ++n) {
        CAPTURE(n);
        REQUIRE(n < 200);
        proxy->arm(n, side);
        const auto job = [&](Tx& tx) {
            tx->exec("INSERT INTO things (id, n) VALUES (:id, 1)", std::to_string(n));
            return count_of(*tx.operator->(), counting(n));
        };
        const std::string expected = "n" + std::to_string(n) + "=" + std::to_string(++made);
        CHECK(db.database().write_blocking(job) == expected);
        CHECK(db.database().read_blocking([&](Session& s) { return count_of(s, counting(n)); }) == expected);
        met = proxy->fired();
    }
    CHECK(made > 8);  // begin, three steps for each of two statements, commit
    CHECK(count(db) == std::to_string(made));
}

TEST_CASE("a job that hides a failed statement is not acknowledged", "[db][postgresql]") {
    TestDatabase db(Dialect::postgresql, "order");
    make_table(db.database());
    const auto hiding = [](Tx& tx) {
        tx->exec("INSERT INTO things (id, n) VALUES ('a', 1)");
        try {
            tx->exec("INSERT INTO things (id, n) VALUES ('b', NULL)");
        } catch (const ConstraintViolation&) {
            return 1;
        }
        return 2;
    };
    CHECK_THROWS_AS(db.database().write_blocking(hiding), std::runtime_error);
    Writes<int> batch;
    Writes<std::int64_t> others;
    {
        Gate gate(db.database());
        others.add(db.database(), inserting("c"));
        batch.add(db.database(), hiding);
        others.add(db.database(), inserting("d"));
        batch.add(db.database(), hiding);
    }
    for (auto& outcome : batch.wait()) CHECK_THROWS_AS(outcome.get(), std::runtime_error);
    for (auto& outcome : others.wait()) CHECK(outcome.get() == 1);
    CHECK(count(db) == "2");
}

TEST_CASE("an absent server lets the start go on and refuses work at once until it is back",
          "[db][postgresql]") {
    ManualClock clock;
    TestDatabase db(Dialect::postgresql, "order");
    std::optional<CuttingProxy> proxy(std::in_place, db.settings().url);
    const int port = proxy->port();
    Settings settings = db.same_place();
    settings.url = proxy->url(settings.url);
    proxy.reset();  // nobody listens there now
    Database database(settings, clock);
    database.open();
    CHECK_FALSE(database.available());
    const auto one = [](Session& s) { return s.number("SELECT 1"); };
    CHECK_THROWS_AS(database.write_blocking([](Tx&) { return Unit{}; }), Unavailable);
    for (int i = 0; i < settings.breaker_failures; ++i)
        CHECK_THROWS_AS(database.read_blocking(one), Unavailable);
    CHECK(database.statistics().breaker == "open");
    proxy.emplace(db.settings().url, port);
    CHECK_THROWS_AS(database.read_blocking(one), Unavailable);  // not tried before its time
    clock.advance_ms(settings.breaker_reset_ms);
    CHECK(database.write_blocking([](Tx& tx) { return tx->number("SELECT 5000000000"); }) == 5'000'000'000);
    CHECK(database.read_blocking(one) == 1);
    CHECK(database.statistics().breaker == "closed");
    database.close();
}

TEST_CASE("scrubbing vacuums, and the writer goes on", "[db][postgresql]") {
    TestDatabase db(Dialect::postgresql, "order");
    make_table(db.database());
    db.database().write_blocking([](Tx& tx) { return tx->exec("DELETE FROM things"); });
    std::promise<bool> scrubbed;
    db.database().scrub(Then<Unit>([&](Outcome<Unit> o) { scrubbed.set_value(o.has_value()); }));
    CHECK(scrubbed.get_future().get());
    CHECK(db.database().write_blocking(inserting("a")) == 1);
    db.database().close();
    CHECK(count(db) == "1");
}
