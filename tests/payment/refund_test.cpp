// Refunds in parts, on both databases: repeated, racing, declined, lost and after a crash. In the end the
// gateway's ledger and our books agree, and nothing was given back that was not captured.
#include <algorithm>
#include <thread>
#include "till.hpp"

namespace cloudretail::payment {

using Fault = UnreliableGateway::Fault;

TEST_CASE_ON_BOTH("a payment is given back in parts, each once, until nothing is left", "[payment]") {
    Till till(dialect);
    auto paid = Till::request();
    till.pay(paid);
    auto first = Till::part(paid, 100'000), second = Till::part(paid, 159'998);
    for (int i = 0; i < 3; ++i) CHECK(till.refunded(first) == "done: partially_refunded");
    CHECK(till.in_ledger(paid.id) == "159998");
    CHECK(till.refunded(Till::part(paid, 159'999)) == "refund-too-large");
    CHECK(till.refunded(Till::part(paid, 0)) == "validation");
    CHECK(till.refunded(second) == "done: refunded");
    CHECK(till.refunded(first) == "done: refunded");
    CHECK(till.refunded(Till::part(paid, 1)) == "refund-too-large");
    CHECK(till.unreliable.refunds == 2);
    CHECK(till.in_ledger(paid.id) == "0");
    CHECK(till.history(paid.id) == "pending captured partially_refunded refunded");
    CHECK(till.sql("SELECT data FROM outbox WHERE type = 'payment.refunded' ORDER BY id LIMIT 1")
              .find("\"amount\":1000.00,") != std::string::npos);
    CHECK(till.events_of(paid.id, "payment.refunded") == "2");
    CHECK(till.sound());
}

TEST_CASE_ON_BOTH("a refund names its order's payment", "[payment]") {
    Till till(dialect);
    auto paid = Till::request();
    till.pay(paid);
    auto foreign = Till::part(paid, 1);
    foreign.order_id = OrderId::make();
    CHECK(till.refunded(foreign) == "not-found");
    auto missing = Till::part(paid, 1);
    missing.payment_id = PaymentId::make();
    CHECK(till.refunded(missing) == "not-found");
    CHECK(till.in_ledger(paid.id) == "259998");
}

TEST_CASE_ON_BOTH("nothing can be given back of what was not captured", "[payment]") {
    Till till(dialect);
    auto pending = Till::request("tok_timeout"), declined = Till::request("tok_declined");
    for (const auto& request : {pending, declined}) {
        till.pay(request);
        CHECK(till.refunded(Till::part(request, 1)) == "refund-too-large");
    }
    CHECK(till.unreliable.refunds == 0);
}

TEST_CASE_ON_BOTH("a refund whose answer is lost is pending, claims its amount and is made once",
                  "[payment]") {
    for (const Fault fault : {Fault::lost_before, Fault::lost_after}) {
        Till till(dialect);
        auto paid = Till::request();
        till.pay(paid);
        auto lost = Till::part(paid, 200'000);
        till.unreliable.next = fault;
        CHECK(till.refunded(lost) == "pending");
        CHECK(till.row(paid.id).status == Status::captured);
        CHECK(till.refunded(Till::part(paid, 59'999)) == "refund-too-large");
        CHECK(till.refunded(Till::part(paid, 59'998)) == "done: partially_refunded");
        CHECK(till.sound());
        CHECK(till.refunded(lost) == "done: refunded");
        CHECK(till.in_ledger(paid.id) == "0");
        CHECK(till.sound());
    }
}

TEST_CASE_ON_BOTH("a declined refund gives its claim up and stays declined", "[payment]") {
    Till till(dialect);
    auto paid = Till::request();
    till.pay(paid);
    auto declined = Till::part(paid, 259'998);
    till.unreliable.next = Fault::declined;
    CHECK(till.refunded(declined) == "refund-declined");
    CHECK(till.refunded(declined) == "refund-declined");
    CHECK(till.unreliable.refunds == 1);
    CHECK(till.history(paid.id) == "pending captured");
    CHECK(till.refunded(Till::part(paid, 259'998)) == "done: refunded");
    CHECK(till.in_ledger(paid.id) == "0");
    CHECK(till.sound());
}

TEST_CASE_ON_BOTH("while the gateway is away a refund is Unavailable, and the same call later ends it",
                  "[payment]") {
    Till till(dialect);
    auto paid = Till::request();
    till.pay(paid);
    auto part = Till::part(paid, 500);
    till.unreliable.next = Fault::away;
    CHECK_THROWS_AS(till.refund(part), Unavailable);
    CHECK(till.refunded(part) == "done: partially_refunded");
    CHECK(till.in_ledger(paid.id) == "259498");
}

TEST_CASE_ON_BOTH("a refund is made once when the process dies between any two of its steps", "[payment]") {
    for (const Fault fault : {Fault::dead_before, Fault::dead}) {
        Till till(dialect);
        auto paid = Till::request();
        till.pay(paid);
        auto part = Till::part(paid, 99'998);
        auto died = till.unreliable.died();
        till.unreliable.next = fault;
        auto never = till.begin_refund(part);
        died.get();
        CHECK(till.sql("SELECT status FROM refunds") == "begun");
        CHECK(till.sound());
        CHECK(till.refunded(part) == "done: partially_refunded");
        CHECK(till.in_ledger(paid.id) == "160000");
        CHECK(till.events_of(paid.id, "payment.refunded") == "1");
        CHECK(till.sound());
    }
}

TEST_CASE_ON_BOTH("64 threads that give back one payment never give back more than was captured",
                  "[payment]") {
    Till till(dialect);
    auto paid = Till::request();
    paid.amount = Money{10'000};
    till.pay(paid);
    // 32 refunds of 700, and one id asked for by 32 threads: 15 of the 33 fit into 10 000 at most.
    const auto shared = Till::part(paid, 700);
    std::vector<std::string> answers(64);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < answers.size(); ++i)
        threads.emplace_back(
            [&, i] { answers[i] = till.refunded(i % 2 == 0 ? shared : Till::part(paid, 700)); });
    for (auto& thread : threads) thread.join();

    int done = 0, refused = 0, shared_done = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const bool good = answers[i].starts_with("done");
        if (i % 2 == 0) {
            shared_done += good;
        } else {
            done += good;
            refused += answers[i] == "refund-too-large";
        }
    }
    const bool first_came_in = till.refunded(shared).starts_with("done");
    CHECK((shared_done == 32 || (shared_done == 0 && !first_came_in)));
    CHECK(done + (first_came_in ? 1 : 0) == 14);
    CHECK(done + refused == 32);
    CHECK(till.in_ledger(paid.id) == "200");
    CHECK(till.sql("SELECT COUNT(*) FROM simulated_refunds") == "14");
    CHECK(till.row(paid.id).refunded == Money{9'800});
    CHECK(till.row(paid.id).refunding == Money{0});
    CHECK(till.events_of(paid.id, "payment.refunded") == "14");
    CHECK(till.sound());
}

TEST_CASE_ON_BOTH("undoing gives back only what earlier refunds left", "[payment]") {
    Till till(dialect);
    auto paid = Till::request();
    till.pay(paid);
    CHECK(till.refunded(Till::part(paid, 59'998)) == "done: partially_refunded");
    for (int i = 0; i < 2; ++i) CHECK(till.undo(paid).status == Status::refunded);
    CHECK(till.in_ledger(paid.id) == "0");
    CHECK(till.unreliable.refunds == 2);
    CHECK(till.history(paid.id) == "pending captured partially_refunded refunded");
    CHECK(till.sound());
}

TEST_CASE_ON_BOTH("undoing first ends a refund under way, done or declined", "[payment]") {
    for (const bool declined : {false, true}) {
        Till till(dialect);
        auto paid = Till::request();
        till.pay(paid);
        auto lost = Till::part(paid, 100'000);
        till.unreliable.next = Fault::lost_before;
        CHECK(till.refunded(lost) == "pending");
        till.unreliable.next = Fault::lost_before;
        CHECK(till.undo(paid).status == Status::pending);
        if (declined) till.unreliable.next = Fault::declined;
        CHECK(till.undo(paid).status == Status::refunded);
        CHECK(till.in_ledger(paid.id) == "0");
        CHECK(till.refunded(lost) == (declined ? "refund-declined" : "done: refunded"));
        CHECK(till.sound());
    }
}

TEST_CASE_ON_BOTH("undoing whose refund is declined tries another one after a pause that doubles",
                  "[payment]") {
    Till till(dialect);
    auto paid = Till::request();
    till.pay(paid);
    till.unreliable.next = Fault::declined;
    CHECK(till.refunded(Till::part(paid, 100)) == "refund-declined");  // the order's own does not count
    for (const std::int64_t pause_ms : {2'000, 4'000}) {
        till.unreliable.next = Fault::declined;
        CHECK(till.undo(paid).status == Status::pending);
        CHECK(till.sound());
        till.clock.advance_ms(pause_ms - 1);
        const int asked = till.unreliable.refunds;
        const std::string rows = till.sql("SELECT COUNT(*) FROM refunds");
        const std::string trail = till.sql("SELECT COUNT(*) FROM audit");
        for (int i = 0; i < 5; ++i) {
            const Outcome waiting = till.undo(paid);
            CHECK(waiting.status == Status::pending);
            CHECK(waiting.reason == "no");
        }
        CHECK(till.unreliable.refunds == asked);
        CHECK(till.sql("SELECT COUNT(*) FROM refunds") == rows);
        CHECK(till.sql("SELECT COUNT(*) FROM audit") == trail);
        till.clock.advance_ms(1);
    }
    CHECK(till.undo(paid).status == Status::refunded);
    CHECK(till.in_ledger(paid.id) == "0");
    CHECK(till.sql("SELECT COUNT(*) FROM refunds") == "4");
}

TEST_CASE_ON_BOTH("cash on delivery is lowered before it is captured and given back by hand afterwards",
                  "[payment]") {
    Till till(dialect);
    auto ordered = Till::request("", "cash_on_delivery");
    till.pay(ordered);
    auto part = Till::part(ordered, 59'998);
    for (int i = 0; i < 2; ++i) CHECK(till.refunded(part) == "done: authorized");
    CHECK(till.sound());
    for (int i = 0; i < 2; ++i) CHECK(till.capture(ordered.id).status == Status::captured);
    CHECK(till.row(ordered.id).captured == Money{200'000});
    CHECK(till.sql("SELECT data FROM outbox").find("\"amount\":2000.00,") != std::string::npos);
    CHECK(till.refunded(part) == "done: authorized");
    CHECK(till.refunded(Till::part(ordered, 200'001)) == "refund-too-large");
    CHECK(till.refunded(Till::part(ordered, 50'000)) == "done: partially_refunded");
    CHECK(till.undo(ordered).status == Status::refunded);
    CHECK(till.row(ordered.id).refunded == Money{200'000});
    CHECK(till.history(ordered.id) == "authorized authorized captured partially_refunded refunded");
    CHECK(till.unreliable.refunds == 0);
    auto summary = Till::run(till.service.find({ordered.order_id})).at(0);
    CHECK(summary.refunded == ordered.amount);
    CHECK(till.sound());
}

TEST_CASE_ON_BOTH("cash on delivery of which all is taken off has failed and is never captured",
                  "[payment]") {
    Till till(dialect);
    auto ordered = Till::request("", "cash_on_delivery");
    till.pay(ordered);
    auto all = Till::part(ordered, 259'998);
    for (int i = 0; i < 2; ++i) CHECK(till.refunded(all) == "done: failed");
    CHECK(till.capture(ordered.id).status == Status::failed);
    CHECK(till.undo(ordered).reason == "cancelled");
    CHECK(till.events_of(ordered.id, "payment.failed") == "1");
    CHECK(till.sound());
}

TEST_CASE_ON_BOTH("delivering captures nothing but cash on delivery", "[payment]") {
    Till till(dialect);
    auto card = Till::request(), transfer = Till::request("", "bank_transfer"),
         lost = Till::request("tok_timeout");
    for (const auto& request : {card, transfer, lost}) till.pay(request);
    CHECK(till.capture(card.id).status == Status::captured);
    CHECK(till.capture(transfer.id).status == Status::authorized);
    CHECK(till.capture(lost.id).status == Status::pending);
    CHECK(till.capture(PaymentId::make()).status == Status::failed);
    CHECK(till.sound());
}

TEST_CASE_ON_BOTH("a broken refund is found by the invariants", "[payment]") {
    Till till(dialect);
    auto paid = Till::request();
    till.pay(paid);
    till.refund(Till::part(paid, 500));
    CHECK(till.sound());
    till.sql("UPDATE refunds SET amount_minor = 499");
    CHECK_FALSE(till.sound());
    till.sql("UPDATE refunds SET amount_minor = 500");
    till.sql("UPDATE payments SET refunding_minor = 1");
    CHECK_FALSE(till.sound());
}

TEST_CASE_ON_BOTH("what was paid and given back before refunds came in parts is kept by the migration",
                  "[payment]") {
    Till till(dialect);
    const auto migrations = db::migrations_of("payment", dialect);
    auto sql_of = [&](const std::string& name) {
        return std::ranges::find(migrations, name, &db::Migration::name)->sql;
    };
    const std::string kept = PaymentId::make().to_string(), given_back = PaymentId::make().to_string();
    auto insert = [](const std::string& id, int refunded, const std::string& status) {
        return "INSERT INTO payments (id, order_id, payer_id, amount_minor, captured_minor, refunded_minor, "
               "currency, "
               "method, status, created_at, updated_at) VALUES ('" +
               id + "', '" + OrderId::make().to_string() + "', '" + UserId::make().to_string() +
               "', 500, 500, " + std::to_string(refunded) + ", 'USD', 'card', '" + status +
               "', 7, 8); INSERT INTO payment_history (payment_id, version, status, at) VALUES ('" + id +
               "', 1, '" + status + "', 7);";
    };
    till.database.write_blocking([&](db::Tx& tx) {
        tx->script(
            "DROP TABLE payments; DROP TABLE payment_history; DROP TABLE refunds; "
            "DROP TABLE simulated_charges; DROP TABLE simulated_refunds;");
        tx->script(sql_of("0001_init"));
        tx->script(insert(kept, 0, "captured") + insert(given_back, 500, "refunded"));
        tx->script(sql_of("0002_refunds"));
        return Unit{};
    });
    CHECK(till.sound());
    CHECK(till.sql("SELECT id FROM refunds") == given_back + ":undo");
    CHECK(till.row(*PaymentId::parse(kept)).captured == Money{500});
    CHECK(till.row(*PaymentId::parse(kept)).created_at == Timestamp{7});
    auto another = Till::request();
    CHECK(till.pay(another).status == Status::captured);
    CHECK(till.sql("SELECT seq FROM payments WHERE id = '" + another.id.to_string() + "'") == "3");
}

}  // namespace cloudretail::payment
