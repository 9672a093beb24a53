// Giving money back, on both databases.
#include "counter.hpp"

namespace cloudretail::order {
namespace {

TEST_CASE_ON_BOTH("pieces of a shipped line are refunded at their price and restocked where wanted",
                  "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    REQUIRE(counter.move(counter.vendor_a, id, Progress::shipped));
    auto answer = counter.refund(id, {{}, {{counter.a, 1, true}}, ""});
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(counter.till.of(id).refunded == Money{1'000});
    CHECK(counter.shelf.shipped_of(id, counter.a) == 1);
    CHECK(counter.row(id).payment_status == "partially_refunded");
    REQUIRE(counter.refund(id, {{}, {{counter.a, 1, false}}, ""}));
    CHECK(counter.shelf.shipped_of(id, counter.a) == 1);  // it did not come back
    CHECK(counter.refund(id, {{}, {{counter.a, 1, false}}, ""}).error().is(errors::refund_too_large));
    CHECK(counter.events(id, "order.refunded") == "2");
    CHECK(counter.test_database.beside("SELECT COUNT(*) FROM audit WHERE action = 'order.refund'") == "2");
}

TEST_CASE_ON_BOTH("without amount and items all that is left is given back", "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    REQUIRE(counter.refund(id, {Money{300}, {}, ""}));
    REQUIRE(counter.refund(id, {}));
    CHECK(counter.till.of(id).refunded == Money{2'500});
    CHECK(counter.row(id).payment_status == "refunded");
    CHECK(counter.refund(id, {}).error().is(errors::refund_too_large));
}

TEST_CASE_ON_BOTH("a refund the payment module refuses leaves nothing behind", "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    payment::RefundRequest elsewhere{counter.row(id).payment_id, id, make_uuid(), Money{2'400}, ""};
    counter.till.refund(elsewhere, [](Outcome<Result<payment::Outcome>>) {});
    CHECK(counter.refund(id, {Money{200}, {}, ""}).error().is(payment::errors::refund_too_large));
    auto order = counter.row(id);
    REQUIRE(order.refunds.size() == 1);
    CHECK(order.refunds.front().status == "failed");
    CHECK(rules::left(order) == Money{2'500});
    CHECK(counter.events(id, "order.refunded") == "0");
    CHECK(counter.refund(id, {Money{100}, {}, ""}));
}

TEST_CASE_ON_BOTH("a refund of unknown outcome is told as such and done once, also after a crash",
                  "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    counter.till.silent = true;
    auto answer = counter.refund(id, {Money{700}, {}, ""});
    REQUIRE(answer);
    CHECK(answer->status == 202);
    CHECK(counter.cancel(counter.customer, id).error().is(errors::illegal_transition));
    CHECK(counter.refund(id, {Money{1'900}, {}, ""}).error().is(errors::refund_too_large));
    counter.crash();
    counter.till.silent = false;
    CHECK(counter.eventually([&] { return counter.row(id).refunds.front().status == "done"; }));
    CHECK(counter.till.of(id).refunded == Money{700});
    CHECK(counter.events(id, "order.refunded") == "1");
}

TEST_CASE_ON_BOTH("the same key refunds once and answers the same again", "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    const db::IdempotencyKey key{"scope", "fingerprint"}, other{"scope-2", "fingerprint"};
    WantedRefund wanted{Money{700}, {}, "because"};
    auto first = counter.run(counter.service->refund(counter.admin, id, wanted, key));
    auto again = counter.run(counter.service->refund(counter.admin, id, wanted, key));
    REQUIRE((first && again));
    CHECK(again->replayed);
    CHECK(again->body == first->body);
    CHECK(counter.till.of(id).refunded == Money{700});
    wanted.amount = Money{5'000};
    CHECK(counter.run(counter.service->refund(counter.admin, id, wanted, other))
              .error()
              .is(errors::refund_too_large));
    auto kept = counter.run(counter.service->refund(counter.admin, id, wanted, other));
    REQUIRE(kept);
    CHECK(kept->status == 409);
    CHECK(kept->replayed);
}

TEST_CASE_ON_BOTH("the key of a refund under way answers with the order as it stands, then as it ended",
                  "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    counter.till.silent = true;
    const db::IdempotencyKey key{"scope", "fingerprint"};
    auto ask = [&] {
        return counter.run(counter.service->refund(counter.admin, id, {Money{700}, {}, "because"}, key));
    };
    CHECK(ask()->status == 202);
    REQUIRE(counter.move(counter.vendor_a, id, Progress::shipped));
    auto again = ask();
    REQUIRE(again);
    CHECK(again->status == 202);
    CHECK(again->replayed);
    CHECK(again->body == to_json(counter.row(id)));
    CHECK(again->etag == etag_of(counter.row(id)));
    counter.crash();
    CHECK(ask()->status == 202);
    counter.till.silent = false;
    CHECK(counter.eventually([&] { return ask()->status == 200; }));
    CHECK(ask()->body == to_json(counter.row(id)));
    CHECK(counter.till.of(id).refunded == Money{700});
}

TEST_CASE_ON_BOTH("the entity tag of an order moves when a refund begins and however it ends", "[order]") {
    Counter counter(dialect);
    Tags tags(counter, counter.place());
    tags.look();
    counter.till.silent = true;
    REQUIRE(counter.refund(tags.id, {Money{200}, {}, ""}));
    tags.look();
    REQUIRE(counter.refund(tags.id, {Money{300}, {}, ""}));
    tags.look();
    CHECK(tags.seen() == 3);
    // What is given back elsewhere leaves enough for one of the two: the other is declined.
    counter.till.give_back_elsewhere(tags.id, Money{2'150});
    counter.till.silent = false;
    CHECK(counter.eventually([&] {
        tags.look();
        return counter.test_database.beside("SELECT COUNT(*) FROM sagas") == "0";
    }));
    tags.look();
}

TEST_CASE_ON_BOTH("only administrators refund", "[order]") {
    Counter counter(dialect);
    auto id = counter.place();
    for (const auto& caller : {counter.customer, counter.vendor_a}) {
        auto refused = counter.run(counter.service->refund(caller, id, {}, {}));
        CHECK(refused.error().is(cloudretail::errors::forbidden));
    }
    CHECK(counter.refund(OrderId::make(), {}).error().is(cloudretail::errors::not_found));
}

}  // namespace
}  // namespace cloudretail::order
