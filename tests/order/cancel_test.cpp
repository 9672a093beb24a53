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

TEST_CASE_ON_BOTH("an order whose last part is cancelled is cancelled", "[order]") {
    Counter counter(dialect);
    auto id = counter.place("cash_on_delivery");
    counter.shelf.carrier = Shelf::Carrier::late;
    auto under_way = counter.move(counter.vendor_a, id, Progress::shipped);
    REQUIRE((under_way && !under_way->settled));
    REQUIRE(counter.cancel(counter.customer, id));
    CHECK(counter.progress(id) == "pending/cancelled");
    CHECK(counter.status(id) == "confirmed");
    counter.shelf.carrier = Shelf::Carrier::gone;
    REQUIRE(counter.eventually([&] {
        return counter.row(id).fulfilments.front().step.empty() &&
               counter.row(id).fulfilments.back().step.empty();
    }));
    auto answer = counter.cancel(counter.customer, id);
    REQUIRE(answer);
    auto order = counter.row(id);
    CHECK(answer->body == to_json(order));
    CHECK(order.status == Status::cancelled);
    CHECK(order.reason == "cancelled-by-customer");
    CHECK(counter.progress(id) == "cancelled/cancelled");
    CHECK(rules::left(order) == Money{});
    CHECK(counter.till.of(id).refunded == Money{2'500});
    CHECK(counter.events(id, "order.cancelled") == "2");
}

TEST_CASE_ON_BOTH("the key of a cancellation under way answers with the order as it stands, then as it ended",
                  "[order]") {
    for (const bool whole : {true, false}) {
        Counter counter(dialect);
        auto id = counter.place();
        if (!whole) REQUIRE(counter.move(counter.vendor_a, id, Progress::shipped));
        counter.till.silent = true;
        const db::IdempotencyKey key{"scope", "fingerprint"};
        auto ask = [&] { return counter.run(counter.service->cancel(counter.customer, id, "late", key)); };
        auto first = ask();
        REQUIRE(first);
        CHECK(first->status == 202);
        if (!whole) REQUIRE(counter.move(counter.vendor_a, id, Progress::delivered));
        auto again = ask();
        REQUIRE(again);
        CHECK(again->status == 202);
        CHECK(again->replayed);
        CHECK(again->body == to_json(counter.row(id)));
        CHECK((again->body == first->body) == whole);
        counter.till.silent = false;
        CHECK(counter.eventually([&] { return ask()->status == 200; }));
        CHECK(ask()->body == to_json(counter.row(id)));
        CHECK(counter.till.of(id).refunded == Money{whole ? 2'500 : 500});
    }
}

TEST_CASE_ON_BOTH("the entity tag of an order moves with everything its body shows of cancelling",
                  "[order]") {
    for (const bool whole : {true, false}) {
        Counter counter(dialect);
        Tags tags(counter, counter.place());
        if (!whole) REQUIRE(counter.move(counter.vendor_a, tags.id, Progress::shipped));
        tags.look();
        counter.till.silent = true;
        REQUIRE(counter.run(counter.service->cancel(counter.customer, tags.id, "late", {})));
        tags.look();
        // The rest of a part is refused then, all of the order is given back.
        if (!whole) counter.till.give_back_elsewhere(tags.id, Money{2'400});
        counter.till.silent = false;
        CHECK(counter.eventually([&] {
            tags.look();
            return counter.test_database.beside("SELECT COUNT(*) FROM sagas") == "0";
        }));
        tags.look();
        CHECK(tags.seen() >= 3);
        CHECK(counter.row(tags.id).refunds.front().status == (whole ? "done" : "failed"));
    }
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
