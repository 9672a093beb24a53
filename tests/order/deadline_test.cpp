// Orders whose payment's outcome stays unknown: settled when it is known, given back and failed when the
// deadline passes first. The clock decides; on both databases.
#include "counter.hpp"

namespace cloudretail::order {
namespace {

constexpr std::int64_t deadline_ms = 900'000;

TEST_CASE_ON_BOTH("an order is pending while its payment is unknown, and confirmed when it is known",
                  "[order]") {
    Counter counter(dialect, deadline_ms);
    counter.till.silent = true;
    auto id = counter.place();
    CHECK(counter.status(id) == "pending");
    counter.clock.ms += deadline_ms - 1;
    CHECK(counter.status(id) == "pending");
    counter.till.silent = false;
    CHECK(counter.eventually([&] { return counter.status(id) == "confirmed"; }));
    CHECK(counter.row(id).payment_status == "captured");
    CHECK(counter.events(id, "order.created") == "1");
}

TEST_CASE_ON_BOTH("past the deadline nothing is held and nothing is owed", "[order]") {
    Counter counter(dialect, deadline_ms);
    auto id = counter.place("card", "tok_silent");
    CHECK(counter.status(id) == "pending");
    CHECK(counter.shelf.reserved_of(id, counter.a) == 2);
    counter.clock.ms += deadline_ms + 1;
    CHECK(counter.eventually([&] { return counter.status(id) == "failed"; }));
    CHECK(counter.shelf.reserved_of(id, counter.a) == 0);
    CHECK(counter.till.of(id).status == payment::Status::failed);
    CHECK(counter.row(id).reason == "order-failed");
    CHECK(counter.events(id, "order.failed") == "1");
    CHECK(counter.events(id, "order.created") == "0");
}

TEST_CASE_ON_BOTH("what was charged without our knowing is refunded past the deadline, however long it takes",
                  "[order]") {
    Counter counter(dialect, deadline_ms);
    auto id = counter.place("card", "tok_lost");  // charged, and nobody is told
    counter.till.silent = true;
    counter.clock.ms += deadline_ms + 1;
    const auto turned = [&] {
        return counter.test_database.beside("SELECT state FROM sagas WHERE id = '" + id.to_string() + "'") ==
               "compensating";
    };
    CHECK(counter.eventually(turned));
    CHECK(counter.status(id) == "pending");  // the gateway still does not say
    CHECK(counter.shelf.reserved_of(id, counter.a) == 2);
    counter.crash();
    CHECK(counter.status(id) == "pending");
    counter.till.silent = false;
    CHECK(counter.eventually([&] { return counter.status(id) == "failed"; }));
    CHECK(counter.till.of(id).status == payment::Status::refunded);
    CHECK(counter.till.undone == 1);
    CHECK(counter.shelf.reserved_of(id, counter.a) == 0);
    CHECK(counter.events(id, "order.failed") == "1");
}

TEST_CASE_ON_BOTH("a process that starts past the deadline turns what another left, and answers its key",
                  "[order]") {
    Counter counter(dialect, deadline_ms);
    PlaceOrder command;
    command.lines = {{counter.a, 1, {}}};
    command.address = {"1 Main St", "London", "", "SW1A", "UK"};
    command.payment_method = "card";
    command.payment_token = "tok_silent";
    const db::IdempotencyKey key{"scope", "fingerprint"};
    auto waiting = counter.run(counter.service->place(counter.customer, command, key));
    REQUIRE(waiting);
    CHECK(waiting->status == 202);
    counter.engine.reset();
    counter.clock.ms += deadline_ms + 1;
    counter.open();
    Result<Answer> answer = Error();
    CHECK(counter.eventually([&] {
        answer = counter.run(counter.service->place(counter.customer, command, key));
        return answer && answer->status == 409;
    }));
    CHECK(answer->replayed);
    CHECK(answer->body.find("order-failed") != std::string::npos);
    CHECK(counter.test_database.beside("SELECT COUNT(*) FROM orders") == "1");
}

}  // namespace
}  // namespace cloudretail::order
