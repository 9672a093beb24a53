// Who may see each event of an order, on both databases.
#include <support/published.hpp>

#include "counter.hpp"

namespace cloudretail::order {
namespace {

using Told = std::vector<std::string>;

/// The order's events as "type: C A B": the customer and the two vendors.
Told told(Counter& counter, OrderId id) {
    Told all = test::audiences(counter.database, id.to_string());
    for (std::string& text : all)
        for (const auto& [user, letter] :
             {std::pair{counter.customer.id, "C"}, {counter.vendor_a.id, "A"}, {counter.vendor_b.id, "B"}})
            if (auto at = text.find(user.to_string()); at != std::string::npos)
                text.replace(at, user.to_string().size(), letter);
    return all;
}

TEST_CASE_ON_BOTH("an order's making concerns the customer and each vendor, a fulfilment its own vendor",
                  "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    REQUIRE(counter.move(counter.vendor_b, id, Progress::shipped));
    REQUIRE(counter.move(counter.vendor_b, id, Progress::delivered));
    REQUIRE(counter.cancel(counter.customer, id));
    REQUIRE(counter.refund(id, {Money{100}, {}, ""}));
    CHECK(told(counter, id) == Told{"order.created: C A B", "order.shipped: C B", "order.delivered: C B",
                                    "order.cancelled: C A", "order.refunded: C", "order.refunded: C"});
}

TEST_CASE_ON_BOTH("cancelling the whole of an order is told to all its vendors, the refund to the customer",
                  "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    REQUIRE(counter.cancel(counter.customer, id));
    CHECK(told(counter, id) == Told{"order.created: C A B", "order.cancelled: C A B", "order.refunded: C"});
}

TEST_CASE_ON_BOTH("a vendor does not hear of an order that failed", "[order]") {
    Counter counter(dialect);
    auto id = counter.place("card", "tok_silent");
    counter.clock.ms += counter.deadline_ms + 1;
    REQUIRE(counter.eventually([&] { return counter.status(id) == "failed"; }));
    CHECK(told(counter, id) == Told{"order.failed: C"});
}

TEST_CASE_ON_BOTH("an order that is confirmed after a crash is told to the same people", "[order]") {
    Counter counter(dialect);
    counter.till.silent = true;
    auto id = counter.place();
    counter.crash();
    counter.till.silent = false;
    REQUIRE(counter.eventually([&] { return counter.status(id) == "confirmed"; }));
    CHECK(told(counter, id) == Told{"order.created: C A B"});
}

}  // namespace
}  // namespace cloudretail::order
