// Shipping and delivering, vendor by vendor, on both databases.
#include "counter.hpp"
#include "render.hpp"

namespace cloudretail::order {
namespace {

TEST_CASE_ON_BOTH("each vendor ships its own lines, and the order follows when all have", "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    auto first = counter.move(counter.vendor_a, id, Progress::shipped, "1Z 999");
    REQUIRE(first);
    CHECK(first->settled);
    REQUIRE(first->view.order.lines.size() == 1);  // a vendor sees its own
    CHECK(counter.progress(id) == "shipped/pending");
    CHECK(counter.status(id) == "confirmed");
    CHECK(counter.row(id).fulfilments.front().tracking_number == "1Z 999");
    CHECK(counter.shelf.shipped_of(id, counter.a) == 2);
    CHECK(counter.shelf.reserved_of(id, counter.b) == 1);
    REQUIRE(counter.move(counter.vendor_b, id, Progress::shipped));
    CHECK(counter.status(id) == "shipped");
    REQUIRE(counter.move(counter.vendor_b, id, Progress::delivered, "late number"));
    CHECK(counter.status(id) == "shipped");
    REQUIRE(counter.move(counter.vendor_a, id, Progress::delivered));
    CHECK(counter.status(id) == "delivered");
    CHECK(counter.progress(id) == "delivered/delivered");
    CHECK(counter.events(id, "order.shipped") == "2");
    CHECK(counter.events(id, "order.delivered") == "2");
    for (const auto& f : counter.row(id).fulfilments)
        CHECK(f.tracking_number == (f.vendor_id == counter.vendor_a.id ? "1Z 999" : "late number"));
}

TEST_CASE_ON_BOTH("who sells nothing of an order moves nothing of it", "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    CHECK(counter.move(counter.customer, id, Progress::shipped).error().is(cloudretail::errors::forbidden));
    CHECK(counter.move(Counter::of(Role::vendor), id, Progress::shipped)
              .error()
              .is(cloudretail::errors::not_found));
    CHECK(counter.move(counter.admin, OrderId::make(), Progress::shipped)
              .error()
              .is(cloudretail::errors::not_found));
    CHECK(counter.progress(id) == "pending/pending");
}

TEST_CASE_ON_BOTH("an administrator moves all that can move, in the order of the steps", "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    CHECK(counter.move(counter.admin, id, Progress::delivered).error().is(errors::illegal_transition));
    REQUIRE(counter.move(counter.vendor_a, id, Progress::shipped));
    CHECK(counter.move(counter.vendor_a, id, Progress::shipped).error().is(errors::illegal_transition));
    CHECK(counter.move(counter.admin, id, Progress::delivered).error().is(errors::illegal_transition));
    REQUIRE(counter.move(counter.admin, id, Progress::shipped));
    CHECK(counter.status(id) == "shipped");
    REQUIRE(counter.move(counter.admin, id, Progress::delivered));
    CHECK(counter.status(id) == "delivered");
    CHECK(counter.move(counter.admin, id, Progress::delivered).error().is(errors::illegal_transition));
    CHECK(counter.test_database.beside("SELECT COUNT(*) FROM audit WHERE action LIKE 'order.%'") == "3");
}

TEST_CASE_ON_BOTH("a step on an order that moved on since it was read is stale", "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    auto etag = etag_of(rules::own_lines(counter.row(id), counter.vendor_a.id));
    REQUIRE(counter.move(counter.vendor_b, id, Progress::shipped));
    CHECK(counter.move(counter.vendor_a, id, Progress::shipped, "", etag)
              .error()
              .is(cloudretail::errors::stale));
    etag = etag_of(rules::own_lines(counter.row(id), counter.vendor_a.id));
    CHECK(counter.move(counter.vendor_a, id, Progress::shipped, "", etag));
}

TEST_CASE_ON_BOTH("cash on delivery is captured with the last delivery", "[order]") {
    Counter counter(dialect);
    auto id = counter.place("cash_on_delivery");
    REQUIRE(counter.move(counter.admin, id, Progress::shipped));
    REQUIRE(counter.move(counter.vendor_a, id, Progress::delivered));
    CHECK(counter.row(id).payment_status == "authorized");
    auto last = counter.move(counter.vendor_b, id, Progress::delivered);
    REQUIRE(last);
    CHECK(last->settled);
    CHECK(counter.row(id).payment_status == "captured");
    CHECK(counter.till.of(id).status == payment::Status::captured);
}

TEST_CASE_ON_BOTH("while the stock is away a shipment waits, takes nothing else, and then happens once",
                  "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    counter.shelf.away = 1'000'000;
    auto waiting = counter.move(counter.vendor_a, id, Progress::shipped);
    REQUIRE(waiting);
    CHECK_FALSE(waiting->settled);
    CHECK(counter.progress(id) == "pending/pending");
    CHECK(counter.move(counter.vendor_a, id, Progress::shipped).error().is(errors::illegal_transition));
    counter.crash();
    counter.shelf.away = 0;
    CHECK(counter.eventually([&] { return counter.progress(id) == "shipped/pending"; }));
    CHECK(counter.shelf.shipments == 1);
    CHECK(counter.events(id, "order.shipped") == "1");
}

TEST_CASE_ON_BOTH("a capture nobody waits for is made after a crash", "[order]") {
    Counter counter(dialect);
    auto id = counter.place("cash_on_delivery");
    REQUIRE(counter.move(counter.admin, id, Progress::shipped));
    counter.till.silent = true;
    auto delivered = counter.move(counter.admin, id, Progress::delivered);
    REQUIRE(delivered);
    CHECK_FALSE(delivered->settled);
    CHECK(counter.status(id) == "delivered");
    counter.crash();
    counter.till.silent = false;
    CHECK(counter.eventually([&] { return counter.row(id).payment_status == "captured"; }));
}

}  // namespace
}  // namespace cloudretail::order
