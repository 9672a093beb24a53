// How a saga advances: happy path, retries, unknown outcomes, compensation, deadline, stopping. Crashes and
// leases are in saga_recovery_test.cpp; the fixture is in saga_world.hpp.
#include "saga_world.hpp"

using namespace cloudretail;
using namespace cloudretail::saga_test;

TEST_CASE_ON_BOTH("a saga runs its steps in order, ends in one transaction with its row, and tells so",
                  "[saga]") {
    World world(dialect);
    world.start();
    CHECK(world.wait(world.run()) == Ending::completed);
    CHECK(world.journal.text() == "reserve ship pay completed");
    CHECK(world.rows() == 0);
    const auto statistics = world.engine->statistics();
    CHECK(statistics.completed == 1);
    CHECK(statistics.running == 0);
    CHECK(statistics.open == 0);
    CHECK(statistics.retries == 0);
}

TEST_CASE_ON_BOTH("a transient failure, answered or thrown, is tried again without the caller noticing",
                  "[saga]") {
    World world(dialect);
    world.script.answers["reserve"] = {throws, retry()};
    world.script.answers["pay"] = {retry()};
    world.start();
    CHECK(world.wait(world.run()) == Ending::completed);
    CHECK(world.journal.text() == "reserve reserve reserve ship pay pay completed");
    CHECK(world.engine->statistics().retries == 3);
}

TEST_CASE_ON_BOTH("a step that fails three times lets the caller go with pending, and the saga goes on",
                  "[saga]") {
    World world(dialect);
    world.script.answers["ship"] = {retry(), throws, retry(), silent};
    world.start();
    CHECK(world.wait(world.run()) == Ending::pending);
    CHECK(world.row("state") == "pending");
    CHECK(world.engine->statistics().open == 1);
    REQUIRE(world.journal.wait_for("reserve"));
    world.engine->stop();
    CHECK(world.rows() == 1);
}

TEST_CASE_ON_BOTH("an unknown outcome is durable and told at once, and asked for again until it is known",
                  "[saga]") {
    World world(dialect);
    world.script.answers["pay"] = {unknown(), unknown(), unknown(), unknown()};
    world.start();
    CHECK(world.wait(world.run()) == Ending::pending);
    REQUIRE(world.journal.wait_for("completed"));
    CHECK(world.rows() == 0);
    CHECK(world.journal.text() == "reserve ship pay pay pay pay pay completed");
}

TEST_CASE_ON_BOTH(
    "a final failure undoes what was done in reverse order, the failed step's own share included", "[saga]") {
    World world(dialect);
    world.script.answers["pay"] = {failed()};
    world.start();
    CHECK(world.wait(world.run()) == Ending::compensated);
    CHECK(world.journal.text() == "reserve ship pay undo-pay undo-reserve compensated:declined");
    CHECK(world.rows() == 0);
    CHECK(world.engine->statistics().compensated == 1);
}

TEST_CASE_ON_BOTH("a first step that fails at once has nothing to undo", "[saga]") {
    World world(dialect);
    world.script.answers["reserve"] = {failed()};
    world.start();
    CHECK(world.wait(world.run()) == Ending::compensated);
    CHECK(world.journal.text() == "reserve compensated:declined");
}

TEST_CASE_ON_BOTH("a first step that fails after an unknown attempt is undone", "[saga]") {
    World world(dialect);
    world.script.answers["reserve"] = {unknown(), failed()};
    world.start();
    CHECK(world.wait(world.run()) == Ending::pending);
    REQUIRE(world.journal.wait_for("compensated:declined"));
    CHECK(world.journal.text() == "reserve reserve undo-reserve compensated:declined");
}

TEST_CASE_ON_BOTH("the turn is durable before anything is undone, and a compensation is tried until it works",
                  "[saga]") {
    World world(dialect);
    world.script.answers["pay"] = {failed()};
    world.script.answers["undo-pay"] = {silent};
    world.script.answers["undo-reserve"] = {retry(), failed(), unknown(), throws, retry()};
    world.start();
    auto told = world.run();
    REQUIRE(world.journal.wait_for("undo-pay"));
    CHECK(world.row("state") == "compensating");
    CHECK(world.row("reason") == "declined");
    world.script.take_held()(StepResult::ok());
    CHECK(world.wait(std::move(told)) == Ending::pending);
    REQUIRE(world.journal.wait_for("compensated:declined"));
    CHECK(world.rows() == 0);
    CHECK(world.engine->statistics().open == 0);
}

TEST_CASE_ON_BOTH("past its deadline a saga turns to compensate, from the step it had reached", "[saga]") {
    World world(dialect);
    world.script.answers["ship"] = {silent};
    world.start();
    auto told = world.run();
    REQUIRE(world.journal.wait_for("ship"));
    world.clock.ms += 15 * 60 * 1000 + 1;
    world.script.take_held()(unknown());
    CHECK(world.wait(std::move(told)) == Ending::pending);
    REQUIRE(world.journal.wait_for("compensated:deadline-exceeded"));
    CHECK(world.journal.text() == "reserve ship undo-reserve compensated:deadline-exceeded");
}

TEST_CASE_ON_BOTH("an attempt past its time limit counts as unknown, and its late completion is ignored",
                  "[saga]") {
    World world(dialect);
    world.timeout_ms = 8;
    world.script.answers["pay"] = {silent};
    world.start();
    CHECK(world.wait(world.run()) == Ending::pending);
    REQUIRE(world.journal.wait_for("completed"));
    CHECK(world.rows() == 0);
    world.script.take_held()(failed());
    CHECK(world.rows() == 0);
    CHECK(world.journal.text() == "reserve ship pay pay completed");
    CHECK(world.engine->statistics().completed == 1);
}

TEST_CASE_ON_BOTH("what an attempt learned is noted before the next step, and only where the attempt counts",
                  "[saga]") {
    World world(dialect);
    const auto learning = [&world](StepResult result, const std::string& what) {
        result.learned = [&world, what](Instance& instance) {
            world.journal.add(what + "@" + std::to_string(instance.step));
        };
        return result;
    };
    world.timeout_ms = 8;
    world.script.answers["reserve"] = {learning(retry(), "busy"), learning(StepResult::ok(), "held")};
    world.script.answers["pay"] = {silent, learning(failed(), "declined")};
    world.start();
    CHECK(world.wait(world.run()) == Ending::pending);
    REQUIRE(world.journal.wait_for("compensated:declined"));
    const std::string before = world.journal.text();
    CHECK(before ==
          "reserve busy@0 reserve held@0 ship pay pay declined@2 undo-pay undo-reserve "
          "compensated:declined");
    world.script.take_held()(learning(StepResult::ok(), "late"));
    CHECK(world.rows() == 0);
    CHECK(world.journal.text() == before);
}

// Under ThreadSanitizer (scripts/test --threads): the numbers are not atomic.
TEST_CASE_ON_BOTH("late completions and the attempts that took their place share no state", "[saga]") {
    World world(dialect);
    world.timeout_ms = 1;
    world.start();
    std::vector<int> noted(40, 0);
    for (std::size_t i = 0; i < noted.size(); ++i) {
        auto count = StepResult::ok();
        count.learned = [&number = noted[i]](Instance&) { ++number; };
        {
            const std::lock_guard lock(world.script.mutex);
            world.script.answers["pay"] = {silent, count};
        }
        auto told = world.run();
        std::optional<Ending> ending;
        if (i % 2 == 0) ending = world.wait(std::move(told));  // its time is over: the next attempt begins
        std::thread late([&world, &count] {
            while (!world.script.holds()) std::this_thread::yield();
            world.script.take_held()(count);
        });
        if (!ending) ending = world.wait(std::move(told));
        late.join();
        while (world.rows() != 0) {
        }
    }
    for (const int number : noted) CHECK(number == 1);
}

TEST_CASE_ON_BOTH("stopping lets a waiting caller go with pending and leaves the row to the next process",
                  "[saga]") {
    World world(dialect);
    world.script.answers["ship"] = {retry()};
    world.start({.first_delay_ms = 60'000, .max_delay_ms = 60'000});
    auto told = world.run();
    REQUIRE(world.journal.wait_for("ship"));
    world.engine->stop();
    CHECK(world.wait(std::move(told)) == Ending::pending);
    REQUIRE(world.runtime.drain(patience));
    CHECK(world.engine->statistics().running == 0);
    CHECK(world.rows() == 1);
    CHECK(world.wait(world.run()) == Ending::pending);
    CHECK(world.journal.text() == "reserve ship");
}

TEST_CASE_ON_BOTH("draining waits for the step under way, and begins no other", "[saga]") {
    World world(dialect);
    world.script.answers["ship"] = {silent};
    world.start();
    auto told = world.run();
    REQUIRE(world.journal.wait_for("ship"));
    world.engine->stop();
    CHECK_FALSE(world.runtime.drain(20ms));
    world.script.take_held()(StepResult::ok());
    CHECK(world.runtime.drain(patience));
    CHECK(world.wait(std::move(told)) == Ending::pending);
    CHECK(world.journal.text() == "reserve ship");
}

TEST_CASE_ON_BOTH("many sagas at once all end", "[saga]") {
    World world(dialect);
    world.script.answers["pay"] = {retry(), failed(), unknown(), throws};
    world.start();
    std::vector<std::future<Ending>> told;
    for (int i = 0; i < 200; ++i) told.push_back(world.run());
    for (auto& one : told) world.wait(std::move(one));
    world.engine->stop();
    REQUIRE(world.runtime.drain(patience));
    const auto statistics = world.engine->statistics();
    CHECK(statistics.completed + statistics.compensated + world.rows() == 200);
    CHECK(statistics.compensated <= 1);
}
