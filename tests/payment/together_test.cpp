// Payments that are taken in the same transactions: each has its own end, history and event.
#include <support/writes.hpp>

#include "till.hpp"

namespace cloudretail::payment {
namespace {

using Call = std::future<cloudretail::Outcome<Outcome>>;

std::string count(Till& till, const std::string& what) {
    return till.test_database.beside("SELECT COUNT(*) FROM " + what);
}

TEST_CASE_ON_BOTH("payments begun together each have their own end", "[payment]") {
    Till till(dialect);
    std::vector<PayRequest> requests;
    for (const char* token : {"tok_ok", "tok_declined", "tok_timeout", "tok_error_once", "tok_ok"})
        requests.push_back(Till::request(token));
    requests.push_back(Till::request("", "cash_on_delivery"));
    std::vector<Call> calls;
    {
        test::Gate gate(till.database);
        for (const auto& request : requests) calls.push_back(till.begin(false, request));
        // Asked for again while it is under way: the same payment.
        calls.push_back(till.begin(false, requests.front()));
    }
    const auto status = [&](std::size_t i) { return calls[i].get().get().status; };
    CHECK(status(0) == Status::captured);
    CHECK(status(1) == Status::failed);
    CHECK(status(2) == Status::pending);
    CHECK_THROWS_AS(status(3), Unavailable);
    CHECK(status(4) == Status::captured);
    CHECK(status(5) == Status::authorized);
    CHECK(status(6) == Status::captured);
    CHECK(count(till, "payments") == "6");
    CHECK(count(till, "payment_history") == "9");  // a beginning each, and three ends
    CHECK(count(till, "outbox WHERE type = 'payment.captured'") == "2");
    CHECK(count(till, "outbox WHERE type = 'payment.failed'") == "1");
    CHECK(count(till, "simulated_charges") == "5");
}

TEST_CASE_ON_BOTH("two steps of one payment in one transaction have one effect", "[payment]") {
    Till till(dialect);
    Payment payment = rules::begun(Till::request("tok_ok"), till.clock.now());
    const Payment* const one = &payment;
    const auto stand = till.database.write_blocking([&](db::Tx& tx) {
        store::insert(tx, std::span(&one, 1));
        Step captured{payment, Status::captured, "", ""}, failed{payment, Status::failed, "late", ""};
        Step* const steps[] = {&captured, &failed};
        return take_steps(tx, steps);
    });
    REQUIRE(stand.size() == 2);
    for (const Payment& after : stand) {
        CHECK(after.status == Status::captured);
        CHECK(after.version == 2);
    }
    CHECK(count(till, "payment_history") == "2");
    CHECK(count(till, "outbox") == "1");
}

TEST_CASE_ON_BOTH("a second payment of an order among good ones fails alone", "[payment]") {
    Till till(dialect);
    const auto good = Till::request("tok_ok"), other = Till::request("tok_ok");
    auto second = Till::request("tok_ok");
    second.order_id = good.order_id;
    std::vector<Call> calls;
    {
        test::Gate gate(till.database);
        for (const auto& request : {good, second, other}) calls.push_back(till.begin(false, request));
    }
    CHECK(calls[0].get().get().status == Status::captured);
    CHECK_THROWS_AS(calls[1].get().get(), db::ConstraintViolation);
    CHECK(calls[2].get().get().status == Status::captured);
    CHECK(count(till, "payments") == "2");
}

}  // namespace
}  // namespace cloudretail::payment
