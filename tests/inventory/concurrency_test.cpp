// Many threads at once, on both databases: nothing is sold twice, whatever else moves the stock meanwhile.
#include <atomic>
#include <barrier>
#include <thread>

#include "reservations.hpp"
#include "warehouse.hpp"

using namespace cloudretail;
using namespace cloudretail::inventory;

namespace {

/// Runs `task(i)` for i < count, each on a thread of its own.
template <class Task>
void all_at_once(int count, Task task) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&task, i] { task(i); });
    for (std::thread& thread : threads) thread.join();
}

std::int64_t open_quantity(Warehouse& w) {
    return w.database.read_blocking([](db::Session& s) {
        return s.number(
            "SELECT CAST(COALESCE(SUM(quantity), 0) AS BIGINT) FROM reservations WHERE released_at IS NULL "
            "AND "
            "shipped_at IS NULL");
    });
}

}  // namespace

TEST_CASE_ON_BOTH("concurrency: of 64 buyers of the last unit one gets it, 200 times over", "[inventory]") {
    Warehouse w(dialect);
    constexpr int rounds = 200;
    constexpr int buyers = 64;
    std::vector<ProductId> products;
    for (int round = 0; round < rounds; ++round) products.push_back(w.stocked({1}));
    std::vector<std::atomic<int>> sold(rounds);
    std::atomic<int> refused{0};
    std::barrier round_begins(buyers);
    all_at_once(buyers, [&](int) {
        for (int round = 0; round < rounds; ++round) {
            round_begins.arrive_and_wait();
            const auto index = static_cast<std::size_t>(round);
            const Result<> got = w.reserve(OrderId::make(), {{products[index], 1}});
            if (got) ++sold[index];
            if (!got && got.error().is(inventory::errors::insufficient_stock)) ++refused;
        }
    });
    int once = 0;
    for (const auto& count : sold) once += count.load() == 1 ? 1 : 0;
    CHECK(once == rounds);
    CHECK(refused.load() == rounds * (buyers - 1));
    CHECK(open_quantity(w) == rounds);
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("concurrency: transfers and reservations share what is free", "[inventory]") {
    Warehouse w(dialect);
    constexpr int threads = 8;
    constexpr int each = 25;
    const ProductId id = w.stocked({60, 60});  // 120 for the 100 who buy while 100 move to and fro
    std::atomic<int> got{0}, moved{0}, unexpected{0};
    all_at_once(threads, [&](int thread) {
        for (int i = 0; i < each; ++i) {
            if (thread % 2 == 0) {
                if (w.reserve(OrderId::make(), {{id, 1}})) ++got;
                continue;
            }
            const bool there = (thread / 2 + i) % 2 == 0;
            const auto answer =
                w.run(w.service.transfer(w.vendor, id, {there ? "A" : "B", there ? "B" : "A", 7}, {}));
            if (answer) ++moved;
            if (!answer && !answer.error().is(inventory::errors::below_reserved)) ++unexpected;
        }
    });
    CHECK(unexpected.load() == 0);
    CHECK(got.load() == threads / 2 * each);
    CHECK(moved.load() > 0);
    CHECK(w.available(id) == 120 - got.load());
    CHECK(open_quantity(w) == got.load());
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("concurrency: a line that is shipped and released at once goes one way", "[inventory]") {
    Warehouse w(dialect);
    constexpr int orders = 100;
    const ProductId id = w.stocked({orders / 2, orders / 2});
    std::vector<OrderId> ids;
    for (int i = 0; i < orders; ++i) {
        ids.push_back(OrderId::make());
        REQUIRE(w.reserve(ids.back(), {{id, 1}}));
    }
    std::atomic<int> shipped{0}, unexpected{0};
    std::barrier order_begins(4);
    all_at_once(4, [&](int thread) {
        for (const OrderId order : ids) {
            order_begins.arrive_and_wait();
            const Result<> done = thread == 0   ? w.release_lines(order, {id})
                                  : thread == 1 ? w.release(order)
                                                : w.ship(order, {id});
            if (thread == 2 && done) ++shipped;
            if (!done && !(thread >= 2 && done.error().is(inventory::errors::order_released))) ++unexpected;
        }
    });
    CHECK(unexpected.load() == 0);
    std::int64_t left = 0;
    for (const auto& row : w.rows(id)) {
        left += row.quantity;
        CHECK(row.reserved == 0);
    }
    CHECK(left == orders - shipped.load());
    CHECK(w.faults().empty());
}

TEST_CASE("concurrency: an order that one process reserves and another releases at once holds nothing",
          "[inventory][postgresql]") {
    for (const bool reserve_first : {true, false}) {
        INFO("the reservation comes first: " << reserve_first);
        Warehouse w(db::Dialect::postgresql);
        db::Database other(w.test_database.same_place(), w.clock);
        other.open();
        const ProductId id = w.stocked({5});
        const OrderId order = OrderId::make();
        const auto reserve = [&](db::Tx& tx) -> Result<> {
            Wish wish{order, {{id, 2}}, ""};
            Wish* const one = &wish;
            return inventory::reserve(tx, std::span(&one, 1)).front();
        };
        const auto release = [&](db::Tx& tx) { return inventory::release(tx, order, ""); };
        const auto act = [&](bool reserves, db::Tx& tx) { return reserves ? reserve(tx) : release(tx); };
        std::promise<Result<>> second;
        auto ended = second.get_future();
        const auto begin_second = [&] {
            other.write_then([&](db::Tx& tx) { return act(!reserve_first, tx); },
                             Then<Result<>>([&second](Outcome<Result<>> o) { second.set_value(o.get()); }));
        };
        // The second acts before the first has committed: it waits, or it has ended too early.
        const Result<> first = w.database.write_blocking([&](db::Tx& tx) {
            Result<> done = act(reserve_first, tx);
            begin_second();
            while (ended.wait_for(std::chrono::seconds(0)) != std::future_status::ready &&
                   w.test_database.beside("SELECT COUNT(*) FROM pg_locks WHERE NOT granted") == "0")
                std::this_thread::yield();
            return done;
        });
        REQUIRE(first);
        const Result<> last = ended.get();
        CHECK(last.has_value() == reserve_first);
        if (!last) CHECK(last.error().is(inventory::errors::order_released));
        CHECK(open_quantity(w) == 0);
        CHECK(w.faults().empty());
        other.close();
    }
}
