// Cancelling an order, whole or what is left of it, on both databases.
#include "counter.hpp"

namespace cloudretail::order {
namespace {

TEST_CASE_ON_BOTH("an order of which nothing is shipped is cancelled whole", "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    auto answer = counter.run(counter.service->cancel(counter.customer, id, "Ordered twice", {}));
    REQUIRE(answer);
    CHECK(answer->status == 200);
    auto order = counter.row(id);
    CHECK(order.status == Status::cancelled);
    CHECK(order.cancel_note == "Ordered twice");
    CHECK(counter.progress(id) == "cancelled/cancelled");
    CHECK(counter.till.of(id).status == payment::Status::refunded);
    CHECK(counter.shelf.reserved_of(id, counter.a) == 0);
    REQUIRE(order.refunds.size() == 1);
    CHECK(order.refunds.front().amount == Money{2'500});
    CHECK(counter.events(id, "order.cancelled") == "1");
    CHECK(counter.events(id, "order.refunded") == "1");
}

TEST_CASE_ON_BOTH("what is not shipped is cancelled, released and given back, the rest stands", "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    REQUIRE(counter.move(counter.vendor_a, id, Progress::shipped));
    auto answer = counter.cancel(counter.customer, id);
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(counter.progress(id) == "shipped/cancelled");
    CHECK(counter.status(id) == "shipped");
    CHECK(counter.till.of(id).refunded == Money{500});
    CHECK(counter.shelf.reserved_of(id, counter.b) == 0);
    CHECK(counter.shelf.shipped_of(id, counter.a) == 2);
    auto order = counter.row(id);
    CHECK(order.payment_status == "partially_refunded");
    REQUIRE(order.refunds.size() == 1);
    CHECK(order.refunds.front().status == "done");
    CHECK(rules::left(order) == Money{2'000});
    CHECK(counter.events(id, "order.cancelled") == "1");
    CHECK(counter.events(id, "order.refunded") == "1");
    CHECK(counter.cancel(counter.customer, id).error().is(errors::illegal_transition));
    CHECK(counter.move(counter.vendor_b, id, Progress::shipped).error().is(errors::illegal_transition));
    REQUIRE(counter.move(counter.admin, id, Progress::delivered));
    CHECK(counter.status(id) == "delivered");
}

TEST_CASE_ON_BOTH("cancelling the rest of a delivered cash-on-delivery order collects what is left",
                  "[order]") {
    Counter counter(dialect);
    auto id = counter.place("cash_on_delivery");
    REQUIRE(counter.move(counter.vendor_a, id, Progress::shipped));
    REQUIRE(counter.move(counter.vendor_a, id, Progress::delivered));
    REQUIRE(counter.cancel(counter.admin, id));
    CHECK(counter.status(id) == "delivered");
    CHECK(counter.row(id).payment_status == "captured");
    CHECK(counter.till.of(id).refunded == Money{500});
}

TEST_CASE_ON_BOTH("a cancellation after a refund gives back no more than is left", "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    REQUIRE(counter.move(counter.vendor_a, id, Progress::shipped));
    REQUIRE(counter.refund(id, {Money{2'200}, {}, ""}));
    REQUIRE(counter.cancel(counter.customer, id));
    CHECK(counter.till.of(id).refunded == Money{2'500});
    CHECK(counter.till.of(id).status == payment::Status::refunded);
    CHECK(counter.progress(id) == "shipped/cancelled");
}

TEST_CASE_ON_BOTH("a cancellation whose refund is unknown goes on after a crash, once", "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    REQUIRE(counter.move(counter.vendor_a, id, Progress::shipped));
    counter.till.silent = true;
    auto answer = counter.cancel(counter.customer, id);
    REQUIRE(answer);
    CHECK(answer->status == 202);
    CHECK(counter.move(counter.vendor_b, id, Progress::shipped).error().is(errors::illegal_transition));
    CHECK(counter.refund(id, {Money{1}, {}, ""}).error().is(errors::illegal_transition));
    counter.crash();
    counter.till.silent = false;
    CHECK(counter.eventually([&] { return counter.progress(id) == "shipped/cancelled"; }));
    CHECK(counter.till.of(id).refunded == Money{500});
    CHECK(counter.events(id, "order.refunded") == "1");
}

TEST_CASE_ON_BOTH("only the customer and administrators cancel", "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    CHECK(counter.cancel(counter.vendor_a, id).error().is(cloudretail::errors::forbidden));
    CHECK(counter.cancel(Counter::of(Role::customer), id).error().is(cloudretail::errors::not_found));
    CHECK(counter.status(id) == "confirmed");
}

}  // namespace
}  // namespace cloudretail::order
