// The invariants over orders, stock and payments: quiet while all is well, loud for each that is broken.
#include "checks.hpp"

#include "counter.hpp"

namespace cloudretail::order {
namespace {

/// The rules that a check finds broken, each once.
std::set<std::string> broken(Counter& counter) {
    std::set<std::string> rules;
    for (const auto& v : counter.run(check_orders(counter.database, counter.shelf, counter.till)))
        rules.insert(v.rule);
    return rules;
}

using Rules = std::set<std::string>;

TEST_CASE_ON_BOTH("the books of every kind of order agree", "[order]") {
    Counter counter(dialect);
    counter.place();
    auto cancelled = counter.place(), part = counter.place(), refunded = counter.place(),
         cash = counter.place("cash_on_delivery"), failed = counter.place("card", "tok_silent");
    REQUIRE(counter.cancel(counter.customer, cancelled));
    REQUIRE(counter.move(counter.vendor_a, part, Progress::shipped));
    REQUIRE(counter.cancel(counter.customer, part));
    REQUIRE(counter.move(counter.admin, refunded, Progress::shipped));
    REQUIRE(counter.refund(refunded, {{}, {{counter.b, 1, false}}, ""}));
    REQUIRE(counter.move(counter.admin, cash, Progress::shipped));
    REQUIRE(counter.move(counter.admin, cash, Progress::delivered));
    counter.clock.ms += counter.deadline_ms + 1;
    REQUIRE(counter.eventually([&] { return counter.status(failed) == "failed"; }));
    CHECK(broken(counter) == Rules{});
}

TEST_CASE_ON_BOTH("a check names what is wrong with an order", "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    REQUIRE(counter.move(counter.vendor_a, id, Progress::shipped));
    REQUIRE(counter.refund(id, {Money{100}, {}, ""}));
    const std::string of_order = " WHERE order_id = '" + id.to_string() + "'";
    struct Case {
        std::string damage, repair;
        Rules found;
    };
    const std::vector<Case> table{
        {"UPDATE order_lines SET quantity = quantity + 1" + of_order,
         "UPDATE order_lines SET quantity = quantity - 1" + of_order,
         {"an order's total is the sum of its lines", "a line that is not shipped holds its reservation",
          "exactly the lines that were shipped have left the stock"}},
        {"UPDATE fulfilments SET status = 'delivered'" + of_order,
         "UPDATE fulfilments SET status = 'shipped'" + of_order,
         {}},
        {"UPDATE fulfilments SET status = 'pending'" + of_order,
         "UPDATE fulfilments SET status = 'shipped'" + of_order,
         {"a line that is not shipped holds its reservation",
          "exactly the lines that were shipped have left the stock"}},
        {"UPDATE orders SET status = 'delivered' WHERE id = '" + id.to_string() + "'",
         "UPDATE orders SET status = 'confirmed' WHERE id = '" + id.to_string() + "'",
         {"an order's status follows its fulfilments"}},
        {"UPDATE refunds SET amount_minor = 99" + of_order,
         "UPDATE refunds SET amount_minor = 100" + of_order,
         {"captured less refunded is the total less the refunds"}},
        {"UPDATE refunds SET status = 'pending'" + of_order,
         "UPDATE refunds SET status = 'done'" + of_order,
         {"a refund under way has an open saga", "captured less refunded is the total less the refunds"}},
        {"UPDATE fulfilments SET step = 'cancelling'" + of_order,
         "UPDATE fulfilments SET step = ''" + of_order,
         {"a fulfilment's step has an open saga"}},
        {"UPDATE orders SET cancelling = 1 WHERE id = '" + id.to_string() + "'",
         "UPDATE orders SET cancelling = 0 WHERE id = '" + id.to_string() + "'",
         {"an order being cancelled has an open saga"}},
    };
    for (const auto& c : table) {
        INFO(c.damage);
        counter.test_database.beside(c.damage);
        CHECK(broken(counter) == c.found);
        counter.test_database.beside(c.repair);
    }
    CHECK(broken(counter) == Rules{});
}

}  // namespace
}  // namespace cloudretail::order
