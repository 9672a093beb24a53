// Backoff as numbers, with the randomness given; and that those who try again take it from their settings.
#include <catch2/catch.hpp>
#include <resilience/backoff.hpp>
#include <set>

#include "bus_world.hpp"
#include "saga_world.hpp"

using namespace cloudretail;
using resilience::backoff_ms;

TEST_CASE("a backoff doubles up to its longest and lies between half and the whole of it") {
    struct Row {
        int attempt;
        std::int64_t least, most;
    };
    for (const Row& row :
         {Row{1, 100, 200}, Row{2, 200, 400}, Row{3, 400, 800}, Row{6, 3'200, 6'400}, Row{9, 25'600, 51'200},
          Row{10, 30'000, 60'000}, Row{1'000'000, 30'000, 60'000}, Row{0, 100, 200}}) {
        CAPTURE(row.attempt);
        CHECK(backoff_ms(row.attempt, 200, 60'000, 0.0) == row.least);
        CHECK(backoff_ms(row.attempt, 200, 60'000, 0.999'999'999) == row.most);
    }
    CHECK(backoff_ms(3, 0, 60'000, 0.5) == 0);
}

TEST_CASE("who failed together does not come back together") {
    std::set<std::int64_t> waits;
    for (int i = 0; i < 100; ++i) waits.insert(backoff_ms(8, 200, 60'000));
    CHECK(waits.size() > 50);
    for (const std::int64_t ms : waits) CHECK((ms >= 12'800 && ms <= 25'600));
}

TEST_CASE_ON_BOTH("a subscriber that fails waits with jitter between its attempts", "[events]") {
    bus_test::World world(dialect);
    std::atomic<int> failures{3}, jitters{0};
    auto settings = bus_test::World::quick();
    settings.max_attempts = 10;
    settings.jitter = [&jitters] {
        ++jitters;
        return 0.25;
    };
    auto bus = world.bus({bus_test::to_beta(world, "s",
                                            [&failures](db::Tx& tx, const events::Event& event) {
                                                if (failures-- > 0) throw std::runtime_error("not yet");
                                                bus_test::note(tx, "s", event.subject);
                                            })},
                         settings);
    world.publish("a");
    REQUIRE(bus->settle(bus_test::patience));
    CHECK(world.effects("s") == "a");
    CHECK(jitters >= 2);  // the first failure, of the batch, is followed by the event alone at once
    world.end(std::move(bus));
}

TEST_CASE_ON_BOTH("a saga whose step fails waits with jitter between its attempts", "[saga]") {
    saga_test::World world(dialect);
    std::atomic<int> jitters{0};
    saga::EngineSettings settings{.first_delay_ms = 1, .max_delay_ms = 2, .scan_ms = 2};
    settings.jitter = [&jitters] {
        ++jitters;
        return 0.75;
    };
    world.start(settings);
    world.script.answers["pay"] = {saga_test::retry(), saga_test::unknown(), saga_test::throws};
    world.run();
    CHECK(world.journal.wait_for("completed"));
    CHECK(jitters == 3);
}
