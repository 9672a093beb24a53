// Giving money back, on both databases: in every state, repeated, racing and with answers lost.
#include "till.hpp"

namespace cloudretail::payment {

using Fault = UnreliableGateway::Fault;

TEST_CASE_ON_BOTH("undoing what never began leaves a mark that a late payment finds", "[payment]") {
    Till till(dialect);
    auto request = Till::request();
    for (int i = 0; i < 2; ++i) CHECK(till.undo(request).status == Status::failed);
    auto late = till.pay(request);
    CHECK(late.status == Status::failed);
    CHECK(late.reason == "cancelled");
    CHECK(till.unreliable.charges == 0);
    CHECK(till.history(request.id) == "failed");
    CHECK(till.sql("SELECT COUNT(*) FROM outbox") == "0");
}

TEST_CASE_ON_BOTH("undoing a captured payment refunds it once", "[payment]") {
    Till till(dialect);
    auto request = Till::request();
    till.pay(request);
    for (int i = 0; i < 3; ++i) CHECK(till.undo(request).status == Status::refunded);
    CHECK(till.unreliable.refunds == 1);
    CHECK(till.in_ledger(request.id) == "0");
    CHECK(till.history(request.id) == "pending captured refunded");
    CHECK(till.row(request.id).refunded == request.amount);
    CHECK(till.events_of(request.id, "payment.refunded") == "1");
    CHECK(till.pay(request).status == Status::failed);  // and a late payment charges nothing
    CHECK(till.in_ledger(request.id) == "0");
}

TEST_CASE_ON_BOTH("undoing a pending payment that was charged refunds it", "[payment]") {
    Till till(dialect);
    auto request = Till::request("tok_timeout");
    CHECK(till.pay(request).status == Status::pending);
    CHECK(till.undo(request).status == Status::refunded);
    CHECK(till.history(request.id) == "pending captured refunded");
    CHECK(till.in_ledger(request.id) == "0");
}

TEST_CASE_ON_BOTH("undoing a pending payment that was never charged makes a late charge impossible",
                  "[payment]") {
    Till till(dialect);
    auto request = Till::request();
    till.unreliable.next = Fault::lost_before;
    CHECK(till.pay(request).status == Status::pending);
    auto undone = till.undo(request);
    CHECK(undone.status == Status::failed);
    CHECK(undone.reason == "cancelled");
    CHECK(till.history(request.id) == "pending failed");
    CHECK(till.pay(request).status == Status::failed);
    // A charge that was on its way all the time arrives at the gateway only now.
    auto promise = std::make_shared<std::promise<cloudretail::Outcome<Verdict>>>();
    till.simulated.charge(request.id.to_string(), request.amount, "USD", "",
                          [promise](cloudretail::Outcome<Verdict> v) { promise->set_value(std::move(v)); });
    auto verdict = promise->get_future().get();
    CHECK(verdict.get().kind == Verdict::Kind::declined);
    CHECK(till.in_ledger(request.id) == "0");
}

TEST_CASE_ON_BOTH("undoing after a transient error leaves nothing charged", "[payment]") {
    Till till(dialect);
    auto request = Till::request("tok_error_once");
    CHECK_THROWS_AS(till.pay(request), Unavailable);
    CHECK(till.undo(request).status == Status::failed);
    CHECK(till.in_ledger(request.id) == "0");
    CHECK(till.pay(request).status == Status::failed);
}

TEST_CASE_ON_BOTH("undoing an authorized payment voids it", "[payment]") {
    Till till(dialect);
    auto request = Till::request("", "cash_on_delivery");
    till.pay(request);
    for (int i = 0; i < 2; ++i) CHECK(till.undo(request).status == Status::failed);
    CHECK(till.history(request.id) == "authorized failed");
    CHECK(till.events_of(request.id, "payment.failed") == "1");
}

TEST_CASE_ON_BOTH("undoing a declined payment answers that it failed", "[payment]") {
    Till till(dialect);
    auto request = Till::request("tok_declined");
    till.pay(request);
    auto undone = till.undo(request);
    CHECK(undone.status == Status::failed);
    CHECK(undone.reason == "card_declined");
    CHECK(till.history(request.id) == "pending failed");
}

TEST_CASE_ON_BOTH("a refund whose answer is lost is pending and made once", "[payment]") {
    for (const Fault fault : {Fault::lost_after, Fault::lost_before}) {
        Till till(dialect);
        auto request = Till::request();
        till.pay(request);
        till.unreliable.next = fault;
        CHECK(till.undo(request).status == Status::pending);
        CHECK(till.undo(request).status == Status::refunded);
        CHECK(till.in_ledger(request.id) == "0");
        CHECK(till.history(request.id) == "pending captured refunded");
    }
}

TEST_CASE_ON_BOTH("a refund is made once when the process dies before it is recorded", "[payment]") {
    Till till(dialect);
    auto request = Till::request();
    till.pay(request);
    auto died = till.unreliable.died();
    till.unreliable.next = Fault::dead;
    auto never = till.begin(true, request);
    died.get();
    CHECK(till.in_ledger(request.id) == "0");
    CHECK(till.undo(request).status == Status::refunded);
    CHECK(till.in_ledger(request.id) == "0");
    CHECK(till.events_of(request.id, "payment.refunded") == "1");
}

TEST_CASE_ON_BOTH("while the gateway is away undoing is Unavailable, later it ends", "[payment]") {
    Till till(dialect);
    auto captured = Till::request(), pending = Till::request("tok_timeout");
    till.pay(captured);
    till.pay(pending);
    for (const auto& request : {captured, pending}) {
        till.unreliable.next = Fault::away;
        CHECK_THROWS_AS(till.undo(request), Unavailable);
        CHECK(till.undo(request).status == Status::refunded);
        CHECK(till.in_ledger(request.id) == "0");
    }
}

TEST_CASE_ON_BOTH("paying and undoing at the same time ends with nothing taken", "[payment]") {
    Till till(dialect);
    for (int round = 0; round < 20; ++round) {
        auto request = Till::request(round % 2 == 0 ? "tok_ok" : "tok_timeout");
        std::vector<std::future<cloudretail::Outcome<Outcome>>> calls;
        for (int i = 0; i < 16; ++i) calls.push_back(till.begin((i + round) % 4 == 3, request));
        for (auto& call : calls) call.wait();
        const Status end = till.undo(request).status;
        CHECK((end == Status::failed || end == Status::refunded));
        CHECK(till.in_ledger(request.id) == "0");
        const Payment row = till.row(request.id);
        CHECK(row.captured == row.refunded);
        CHECK(till.pay(request).status == Status::failed);
    }
    CHECK(till.sql("SELECT COUNT(*) FROM payments") == "20");
}

}  // namespace cloudretail::payment
