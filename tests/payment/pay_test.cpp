// Taking money, on both databases: every answer of the gateway, repetition, races and crashes.
#include "till.hpp"

namespace cloudretail::payment {

using Fault = UnreliableGateway::Fault;

TEST_CASE_ON_BOTH("a payment is captured once however often it is called for", "[payment]") {
    Till till(dialect);
    auto request = Till::request("tok_ok");
    for (int i = 0; i < 3; ++i) CHECK(till.pay(request).status == Status::captured);
    CHECK(till.unreliable.charges == 1);
    CHECK(till.in_ledger(request.id) == "259998");
    CHECK(till.history(request.id) == "pending captured");
    CHECK(till.row(request.id).captured == request.amount);
    CHECK(till.events_of(request.id, "payment.captured") == "1");
}

TEST_CASE_ON_BOTH("no token and tokens without a meaning are captured", "[payment]") {
    Till till(dialect);
    for (const char* token : {"", "tok_visa"})
        CHECK(till.pay(Till::request(token)).status == Status::captured);
    auto nothing = Till::request();
    nothing.amount = Money{0};
    CHECK(till.pay(nothing).status == Status::captured);
    CHECK(till.undo(nothing).status == Status::refunded);
}

TEST_CASE_ON_BOTH("a declined payment fails with the gateway's reason and stays so", "[payment]") {
    Till till(dialect);
    auto request = Till::request("tok_declined");
    for (int i = 0; i < 2; ++i) {
        auto outcome = till.pay(request);
        CHECK(outcome.status == Status::failed);
        CHECK(outcome.reason == "card_declined");
    }
    CHECK(till.history(request.id) == "pending failed");
    CHECK(till.events_of(request.id, "payment.failed") == "1");
    CHECK(till.in_ledger(request.id) == "0");
}

TEST_CASE_ON_BOTH("a lost answer is pending until the gateway is asked", "[payment]") {
    Till till(dialect);
    auto request = Till::request("tok_timeout");
    CHECK(till.pay(request).status == Status::pending);
    CHECK(till.history(request.id) == "pending");
    CHECK(till.pay(request).status == Status::captured);
    CHECK(till.unreliable.charges == 1);
    CHECK(till.unreliable.asks == 1);
    CHECK(till.in_ledger(request.id) == "259998");
}

TEST_CASE_ON_BOTH("a charge that never reached the gateway is made again with the same key", "[payment]") {
    Till till(dialect);
    auto request = Till::request();
    till.unreliable.next = Fault::lost_before;
    CHECK(till.pay(request).status == Status::pending);
    CHECK(till.in_ledger(request.id) == "0");
    CHECK(till.pay(request).status == Status::captured);
    CHECK(till.unreliable.charges == 2);
    CHECK(till.in_ledger(request.id) == "259998");
}

TEST_CASE_ON_BOTH("a transient error of the gateway is Unavailable and the next call pays", "[payment]") {
    Till till(dialect);
    auto request = Till::request("tok_error_once");
    CHECK_THROWS_AS(till.pay(request), Unavailable);
    CHECK(till.history(request.id) == "pending");
    CHECK(till.pay(request).status == Status::captured);
    CHECK(till.in_ledger(request.id) == "259998");
}

TEST_CASE_ON_BOTH("cash on delivery is authorized without the gateway", "[payment]") {
    Till till(dialect);
    auto request = Till::request("", "cash_on_delivery");
    for (int i = 0; i < 2; ++i) CHECK(till.pay(request).status == Status::authorized);
    CHECK(till.unreliable.charges == 0);
    CHECK(till.history(request.id) == "authorized");
    CHECK(till.row(request.id).captured == Money{0});
}

TEST_CASE_ON_BOTH("64 concurrent calls for one payment charge once", "[payment]") {
    Till till(dialect);
    for (const char* token : {"tok_ok", "tok_timeout"}) {
        auto request = Till::request(token);
        std::vector<std::future<cloudretail::Outcome<Outcome>>> calls;
        for (int i = 0; i < 64; ++i) calls.push_back(till.begin(false, request));
        int captured = 0, pending = 0;
        for (auto& call : calls) {
            auto outcome = call.get();
            const Status status = outcome.get().status;
            captured += status == Status::captured;
            pending += status == Status::pending;
        }
        CHECK(captured + pending == 64);
        CHECK(pending <= 1);  // whose answer was lost
        CHECK(till.pay(request).status == Status::captured);
        CHECK(till.in_ledger(request.id) == "259998");
        CHECK(till.sql("SELECT COUNT(*) FROM simulated_charges WHERE key = '" + request.id.to_string() +
                       "'") == "1");
        CHECK(till.history(request.id) == "pending captured");
        CHECK(till.events_of(request.id, "payment.captured") == "1");
    }
}

TEST_CASE_ON_BOTH("a crash between the charge and its record is settled by the next call", "[payment]") {
    for (const Fault fault : {Fault::dead, Fault::dead_before}) {
        Till till(dialect);
        auto request = Till::request();
        auto died = till.unreliable.died();
        till.unreliable.next = fault;
        auto never = till.begin(false, request);
        died.get();

        till.test_database.reopen();
        db::Database& database = till.test_database.database();
        SimulatedGateway gateway(database);
        Service after(database, gateway, till.breaker, {"card"}, till.metrics);
        auto promise = std::make_shared<std::promise<cloudretail::Outcome<Outcome>>>();
        after.pay(request, [promise](cloudretail::Outcome<Outcome> o) { promise->set_value(std::move(o)); });
        auto outcome = promise->get_future().get();
        CHECK(outcome.get().status == Status::captured);
        CHECK(till.in_ledger(request.id) == "259998");
        CHECK(till.events_of(request.id, "payment.captured") == "1");
        database.close();
    }
}

TEST_CASE_ON_BOTH("a second payment for an order is refused", "[payment]") {
    Till till(dialect);
    auto first = Till::request();
    till.pay(first);
    auto second = Till::request();
    second.order_id = first.order_id;
    CHECK_THROWS_AS(till.pay(second), db::ConstraintViolation);
    CHECK(till.in_ledger(second.id) == "0");
}

TEST_CASE_ON_BOTH("an event of a payment tells ids and amounts", "[payment]") {
    Till till(dialect);
    auto request = Till::request();
    request.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    till.pay(request);
    CHECK(till.sql("SELECT data FROM outbox") ==
          "{\"paymentId\":\"" + request.id.to_string() + "\",\"orderId\":\"" + request.order_id.to_string() +
              "\",\"amount\":2599.98,\"currency\":\"USD\",\"method\":\"card\",\"status\":\"captured\"}");
    CHECK(till.sql("SELECT traceparent FROM outbox") == request.traceparent);
}

TEST_CASE_ON_BOTH("the breaker opens after five failures and the till is not available until it closes",
                  "[payment]") {
    Till till(dialect);
    std::vector<PayRequest> requests;
    CHECK(till.service.available());
    for (int i = 0; i < 5; ++i) {
        requests.push_back(Till::request());
        till.unreliable.next = Fault::away;
        CHECK_THROWS_AS(till.pay(requests.back()), Unavailable);
    }
    CHECK_FALSE(till.service.available());
    const int before = till.unreliable.charges;
    CHECK_THROWS_AS(till.pay(Till::request()), Unavailable);
    CHECK(till.unreliable.charges == before);  // refused without a call
    CHECK(till.pay(Till::request("", "cash_on_delivery")).status == Status::authorized);
    till.clock.advance_ms(30'000);
    CHECK(till.service.available());
    for (const auto& request : requests) CHECK(till.pay(request).status == Status::captured);
    CHECK(till.service.available());
}

TEST_CASE_ON_BOTH("what is declined or unknown does not open the breaker", "[payment]") {
    Till till(dialect);
    for (int i = 0; i < 6; ++i) {
        till.pay(Till::request("tok_declined"));
        till.pay(Till::request("tok_timeout"));
    }
    CHECK(till.service.available());
}

}  // namespace cloudretail::payment
