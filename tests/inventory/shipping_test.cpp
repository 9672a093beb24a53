// What leaves and what comes back, on both databases: once, out of the right warehouses, and in the ledger.
#include "warehouse.hpp"

using namespace cloudretail;
using namespace cloudretail::inventory;

namespace {
using Types = std::vector<std::string>;
using Numbers = std::vector<std::int64_t>;

std::int64_t sum_of(const std::vector<ReservedLine>& lines) {
    std::int64_t sum = 0;
    for (const auto& line : lines) sum += line.quantity;
    return sum;
}
}  // namespace

TEST_CASE_ON_BOTH("shipping: what is shipped leaves its warehouses, with a movement each, once",
                  "[inventory]") {
    Warehouse w(dialect);
    const ProductId a = w.stocked({3, 9, 5});
    const ProductId b = w.stocked({20});
    const OrderId order = OrderId::make();
    REQUIRE(w.reserve(order, {{a, 11}, {b, 4}}));  // 9 of the second, 2 of the third
    w.events_of(a);
    for (int again = 0; again < 2; ++again) {
        REQUIRE(w.ship(order, {a}));
        CHECK(w.quantity_in_each(a) == Numbers{3, 0, 3});
        CHECK(w.reserved_in_each(a) == Numbers{0, 0, 0});
        CHECK(w.movements(a, "shipped") == Numbers{-9, -2});
        CHECK(w.available(a) == 6);
    }
    CHECK(w.events_of(a) == Types{stock_adjusted});  // nothing was crossed
    CHECK(w.last.available == 6);
    CHECK(sum_of(w.run(w.service.shipped({order}))) == 11);
    CHECK(sum_of(w.run(w.service.reserved({order}))) == 4);
    CHECK(w.run(w.service.holders({}, 10)) == std::vector<OrderId>{order});
    REQUIRE(w.ship(order, {b, a}));
    CHECK(sum_of(w.run(w.service.shipped({order}))) == 15);
    CHECK(w.run(w.service.holders({}, 10)).empty());
    REQUIRE(w.reserve(order, {{a, 11}, {b, 4}}));  // a late replay changes nothing
    CHECK(w.available(a) == 6);
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("shipping: of what was released nothing is shipped, and nothing else with it",
                  "[inventory]") {
    Warehouse w(dialect);
    const ProductId a = w.stocked({20});
    const ProductId b = w.stocked({20});
    const OrderId order = OrderId::make();
    REQUIRE(w.reserve(order, {{a, 5}, {b, 5}}));
    REQUIRE(w.release_lines(order, {b}));
    for (const auto& products : {std::vector{a, b}, std::vector{b}, std::vector{ProductId::make()}}) {
        auto refused = w.ship(order, products);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().is(inventory::errors::order_released));
    }
    CHECK_FALSE(w.ship(OrderId::make(), {a}));
    CHECK(w.quantity_in_each(a) == Numbers{20});
    CHECK(w.reserved_in_each(a) == Numbers{5});
    REQUIRE(w.ship(order, {a}));
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("shipping: lines are released alone, once, and not after they were shipped",
                  "[inventory]") {
    Warehouse w(dialect);
    const ProductId a = w.stocked({12});
    const ProductId b = w.stocked({20});
    const OrderId order = OrderId::make();
    REQUIRE(w.reserve(order, {{a, 5}, {b, 5}}));
    w.events_of(a);
    REQUIRE(w.release_lines(order, {a, ProductId::make()}));
    REQUIRE(w.release_lines(order, {a}));
    CHECK(w.available(a) == 12);
    CHECK(w.available(b) == 15);
    CHECK(w.events_of(a) == Types{stock_adjusted});  // low → in stock
    REQUIRE(w.reserve(order, {{a, 5}, {b, 5}}));     // what is left of it is still the order's reservation
    CHECK(w.available(a) == 12);
    REQUIRE(w.ship(order, {b}));
    REQUIRE(w.release_lines(order, {b}));
    REQUIRE(w.release(order));
    CHECK(w.quantity_in_each(b) == Numbers{15});
    CHECK(w.available(b) == 15);
    REQUIRE(w.release_lines(OrderId::make(), {a}));
    CHECK(w.faults().empty());

    const OrderId other = OrderId::make();
    REQUIRE(w.reserve(other, {{a, 1}}));
    REQUIRE(w.release_lines(other, {a}));
    auto late = w.reserve(other, {{a, 1}});
    REQUIRE_FALSE(late);
    CHECK(late.error().is(inventory::errors::order_released));
}

TEST_CASE_ON_BOTH("shipping: what comes back goes to where it left from, once per refund", "[inventory]") {
    Warehouse w(dialect);
    const ProductId a = w.stocked({3, 9, 5}, 0);
    const OrderId order = OrderId::make();
    const OrderId other = OrderId::make();
    REQUIRE(w.reserve(order, {{a, 14}}));  // 9 of the second, 5 of the third
    REQUIRE(w.reserve(other, {{a, 3}}));
    REQUIRE(w.ship(order, {a}));
    REQUIRE(w.ship(other, {a}));
    CHECK(w.quantity_in_each(a) == Numbers{0, 0, 0});
    w.events_of(a);
    const Uuid first = make_uuid();
    REQUIRE(w.restock(order, first, {{a, 10}}));
    REQUIRE(w.restock(order, first, {{a, 10}}));
    CHECK(w.quantity_in_each(a) == Numbers{0, 9, 1});
    CHECK(w.movements(a, "returned") == Numbers{9, 1});
    CHECK(w.events_of(a) == Types{stock_adjusted, back_in_stock});
    auto more = w.restock(order, make_uuid(), {{a, 5}});
    REQUIRE_FALSE(more);
    CHECK(more.error().is(inventory::errors::not_shipped));
    CHECK(w.quantity_in_each(a) == Numbers{0, 9, 1});
    REQUIRE(w.restock(order, make_uuid(), {{a, 4}}));
    CHECK(w.quantity_in_each(a) == Numbers{0, 9, 5});
    CHECK(w.reserved_in_each(a) == Numbers{0, 0, 0});
    CHECK(sum_of(w.run(w.service.shipped({order}))) == 14);  // it did leave
    CHECK_FALSE(w.restock(OrderId::make(), make_uuid(), {{a, 1}}));
    REQUIRE(w.restock(order, make_uuid(), {}));
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("shipping: where ship and release race for a line, one of them has it", "[inventory]") {
    Warehouse w(dialect);
    constexpr int orders = 40;
    const ProductId a = w.stocked({orders});
    std::vector<OrderId> ids;
    for (int i = 0; i < orders; ++i) {
        ids.push_back(OrderId::make());
        REQUIRE(w.reserve(ids.back(), {{a, 1}}));
    }
    std::vector<std::future<Outcome<Result<>>>> shipped, released;
    for (int i = 0; i < orders; ++i) {
        const bool ship_first = i % 2 == 0;
        if (ship_first) shipped.push_back(w.begin_ship(ids[i], {a}));
        released.push_back(w.begin_release(ids[i]));
        if (!ship_first) shipped.push_back(w.begin_ship(ids[i], {a}));
    }
    std::int64_t left = 0;
    for (int i = 0; i < orders; ++i) {
        CHECK(released[i].get().get());
        const Result<> result = shipped[i].get().get();
        if (result) ++left;
        if (!result) CHECK(result.error().is(inventory::errors::order_released));
    }
    CHECK(w.quantity_in_each(a) == Numbers{orders - left});
    CHECK(w.reserved_in_each(a) == Numbers{0});
    CHECK(sum_of(w.run(w.service.shipped(ids))) == left);
    CHECK(w.faults().empty());
}

TEST_CASE("shipping: of two processes on one PostgreSQL one ships or releases a line",
          "[inventory][postgresql]") {
    Warehouse w(db::Dialect::postgresql);
    constexpr int orders = 40;
    const ProductId a = w.stocked({orders});
    std::vector<OrderId> ids;
    for (int i = 0; i < orders; ++i) {
        ids.push_back(OrderId::make());
        REQUIRE(w.reserve(ids.back(), {{a, 1}}));
    }
    db::Database second_database(w.test_database.same_place(), w.clock);
    second_database.open();
    Service second(second_database, w.products);
    std::vector<std::future<Outcome<Result<>>>> shipped, released;
    for (const OrderId id : ids) {
        shipped.push_back(w.begin_ship(id, {a}));
        released.push_back(w.begin_release(id, &second));
    }
    std::int64_t left = 0;
    for (int i = 0; i < orders; ++i) {
        CHECK(released[i].get().get());
        if (shipped[i].get().get()) ++left;
    }
    second_database.close();
    CHECK(w.quantity_in_each(a) == Numbers{orders - left});
    CHECK(w.reserved_in_each(a) == Numbers{0});
    CHECK(w.faults().empty());
}
