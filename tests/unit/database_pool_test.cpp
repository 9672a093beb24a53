// The numbers of a database's reading sessions, and its breakers, as metrics and administrators see them.
#include <catch2/catch.hpp>
#include <future>
#include <resilience/breaker.hpp>
#include <support/test_database.hpp>

using namespace cloudretail;

TEST_CASE_ON_BOTH("a read that finds every session at work is counted as waiting", "[db]") {
    test::TestDatabase place(dialect, "alpha", system_clock(), [](db::Settings& s) { s.readers = 1; });
    db::Database& database = place.database();
    CHECK(database.statistics().pool_size == 1);
    CHECK(database.statistics().pool_in_use == 0);
    std::promise<void> begun, release;
    std::promise<std::int64_t> first, second;
    database.read_then(
        [&](db::Session& session) {
            begun.set_value();
            release.get_future().wait();
            return session.number("SELECT 1");
        },
        Then<std::int64_t>([&first](Outcome<std::int64_t> n) { first.set_value(n.get()); }));
    begun.get_future().wait();
    database.read_then([](db::Session& session) { return session.number("SELECT 2"); },
                       Then<std::int64_t>([&second](Outcome<std::int64_t> n) { second.set_value(n.get()); }));
    const db::Statistics busy = database.statistics();
    release.set_value();
    CHECK(first.get_future().get() == 1);
    CHECK(second.get_future().get() == 2);
    CHECK(busy.pool_in_use == 1);
    CHECK(busy.read_queue_depth == 1);
    CHECK(busy.pool_waits == 1);
}

TEST_CASE("a database has a breaker for its writer and one for its readers", "[db]") {
    test::TestDatabase place(db::Dialect::sqlite, "alpha");
    const auto breakers = place.database().breakers();
    REQUIRE(breakers.size() == 2);
    CHECK(breakers[0]->name() == "alpha database");
    CHECK(breakers[1]->name() == "alpha database readers");
    CHECK(breakers[0]->state() == "closed");
}
