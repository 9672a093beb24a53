// Who is first decides: cancel against ship, cancel against refund, cancel against cancel, many refunds, with
// real threads on both databases. Every race has one winner and one effect, and the books agree afterwards.
#include "counter.hpp"

#include <thread>

namespace cloudretail::order {
namespace {

constexpr int rounds = 20;

/// Runs all at once; how many succeeded.
int race(std::vector<std::function<bool()>> runners) {
    std::atomic<int> ready{0}, won{0};
    std::vector<std::thread> threads;
    for (auto& runner : runners)
        threads.emplace_back([&] {
            ++ready;
            while (ready < static_cast<int>(runners.size())) std::this_thread::yield();
            if (runner()) ++won;
        });
    for (auto& thread : threads) thread.join();
    return won;
}

/// Money, goods and events of an order that was cancelled or not, in one word.
void check_books(Counter& counter, OrderId id) {
    auto order = counter.row(id);
    auto paid = counter.till.of(id);
    Money given_back;
    for (const auto& r : order.refunds) {
        CHECK(r.status != "pending");
        if (r.status == "done") given_back = given_back + r.amount;
    }
    CHECK(paid.amount - paid.refunded == order.total - given_back);
    CHECK_FALSE(order.cancelling);
    const auto all = rules::fulfilments(order);
    for (const auto& line : order.lines) {
        auto f = std::ranges::find(all, line.vendor_id, &Fulfilment::vendor_id);
        CHECK(f->step.empty());
        const bool left = f->status == Progress::shipped || f->status == Progress::delivered;
        CHECK(counter.shelf.shipped_of(id, line.product_id) == (left ? line.quantity : 0));
        CHECK(counter.shelf.reserved_of(id, line.product_id) ==
              (f->status == Progress::pending ? line.quantity : 0));
    }
    CHECK(counter.events(id, "order.shipped") ==
          std::to_string(std::ranges::count(all, Progress::shipped, &Fulfilment::status)));
}

TEST_CASE_ON_BOTH("cancelling against shipping everything has one winner", "[order][race]") {
    Counter counter(dialect);
    for (int i = 0; i < rounds; ++i) {
        auto id = counter.place();
        const int won =
            race({[&] { return counter.cancel(counter.customer, id).has_value(); },
                  [&] { return counter.move(counter.admin, id, Progress::shipped).has_value(); }});
        CHECK(won == 1);
        CHECK((counter.status(id) == "cancelled" || counter.status(id) == "shipped"));
        check_books(counter, id);
    }
}

TEST_CASE_ON_BOTH("cancelling against one vendor's shipping cancels what that vendor has not taken",
                  "[order][race]") {
    Counter counter(dialect);
    for (int i = 0; i < rounds; ++i) {
        auto id = counter.place();
        const int won =
            race({[&] { return counter.cancel(counter.customer, id).has_value(); },
                  [&] { return counter.move(counter.vendor_a, id, Progress::shipped).has_value(); }});
        const auto progress = counter.progress(id);
        INFO(progress);
        // The shipment first: the cancellation takes the rest. The cancellation first: all of it.
        CHECK((won == 2 ? progress == "shipped/cancelled" : progress == "cancelled/cancelled"));
        check_books(counter, id);
    }
}

TEST_CASE_ON_BOTH("many cancellations of one order have one effect", "[order][race]") {
    Counter counter(dialect);
    for (int i = 0; i < rounds; ++i) {
        auto id = counter.place();
        std::vector<std::function<bool()>> all(
            8, [&] { return counter.cancel(counter.customer, id).has_value(); });
        CHECK(race(std::move(all)) == 1);
        CHECK(counter.till.undone == i + 1);
        CHECK(counter.events(id, "order.cancelled") == "1");
        CHECK(counter.events(id, "order.refunded") == "1");
        check_books(counter, id);
    }
}

TEST_CASE_ON_BOTH("many shipments of one fulfilment have one effect", "[order][race]") {
    Counter counter(dialect);
    for (int i = 0; i < rounds; ++i) {
        auto id = counter.place();
        std::vector<std::function<bool()>> all(
            8, [&] { return counter.move(counter.vendor_a, id, Progress::shipped).has_value(); });
        CHECK(race(std::move(all)) == 1);
        CHECK(counter.events(id, "order.shipped") == "1");
        check_books(counter, id);
    }
}

TEST_CASE_ON_BOTH("cancelling against a full refund gives the money back once", "[order][race]") {
    Counter counter(dialect);
    for (int i = 0; i < rounds; ++i) {
        auto id = counter.place();
        race({[&] { return counter.cancel(counter.customer, id).has_value(); },
              [&] { return counter.refund(id, {}).has_value(); }});
        auto order = counter.row(id);
        REQUIRE(order.refunds.size() == 1);
        CHECK(order.refunds.front().amount == order.total);
        CHECK(counter.events(id, "order.refunded") == "1");
        CHECK(counter.till.of(id).status == payment::Status::refunded);
        check_books(counter, id);
    }
}

TEST_CASE_ON_BOTH("64 refunds of one payment at once never give back more than was captured",
                  "[order][race]") {
    Counter counter(dialect);
    auto id = counter.place();  // 25.00
    std::vector<std::function<bool()>> all(64, [&] {
        return counter.refund(id, {Money{100}, {}, ""}).has_value();
    });
    CHECK(race(std::move(all)) == 25);
    CHECK(counter.till.of(id).refunded == Money{2'500});
    CHECK(counter.row(id).payment_status == "refunded");
    CHECK(counter.events(id, "order.refunded") == "25");
    check_books(counter, id);
}

TEST_CASE("two processes that cancel, ship and refund the same orders have one winner each (PostgreSQL)",
          "[order][race][postgresql]") {
    Counter counter(db::Dialect::postgresql);
    OtherProcess other(counter);
    for (int i = 0; i < rounds; ++i) {
        auto id = counter.place();
        const auto cancel = [&] { return counter.cancel(counter.customer, id).has_value(); };
        const auto ship = [&] {
            return other.run(other.service->change_status(counter.admin, id, {Progress::shipped, ""}, ""))
                .has_value();
        };
        const auto refund = [&] {
            return other.run(other.service->refund(counter.admin, id, {Money{2'500}, {}, "x"}, {}))
                .has_value();
        };
        const auto cancel_there = [&] {
            return other.run(other.service->cancel(counter.customer, id, "", {})).has_value();
        };
        switch (i % 3) {
            case 0:
                CHECK(race({cancel, ship}) == 1);
                break;
            case 1:
                CHECK(race({cancel, cancel_there}) == 1);
                CHECK(counter.status(id) == "cancelled");
                break;
            default:
                CHECK(race({cancel, refund}) >= 1);
                CHECK(counter.till.of(id).status == payment::Status::refunded);
        }
        CHECK(counter.row(id).refunds.size() == (counter.status(id) == "shipped" ? 0 : 1));
        check_books(counter, id);
    }
}

}  // namespace
}  // namespace cloudretail::order
