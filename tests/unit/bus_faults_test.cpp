// Subscribers that throw, take long and recover: nobody else is held up, and administrators can see it.
#include <catch2/catch.hpp>
#include <future>

#include "bus_world.hpp"

using namespace cloudretail;
using namespace cloudretail::bus_test;

TEST_CASE_ON_BOTH("a subscriber that hangs holds up neither other modules' subscribers nor the relay",
                  "[events]") {
    World world(dialect);
    std::promise<void> begun, release;
    std::shared_future<void> released = release.get_future().share();
    std::atomic<bool> first{true};
    auto hangs = [&, released](db::Tx& tx, const Event& event) {
        if (first.exchange(false)) begun.set_value();
        released.wait();
        note(tx, "hangs", event.subject);
    };
    events::Subscription steady{.name = "steady",
                                .source = "alpha",
                                .types = {"alpha.done"},
                                .database = &world.alpha,
                                .handler = noting("steady")};
    auto bus = world.bus({to_beta(world, "hangs", hangs), steady});
    world.publish("a");
    REQUIRE(begun.get_future().wait_for(patience) == std::future_status::ready);
    world.publish("b", 20);  // while it hangs
    const auto done = [&] { return world.count(world.alpha, "SELECT count(*) FROM effects"); };
    const auto end = std::chrono::steady_clock::now() + patience;
    while (done() < 21 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    CHECK(done() == 21);
    CHECK(world.count(world.alpha, "SELECT count(*) FROM outbox WHERE position IS NULL") == 0);
    const auto views = bus->statistics().subscriptions;
    CHECK(views.at("steady").lag == 0);
    CHECK(views.at("hangs").lag == 21);
    release.set_value();
    REQUIRE(bus->settle(patience));
    CHECK(world.effects("hangs") == "a" + std::string(20, 'b'));
    CHECK(bus->statistics().subscriptions.at("hangs").lag == 0);
    world.end(std::move(bus));
}

TEST_CASE_ON_BOTH("a slow subscriber gives its module's writer back between events", "[events]") {
    World world(dialect);
    BusSettings settings = World::quick();
    settings.batch = 100;
    settings.slice_ms = 0;  // every event is already too long
    std::atomic<int> handled{0};
    auto counts = [&handled](db::Tx& tx, const Event& event) {
        note(tx, "s", event.subject);
        ++handled;
    };
    world.publish("a", 50);
    const std::int64_t before = world.beta.statistics().jobs;
    auto bus = world.bus({to_beta(world, "s", counts)}, settings);
    REQUIRE(bus->settle(patience));
    CHECK(world.effects("s") == std::string(50, 'a'));
    CHECK(handled == 50);
    CHECK(world.beta.statistics().jobs - before >= 50);  // a transaction of its own for each
    CHECK(world.count(world.beta, "SELECT position FROM subscriptions WHERE name = 's'") == 50);
    world.end(std::move(bus));
}

TEST_CASE_ON_BOTH("how a subscriber and a relay stand is shown: well, failing and why, well again",
                  "[events]") {
    World world(dialect);
    std::atomic<bool> broken{true};
    std::atomic<int> tries{0};
    BusSettings settings = World::quick();
    settings.max_attempts = 1'000'000;
    auto fails = [&](db::Tx& tx, const Event& event) {
        ++tries;
        if (broken) throw std::runtime_error("the shelf is locked");
        note(tx, "s", event.subject);
    };
    auto bus = world.bus({to_beta(world, "s", fails)}, settings);
    world.publish("a");
    const auto end = std::chrono::steady_clock::now() + patience;
    while (tries < 4 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    const auto failing = bus->statistics().subscriptions.at("s");
    CHECK(failing.source == "alpha");
    CHECK(failing.module == "beta");
    CHECK(failing.troubles >= 1);
    CHECK(failing.error == "the shelf is locked");
    CHECK(failing.lag == 1);
    broken = false;
    REQUIRE(bus->settle(patience));
    const auto well = bus->statistics();
    CHECK(well.subscriptions.at("s").troubles == 0);
    CHECK(well.subscriptions.at("s").error.empty());
    CHECK(well.subscriptions.at("s").position == 1);
    CHECK(well.relays.at("alpha").published == 1);
    CHECK(well.relays.at("alpha").head == 1);
    CHECK(well.relays.at("alpha").troubles == 0);
    world.end(std::move(bus));
}

TEST_CASE_ON_BOTH("after an event that made trouble the rest of its batch is handled together again",
                  "[events]") {
    World world(dialect);
    BusSettings settings = World::quick();
    settings.batch = 100;
    settings.slice_ms = 60'000;
    std::atomic<int> failures{2};
    auto fails_at_b = [&failures](db::Tx& tx, const Event& event) {
        if (event.subject == "b" && failures-- > 0) throw std::runtime_error("not yet");
        note(tx, "s", event.subject);
    };
    world.publish("a", 2);
    world.publish("b");
    world.publish("c", 90);
    const std::int64_t before = world.beta.statistics().jobs;
    auto bus = world.bus({to_beta(world, "s", fails_at_b)}, settings);
    REQUIRE(bus->settle(patience));
    CHECK(world.effects("s") == "aab" + std::string(90, 'c'));
    CHECK(world.beta.statistics().jobs - before < 30);
    world.end(std::move(bus));
}

TEST_CASE_ON_BOTH(
    "what belongs to a retry is written in its transaction, whether it is handled or fails again",
    "[events]") {
    World world(dialect);
    std::atomic<bool> broken{true};
    auto handler = [&broken](db::Tx& tx, const Event& event) {
        if (broken) throw std::runtime_error("broken");
        note(tx, "s", event.subject);
    };
    auto bus = world.bus({to_beta(world, "s", handler)});
    world.publish("a");
    REQUIRE(bus->settle(patience));
    const auto letters = world.beta.read_blocking([](db::Session& s) { return events::dead_letters(s, 10); });
    REQUIRE(letters.size() == 1);
    const events::RetryNote record = [](db::Tx& tx, const events::DeadLetter& letter, bool handled) {
        note(tx, "record", (handled ? "handled " : "failed ") + letter.event.subject + " ");
    };
    CHECK(world.run(bus->retry(world.beta, letters[0].id, record)).has_error());
    broken = false;
    CHECK(world.run(bus->retry(world.beta, letters[0].id, record)).has_value());
    CHECK(world.run(bus->retry(world.beta, letters[0].id, record)).has_error());
    CHECK(world.effects("record") == "failed a handled a ");
    world.end(std::move(bus));
}
