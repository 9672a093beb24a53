// Payments that nobody waits for any more, on both databases and an injected clock: they are settled with the
// gateway, and what was captured for an order that was given up goes back.
#include "reconciler.hpp"
#include "till.hpp"

namespace cloudretail::payment {

using Fault = UnreliableGateway::Fault;

namespace {

constexpr std::int64_t patience_ms = 20 * 60'000;

struct Rounds : Till {
    explicit Rounds(db::Dialect dialect) : Till(dialect) {}
    Reconciler reconciler{service, database, patience_ms, metrics};

    int round() { return run(reconciler.round()); }
    std::string settled(PaymentId id, Goal goal) {
        auto outcome = run(service.settle(id, goal));
        return outcome ? std::string(to_text(outcome->status)) : "none";
    }
    void give_up(OrderId order) {
        database.write_blocking([&](db::Tx& tx) {
            Service::order_given_up(tx, order);
            return Unit{};
        });
    }
    /// The provider breaks its promise: a charge that was cancelled is captured all the same.
    void capture_late(const PayRequest& request) {
        sql("DELETE FROM simulated_charges WHERE key = '" + request.id.to_string() + "'");
        sql("INSERT INTO simulated_charges (key, amount_minor, currency, status, at) VALUES ('" +
            request.id.to_string() + "', " + std::to_string(request.amount.minor) +
            ", 'USD', 'captured', 1)");
    }
    [[nodiscard]] bool counted(const std::string& line) {
        return metrics.render().find(line) != std::string::npos;
    }
};

}  // namespace

TEST_CASE_ON_BOTH("a payment that is pending for too long is settled as the gateway knows it", "[payment]") {
    Rounds till(dialect);
    auto charged = Till::request("tok_timeout"), never = Till::request(),
         waiting = Till::request("tok_timeout");
    till.pay(charged);
    till.unreliable.next = Fault::lost_before;
    till.pay(never);
    till.clock.advance_ms(patience_ms);
    till.pay(waiting);
    CHECK(till.round() == 0);  // not yet: patience is not over
    till.clock.advance_ms(1);
    CHECK(till.round() == 2);
    CHECK(till.row(charged.id).status == Status::captured);
    CHECK(till.row(never.id).status == Status::failed);
    CHECK(till.row(waiting.id).status == Status::pending);
    CHECK(till.pay(never).status == Status::failed);  // a late charge is refused by us and by the gateway
    CHECK(till.in_ledger(never.id) == "0");
    CHECK(till.counted("cloudretail_payment_reconciled_total{status=\"captured\"} 1"));
    CHECK(till.counted("cloudretail_payment_reconciled_total{status=\"failed\"} 1"));
    CHECK(till.round() == 0);
    CHECK(till.sound());
}

TEST_CASE_ON_BOTH("what cannot be settled while the gateway is away is settled in a later round",
                  "[payment]") {
    for (const Fault fault : {Fault::away, Fault::lost_before, Fault::lost_after}) {
        Rounds till(dialect);
        auto request = Till::request("tok_timeout");
        till.pay(request);
        till.clock.advance_ms(patience_ms + 1);
        till.unreliable.next = fault;
        CHECK(till.round() == 0);
        CHECK(till.counted("cloudretail_payment_unsettled 1"));
        CHECK(till.round() == 1);
        CHECK(till.counted("cloudretail_payment_unsettled 0"));
        CHECK(till.row(request.id).status == Status::captured);
    }
}

TEST_CASE_ON_BOTH("a refund that nobody asks for any more is ended", "[payment]") {
    Rounds till(dialect);
    auto paid = Till::request();
    till.pay(paid);
    till.unreliable.next = Fault::lost_after;
    CHECK(till.refunded(Till::part(paid, 500)) == "pending");
    CHECK(till.round() == 0);
    till.clock.advance_ms(patience_ms + 1);
    CHECK(till.round() == 1);
    CHECK(till.row(paid.id).refunded == Money{500});
    CHECK(till.in_ledger(paid.id) == "259498");
    CHECK(till.sound());
}

TEST_CASE_ON_BOTH("the payment of an order that was given up goes back, whatever its state", "[payment]") {
    Rounds till(dialect);
    auto captured = Till::request(), pending = Till::request("tok_timeout"), part = Till::request(),
         cash = Till::request("", "cash_on_delivery"), declined = Till::request("tok_declined"),
         untouched = Till::request();
    for (const auto& request : {captured, pending, part, cash, declined, untouched}) till.pay(request);
    till.refund(Till::part(part, 500));
    for (int i = 0; i < 2; ++i)  // an event may be told twice
        for (const auto& request : {captured, pending, part, cash, declined}) till.give_up(request.order_id);
    till.give_up(OrderId::make());  // an order that never had a payment
    CHECK(till.sql("SELECT COUNT(*) FROM given_up") == "4");
    till.unreliable.next = Fault::away;
    CHECK(till.round() == 3);
    CHECK(till.round() == 1);
    CHECK(till.round() == 0);
    for (const auto& request : {captured, pending, part, cash, declined}) {
        const Payment row = till.row(request.id);
        CHECK((row.status == Status::refunded || row.status == Status::failed));
        CHECK(till.in_ledger(request.id) == "0");
    }
    CHECK(till.row(untouched.id).status == Status::captured);
    CHECK(till.sound());
}

TEST_CASE_ON_BOTH("what cannot be settled keeps nothing behind it waiting", "[payment]") {
    Rounds till(dialect);
    const UuidSeed ids(till.clock, 7);
    for (int i = 0; i < 101; ++i) {
        auto stuck = Till::request();
        till.pay(stuck);
        till.unreliable.never_known.insert(stuck.id.to_string());
        till.give_up(stuck.order_id);
    }
    auto whole = Till::request(), part = Till::request();
    till.pay(whole);
    till.pay(part);
    till.give_up(whole.order_id);
    CHECK(till.round() == 0);
    CHECK(till.round() == 1);
    CHECK(till.row(whole.id).status == Status::refunded);

    till.clock.advance_ms(1);  // behind the refunds of those
    till.unreliable.next = Fault::lost_before;
    CHECK(till.refunded(Till::part(part, 500)) == "pending");
    till.clock.advance_ms(patience_ms + 1);
    CHECK(till.round() == 0);
    CHECK(till.round() == 1);
    CHECK(till.row(part.id).refunded == Money{500});
    CHECK(till.sound());
}

TEST_CASE_ON_BOTH("a charge that arrives after its payment was given up is given back", "[payment]") {
    Rounds till(dialect);
    auto request = Till::request("tok_error_once");
    CHECK_THROWS_AS(till.pay(request), Unavailable);
    CHECK(till.undo(request).status == Status::failed);
    CHECK(till.settled(request.id, Goal::learn) == "failed");
    till.capture_late(request);
    till.unreliable.next = Fault::lost_before;
    CHECK(till.settled(request.id, Goal::learn) == "pending");
    CHECK(till.settled(request.id, Goal::learn) == "refunded");
    CHECK(till.settled(request.id, Goal::learn) == "refunded");
    CHECK(till.in_ledger(request.id) == "0");
    CHECK(till.history(request.id) == "pending failed captured refunded");
    CHECK(till.pay(request).status == Status::failed);
    CHECK(till.sound());
}

TEST_CASE_ON_BOTH("a late charge whose refund is declined stays in mind until it is given back",
                  "[payment]") {
    Rounds till(dialect);
    auto request = Till::request("tok_error_once");
    CHECK_THROWS_AS(till.pay(request), Unavailable);
    till.undo(request);
    till.capture_late(request);
    const std::string charge = "'" + request.id.to_string() + "'";
    till.sql("INSERT INTO simulated_refunds (charge_key, key, amount_minor, at) VALUES (" + charge +
             ", 'elsewhere', 1, 0)");  // the provider has less left than it should
    CHECK(till.settled(request.id, Goal::learn) == "pending");
    CHECK(till.sql("SELECT COUNT(*) FROM given_up") == "1");
    till.sql("DELETE FROM simulated_refunds WHERE key = 'elsewhere'");
    till.clock.advance_ms(2'000);
    CHECK(till.round() == 1);
    CHECK(till.row(request.id).status == Status::refunded);
    CHECK(till.in_ledger(request.id) == "0");
    CHECK(till.sql("SELECT COUNT(*) FROM given_up") == "0");
    CHECK(till.sound());
}

TEST_CASE_ON_BOTH("while all of a payment is on its way back a late call for it pays nothing", "[payment]") {
    Rounds till(dialect);
    auto request = Till::request();
    till.pay(request);
    till.unreliable.next = Fault::lost_before;
    CHECK(till.undo(request).status == Status::pending);
    CHECK(till.row(request.id).status == Status::captured);
    CHECK(till.pay(request).status == Status::failed);
}

TEST_CASE_ON_BOTH("a payment that has ended is settled by looking, and one that never was is none",
                  "[payment]") {
    Rounds till(dialect);
    auto captured = Till::request(), refunded = Till::request(), cash = Till::request("", "cash_on_delivery"),
         given_up = Till::request("", "cash_on_delivery");
    for (const auto& request : {captured, refunded, cash, given_up}) till.pay(request);
    till.undo(refunded);
    till.undo(given_up);
    const int asks = till.unreliable.asks;
    CHECK(till.settled(captured.id, Goal::learn) == "captured");
    CHECK(till.settled(refunded.id, Goal::learn) == "refunded");
    CHECK(till.settled(cash.id, Goal::learn) == "authorized");
    CHECK(till.settled(given_up.id, Goal::give_up) == "failed");
    CHECK(till.settled(PaymentId::make(), Goal::learn) == "none");
    CHECK(till.unreliable.asks == asks);
}

TEST_CASE_ON_BOTH("the simulated provider forgets charges whose time is over, with their refunds",
                  "[payment]") {
    Till till(dialect);
    auto old = Till::request(), fresh = Till::request();
    till.pay(old);
    till.refund(Till::part(old, 1));
    till.clock.advance_ms(1'000);
    till.pay(fresh);
    auto sweep = [&](std::int64_t retention_ms) {
        return till.database.write_blocking(
            [&](db::Tx& tx) { return SimulatedGateway::sweep(tx, retention_ms, 100); });
    };
    CHECK(sweep(1'000) == 0);
    CHECK(sweep(999) == 1);
    CHECK(till.sql("SELECT key FROM simulated_charges") == fresh.id.to_string());
    CHECK(till.sql("SELECT COUNT(*) FROM simulated_refunds") == "0");
}

}  // namespace cloudretail::payment
