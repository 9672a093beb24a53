// The bus over real databases and its own threads: effect once, order, retries, dead letters.
#include <catch2/catch.hpp>

#include "bus_world.hpp"

using namespace cloudretail;
using namespace cloudretail::bus_test;

TEST_CASE_ON_BOTH("each event takes effect once and in order, in every subscription that wants its type",
                  "[events]") {
    World world(dialect);
    auto bus =
        world.bus({to_beta(world, "first", noting("first")), to_beta(world, "second", noting("second"))});
    for (const char* subject : {"a", "b", "c"}) {
        world.publish(subject);
        world.publish("x", 1, "alpha.unwanted");
    }
    world.publish("d", 20);
    REQUIRE(bus->settle(patience));
    CHECK(world.effects("first") == "abc" + std::string(20, 'd'));
    CHECK(world.effects("second") == world.effects("first"));
    const auto statistics = bus->statistics();
    CHECK(statistics.published == 26);
    CHECK(statistics.delivered == 46);
    CHECK(statistics.dead_letters == 0);
    CHECK(statistics.lag.at("first") == 0);
    world.end(std::move(bus));
}

TEST_CASE_ON_BOTH(
    "a bus handles at its start what was published before, and a new subscription sees all that is kept",
    "[events]") {
    World world(dialect);
    world.publish("a", 3);
    auto bus = world.bus({to_beta(world, "old", noting("old"))});
    REQUIRE(bus->settle(patience));
    world.end(std::move(bus));
    world.publish("b", 2);
    bus = world.bus({to_beta(world, "old", noting("old")), to_beta(world, "new", noting("new"))});
    REQUIRE(bus->settle(patience));
    CHECK(world.effects("old") == "aaabb");
    CHECK(world.effects("new") == "aaabb");
    world.end(std::move(bus));
}

TEST_CASE_ON_BOTH("a bus that is torn down again and again in the middle of its work has each effect once",
                  "[events]") {
    World world(dialect);
    std::string expected;
    for (int round = 0; round < 20; ++round) {
        const std::string subject(1, static_cast<char>('a' + round));
        world.publish(subject, 9);
        expected += std::string(9, subject[0]);
        auto bus = world.bus({to_beta(world, "s", noting("s"))});
        if (round % 3 == 0) world.count(world.beta, "SELECT count(*) FROM effects");
        bus.reset();
        REQUIRE(world.runtime.drain(patience));
    }
    auto bus = world.bus({to_beta(world, "s", noting("s"))});
    REQUIRE(bus->settle(patience));
    CHECK(world.effects("s") == expected);
    world.end(std::move(bus));
}

TEST_CASE_ON_BOTH("two buses at work on the same subscription have each effect once", "[events]") {
    World world(dialect);
    auto one = world.bus({to_beta(world, "s", noting("s"))});
    auto two = world.bus({to_beta(world, "s", noting("s"))});
    std::string expected;
    for (char c = 'a'; c <= 'z'; ++c) {
        world.publish(std::string(1, c), 5);
        expected += std::string(5, c);
    }
    REQUIRE(one->settle(patience));
    REQUIRE(two->settle(patience));
    CHECK(world.effects("s") == expected);
    one->stop();
    world.end(std::move(two));
}

TEST_CASE("two processes on one PostgreSQL have each effect once", "[events][postgresql]") {
    World world(db::Dialect::postgresql);
    db::Database other_alpha(world.alpha_database.same_place(), system_clock());
    db::Database other_beta(world.beta_database.same_place(), system_clock());
    other_alpha.open();
    other_beta.open();
    auto one = world.bus({to_beta(world, "s", noting("s"))});
    Bus two(world.runtime, World::quick());
    two.add_source("alpha", other_alpha);
    events::Subscription same = to_beta(world, "s", noting("s"));
    same.database = &other_beta;
    two.subscribe(same);
    two.start();
    std::string expected;
    for (char c = 'a'; c <= 'z'; ++c) {
        world.publish(std::string(1, c), 5);
        expected += std::string(5, c);
    }
    CHECK(one->settle(patience));
    CHECK(two.settle(patience));
    CHECK(world.effects("s") == expected);
    two.stop();
    world.end(std::move(one));
}

TEST_CASE_ON_BOTH("a handler that fails for a while is tried again, and later events wait for it",
                  "[events]") {
    World world(dialect);
    std::atomic<int> failures{2};
    auto sometimes = [&failures](db::Tx& tx, const Event& event) {
        note(tx, "s", event.subject);
        if (event.subject == "b" && failures-- > 0) throw std::runtime_error("not yet");
    };
    world.publish("a");
    world.publish("b");
    world.publish("c");
    auto bus = world.bus({to_beta(world, "s", sometimes)});
    REQUIRE(bus->settle(patience));
    CHECK(world.effects("s") == "abc");
    CHECK(bus->statistics().dead_letters == 0);
    CHECK(bus->statistics().failures >= 1);
    world.end(std::move(bus));
}

TEST_CASE_ON_BOTH("a database that is away is waited for, and never makes a dead letter", "[events]") {
    World world(dialect);
    std::atomic<int> failures{12};
    auto away = [&failures](db::Tx& tx, const Event& event) {
        if (failures-- > 0) throw Unavailable("away");
        note(tx, "s", event.subject);
    };
    world.publish("a");
    auto bus = world.bus({to_beta(world, "s", away)});
    REQUIRE(bus->settle(patience));
    CHECK(world.effects("s") == "a");
    CHECK(bus->statistics().dead_letters == 0);
    world.end(std::move(bus));
}

TEST_CASE_ON_BOTH(
    "an event that fails too often is parked, and neither later events nor other subscriptions suffer",
    "[events]") {
    World world(dialect);
    std::atomic<int> tries{0};
    auto refuses_b = [&tries](db::Tx& tx, const Event& event) {
        if (event.subject == "b") {
            ++tries;
            throw std::runtime_error("refused");
        }
        note(tx, "picky", event.subject);
    };
    auto bus = world.bus({to_beta(world, "picky", refuses_b), to_beta(world, "other", noting("other"))});
    for (const char* subject : {"a", "b", "c"}) world.publish(subject);
    REQUIRE(bus->settle(patience));
    CHECK(world.effects("picky") == "ac");
    CHECK(world.effects("other") == "abc");
    CHECK(tries >= World::quick().max_attempts);
    CHECK(bus->statistics().dead_letters == 1);

    const auto letters = world.beta.read_blocking([](db::Session& s) { return events::dead_letters(s, 10); });
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].subscription == "picky");
    CHECK(letters[0].source == "alpha");
    CHECK(letters[0].event.type == "alpha.done");
    CHECK(letters[0].event.subject == "b");
    CHECK(letters[0].event.data == "{}");
    CHECK(letters[0].event.position == 2);
    CHECK(letters[0].event.audience == world.audience.to_string());
    CHECK(letters[0].error == "refused");
    CHECK(letters[0].attempts == World::quick().max_attempts);
    CHECK(letters[0].parked_at.ms > 0);
    world.end(std::move(bus));
}

TEST_CASE_ON_BOTH("a dead letter is handled again on request: once, or it stays with the new error",
                  "[events]") {
    World world(dialect);
    std::atomic<bool> broken{true};
    auto handler = [&broken](db::Tx& tx, const Event& event) {
        note(tx, "s", event.subject);
        if (broken) throw std::runtime_error("broken");
    };
    auto bus = world.bus({to_beta(world, "s", handler)});
    world.publish("a");
    REQUIRE(bus->settle(patience));
    auto letters = [&] {
        return world.beta.read_blocking([](db::Session& s) { return events::dead_letters(s, 10); });
    };
    REQUIRE(letters().size() == 1);
    const std::int64_t id = letters()[0].id;
    const int attempts = letters()[0].attempts;

    auto again = world.run(bus->retry(world.beta, id));
    REQUIRE(again.has_error());
    CHECK(again.error().is(events::errors::retry_failed));
    REQUIRE(letters().size() == 1);
    CHECK(letters()[0].attempts == attempts + 1);
    CHECK(world.effects("s").empty());

    broken = false;
    CHECK(world.run(bus->retry(world.beta, id)).has_value());
    CHECK(letters().empty());
    CHECK(world.effects("s") == "a");

    auto gone = world.run(bus->retry(world.beta, id));
    REQUIRE(gone.has_error());
    CHECK(gone.error().is(errors::not_found));
    CHECK(world.effects("s") == "a");
    world.end(std::move(bus));
}

TEST_CASE_ON_BOTH("what a handler publishes is handled too before the bus is settled", "[events]") {
    World world(dialect);
    auto passes_on = [](db::Tx& tx, const Event& event) {
        events::publish(tx, "beta.done", event.subject, "{}", {});
    };
    events::Subscription last{.name = "last",
                              .source = "beta",
                              .types = {"beta.done"},
                              .database = &world.alpha,
                              .handler = noting("last")};
    auto bus = world.bus({to_beta(world, "middle", passes_on), last});
    world.publish("a", 30);
    REQUIRE(bus->settle(patience));
    CHECK(world.count(world.alpha, "SELECT count(*) FROM effects") == 30);
    world.end(std::move(bus));
}

TEST_CASE_ON_BOTH(
    "events nobody wants move the cursor in memory, and in the database only once in a thousand",
    "[events]") {
    World world(dialect);
    BusSettings settings = World::quick();
    settings.batch = 100;
    auto bus = world.bus({to_beta(world, "s", noting("s"))}, settings);
    const std::string cursor = "SELECT position FROM subscriptions WHERE name = 's'";
    world.publish("x", 900, "alpha.unwanted");
    REQUIRE(bus->settle(patience));
    CHECK(world.count(world.beta, cursor) == 0);
    world.publish("x", 900, "alpha.unwanted");
    REQUIRE(bus->settle(patience));
    CHECK(world.count(world.beta, cursor) >= 1000);
    world.publish("a");
    REQUIRE(bus->settle(patience));
    CHECK(world.count(world.beta, cursor) == 1801);
    CHECK(world.effects("s") == "a");
    world.end(std::move(bus));
}

TEST_CASE_ON_BOTH("a stopped bus does not settle", "[events]") {
    World world(dialect);
    auto bus = world.bus({});
    bus->stop();
    CHECK_FALSE(bus->settle(10ms));
}

TEST_CASE_ON_BOTH("what a module parked itself comes back to its own handler, on retry alone", "[events]") {
    World world(dialect);
    events::Subscription own{"beta.own", "", {}, &world.beta, noting("own")};
    auto bus = world.bus({own});
    Event event;
    event.id = make_uuid();
    event.type = "elsewhere";
    event.subject = "x";
    event.data = "{}";
    const auto park = [&] {
        world.beta.write_blocking([&](db::Tx& tx) {
            events::park(tx, "beta.own", event, "it said no", 4);
            return Unit{};
        });
    };
    park();
    world.publish("a");
    CHECK(bus->settle(patience));
    CHECK(bus->statistics().subscriptions.empty());
    CHECK(world.effects("own").empty());
    const auto letters = world.beta.read_blocking([](db::Session& s) { return events::dead_letters(s, 10); });
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].source == "beta");
    CHECK(letters[0].error == "it said no");
    CHECK(letters[0].attempts == 4);
    CHECK(world.run(bus->retry(world.beta, letters[0].id)).has_value());
    CHECK(world.effects("own") == "x");
    CHECK(world.count(world.beta, "SELECT COUNT(*) FROM dead_letters") == 0);
    park();
    const auto unpark = [&](const std::string& name) {
        return world.beta.write_blocking([&](db::Tx& tx) { return events::unpark(tx, name, event.id); });
    };
    CHECK(unpark("another") == 0);
    CHECK(unpark("beta.own") == 1);
    world.end(std::move(bus));
}
