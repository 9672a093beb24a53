// What becomes of sagas whose process died or lost them: crash at each point, leases, restoring.
#include "saga_world.hpp"

using namespace cloudretail;
using namespace cloudretail::saga_test;

TEST_CASE_ON_BOTH("the next process drives a saga that died in any step to its end, whatever completes late",
                  "[saga]") {
    for (const std::string name : {"reserve", "ship", "pay"}) {
        World world(dialect);
        world.script.answers[name] = {silent};
        world.start();
        auto told = world.run();
        REQUIRE(world.journal.wait_for(name));
        world.crash();
        REQUIRE(world.rows() == 1);
        world.start();
        REQUIRE(world.journal.wait_for("completed"));
        CHECK(world.rows() == 0);
        CHECK(world.engine->statistics().recovered == 1);
        const std::string before = world.journal.text();
        CHECK(before.ends_with("restored:{} reserve ship pay completed"));
        world.script.take_held()(StepResult::ok());
        CHECK(world.rows() == 0);
        CHECK(world.journal.text() == before);
    }
}

TEST_CASE_ON_BOTH("a saga that was compensating when its process died is compensated to its end", "[saga]") {
    World world(dialect);
    world.script.answers["pay"] = {failed()};
    world.script.answers["undo-pay"] = {silent};
    world.start();
    auto told = world.run();
    REQUIRE(world.journal.wait_for("undo-pay"));
    world.crash();
    world.start();
    REQUIRE(world.journal.wait_for("compensated:declined"));
    CHECK(world.rows() == 0);
    CHECK(world.journal.text() ==
          "reserve ship pay undo-pay restored:{} undo-pay undo-reserve compensated:declined");
}

TEST_CASE_ON_BOTH("a saga begun but never run is found by the next process", "[saga]") {
    World world(dialect);
    world.start();
    Instance instance;
    instance.id = make_uuid();
    instance.type = "buy";
    instance.data = "7";
    world.database.write_blocking([&](db::Tx& tx) {
        world.engine->begin(tx, instance);
        return Unit{};
    });
    world.crash();
    world.start();
    REQUIRE(world.journal.wait_for("completed"));
    CHECK(world.journal.text() == "restored:7 reserve ship pay completed");
}

TEST_CASE_ON_BOTH("a claimed saga that is past its deadline is compensated from its last step", "[saga]") {
    World world(dialect);
    world.script.answers["ship"] = {silent};
    world.start();
    auto told = world.run();
    REQUIRE(world.journal.wait_for("ship"));
    world.crash();
    world.clock.ms += 15 * 60 * 1000 + 1;
    world.start();
    REQUIRE(world.journal.wait_for("compensated:deadline-exceeded"));
    CHECK(world.journal.text() ==
          "reserve ship restored:{} undo-pay undo-reserve compensated:deadline-exceeded");
}

TEST_CASE_ON_BOTH("a saga that cannot be restored is parked: reported, not driven, not lost", "[saga]") {
    World world(dialect);
    world.script.answers["ship"] = {silent};
    world.start();
    auto told = world.run();
    REQUIRE(world.journal.wait_for("ship"));
    world.crash();
    world.restore_throws = true;
    world.start();
    while (world.engine->statistics().open == 0) world.rows();
    CHECK(world.engine->statistics().running == 0);
    CHECK(world.rows() == 1);
    CHECK(world.journal.text() == "reserve ship");
}

TEST_CASE_ON_BOTH("who lost a saga to another process has no effect any more", "[saga]") {
    World world(dialect);
    world.script.answers["pay"] = {silent};
    const auto looked = world.database.statistics().reads;
    world.start({.first_delay_ms = 1, .max_delay_ms = 2, .scan_ms = 60'000});
    // The look for what others left comes once, at the start: what is taken away below stays away.
    while (world.database.statistics().reads == looked) std::this_thread::yield();
    auto told = world.run();
    REQUIRE(world.journal.wait_for("pay"));
    world.database.write_blocking(
        [](db::Tx& tx) { return tx->exec("UPDATE sagas SET lease_owner = 'other'"); });
    world.script.take_held()(StepResult::ok());
    CHECK(world.wait(std::move(told)) == Ending::pending);
    CHECK(world.rows() == 1);
    CHECK(world.journal.text() == "reserve ship pay");
}

TEST_CASE_ON_BOTH("the lease of a saga that takes long is renewed", "[saga]") {
    World world(dialect);
    world.script.answers["ship"] = {silent};
    world.start();
    auto told = world.run();
    REQUIRE(world.journal.wait_for("ship"));
    const std::string before = world.row("CAST(lease_until AS TEXT)");
    world.clock.ms += 9'000;
    while (world.row("CAST(lease_until AS TEXT)") == before) {
    }
    world.script.take_held()(StepResult::ok());
    CHECK(world.wait(std::move(told)) == Ending::completed);
    CHECK(world.engine->statistics().recovered == 0);
}
