// Reserving and releasing on both databases: all or nothing, once per order, never more than there is.
#include "warehouse.hpp"

using namespace cloudretail;
using namespace cloudretail::inventory;

namespace {
using Types = std::vector<std::string>;
using Numbers = std::vector<std::int64_t>;
}  // namespace

TEST_CASE_ON_BOTH("reservations: all lines are reserved or none", "[inventory]") {
    Warehouse w(dialect);
    const ProductId a = w.stocked({20});
    const ProductId b = w.stocked({3});
    const ProductId none = ProductId::make();
    const OrderId order = OrderId::make();
    auto refused = w.reserve(order, {{b, 5}, {a, 5}, {none, 1}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().is(inventory::errors::insufficient_stock));
    CHECK(refused.error().members.find("{\"productId\":\"" + b.to_string() +
                                       "\",\"requested\":5,\"available\":3}") != std::string::npos);
    CHECK(refused.error().members.find("{\"productId\":\"" + none.to_string() +
                                       "\",\"requested\":1,\"available\":0}") != std::string::npos);
    CHECK(refused.error().members.find(a.to_string()) == std::string::npos);
    CHECK(w.available(a) == 20);
    CHECK(w.available(b) == 3);
    REQUIRE(w.reserve(order, {{b, 3}, {a, 5}}));  // a refusal is no end
    CHECK(w.available(a) == 15);
    CHECK(w.available(b) == 0);
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("reservations: reserving and releasing again changes nothing", "[inventory]") {
    Warehouse w(dialect);
    const ProductId a = w.stocked({20});
    const OrderId order = OrderId::make();
    REQUIRE(w.reserve(order, {{a, 5}}));
    REQUIRE(w.reserve(order, {{a, 5}}));
    CHECK(w.available(a) == 15);
    REQUIRE(w.release(order));
    REQUIRE(w.release(order));
    CHECK(w.available(a) == 20);
    auto late = w.reserve(order, {{a, 5}});
    REQUIRE_FALSE(late);
    CHECK(late.error().is(inventory::errors::order_released));
    CHECK(w.available(a) == 20);
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("reservations: an order released before it reserved cannot reserve any more",
                  "[inventory]") {
    Warehouse w(dialect);
    const ProductId a = w.stocked({20});
    const OrderId order = OrderId::make();
    REQUIRE(w.release(order));
    REQUIRE(w.release(order));
    auto late = w.reserve(order, {{a, 5}});
    REQUIRE_FALSE(late);
    CHECK(late.error().is(inventory::errors::order_released));
    CHECK(w.available(a) == 20);
    CHECK(w.run(w.service.holders({}, 10)).empty());
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("reservations: a line is split over warehouses and given back to each", "[inventory]") {
    Warehouse w(dialect);
    const ProductId a = w.stocked({3, 9, 5});
    const OrderId one = OrderId::make();
    const OrderId two = OrderId::make();
    REQUIRE(w.reserve(one, {{a, 4}}));
    CHECK(w.reserved_in_each(a) == Numbers{0, 4, 0});
    REQUIRE(w.reserve(two, {{a, 11}}));  // left: 3, 5, 5
    CHECK(w.reserved_in_each(a) == Numbers{1, 9, 5});
    auto held = w.run(w.service.reserved({one, two}));
    REQUIRE(held.size() == 2);
    CHECK(held[0].order_id == one);
    CHECK(held[0].quantity == 4);
    CHECK(held[1].order_id == two);
    CHECK(held[1].quantity == 11);
    CHECK(w.faults().empty());
    REQUIRE(w.release(two));
    CHECK(w.reserved_in_each(a) == Numbers{0, 4, 0});
    REQUIRE(w.release(one));
    CHECK(w.reserved_in_each(a) == Numbers{0, 0, 0});
    CHECK(w.run(w.service.reserved({one, two})).empty());
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("reservations: of 300 who want one of 100, exactly 100 get it", "[inventory]") {
    Warehouse w(dialect);
    const ProductId a = w.stocked({60, 40});
    const ProductId b = w.stocked({1000});
    std::vector<std::future<Outcome<Result<>>>> asked;
    std::vector<OrderId> orders;
    for (int i = 0; i < 300; ++i) {
        orders.push_back(OrderId::make());
        asked.push_back(w.begin_reserve(orders.back(), {{b, 1}, {a, 1}}));
    }
    int got = 0;
    int refused = 0;
    for (auto& answer : asked) {
        auto outcome = answer.get();
        const Result<> result = outcome.get();
        if (result) ++got;
        if (!result && result.error().is(inventory::errors::insufficient_stock)) ++refused;
    }
    CHECK(got == 100);
    CHECK(refused == 200);
    CHECK(w.available(a) == 0);
    CHECK(w.available(b) == 900);
    CHECK(w.faults().empty());
    // Everything comes back, whoever held it.
    for (const OrderId order : orders) REQUIRE(w.release(order));
    CHECK(w.available(a) == 100);
    CHECK(w.available(b) == 1000);
    CHECK(w.faults().empty());
}

TEST_CASE("reservations: two processes on one PostgreSQL never sell more than there is",
          "[inventory][postgresql]") {
    Warehouse w(db::Dialect::postgresql);
    const ProductId a = w.stocked({60, 40});
    const ProductId b = w.stocked({50, 51});
    db::Database second_database(w.test_database.same_place(), w.clock);
    second_database.open();
    Service second(second_database, w.products);
    std::vector<std::future<Outcome<Result<>>>> asked;
    for (int i = 0; i < 300; ++i) {
        auto promise = std::make_shared<std::promise<Outcome<Result<>>>>();
        asked.push_back(promise->get_future());
        Service& service = i % 2 == 0 ? w.service : second;
        service.reserve(OrderId::make(), {{b, 1}, {a, 1}}, "",
                        [promise](Outcome<Result<>> outcome) { promise->set_value(std::move(outcome)); });
    }
    int got = 0;
    int broken = 0;
    for (auto& answer : asked) {
        auto outcome = answer.get();
        if (!outcome.has_value()) {
            ++broken;
        } else if (outcome.get()) {
            ++got;
        }
    }
    second_database.close();
    CHECK(broken == 0);
    CHECK(got == 100);
    CHECK(w.available(a) == 0);
    CHECK(w.available(b) == 1);
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("reservations: crossing a border is told once", "[inventory]") {
    Warehouse w(dialect);
    const ProductId a = w.stocked({12});
    CHECK(w.events_of(a) == Types{stock_adjusted, back_in_stock});
    const OrderId one = OrderId::make();
    const OrderId two = OrderId::make();
    const OrderId three = OrderId::make();
    REQUIRE(w.reserve(OrderId::make(), {{a, 1}}));
    CHECK(w.events_of(a).empty());
    REQUIRE(w.reserve(one, {{a, 1}}));  // 10 left
    CHECK(w.events_of(a) == Types{low_stock});
    CHECK(w.last.available == 10);
    CHECK(w.last.availability == "low_stock");
    REQUIRE(w.reserve(one, {{a, 1}}));
    REQUIRE(w.reserve(two, {{a, 4}}));
    CHECK(w.events_of(a).empty());
    REQUIRE(w.reserve(three, {{a, 6}}));
    CHECK(w.events_of(a) == Types{out_of_stock});
    CHECK(w.last.availability == "out_of_stock");
    REQUIRE_FALSE(w.reserve(OrderId::make(), {{a, 1}}));
    CHECK(w.events_of(a).empty());
    REQUIRE(w.release(three));
    CHECK(w.events_of(a) == Types{back_in_stock});
    CHECK(w.last.availability == "low_stock");
    REQUIRE(w.release(two));
    CHECK(w.events_of(a).empty());
    REQUIRE(w.release(one));
    CHECK(w.events_of(a) == Types{stock_adjusted});  // low → in stock
    CHECK(w.last.availability == "in_stock");
    REQUIRE(w.release(one));
    CHECK(w.events_of(a).empty());
}

TEST_CASE_ON_BOTH("reservations: holders are listed in order, a part at a time", "[inventory]") {
    Warehouse w(dialect);
    const ProductId a = w.stocked({5, 5});
    std::vector<OrderId> orders;
    for (int i = 0; i < 5; ++i) {
        orders.push_back(OrderId::make());
        REQUIRE(w.reserve(orders.back(), {{a, i == 0 ? 6 : 1}}));  // the first in two rows
    }
    REQUIRE(w.release(orders[1]));
    CHECK(w.run(w.service.holders({}, 10)) ==
          std::vector<OrderId>{orders[0], orders[2], orders[3], orders[4]});
    CHECK(w.run(w.service.holders({}, 2)) == std::vector<OrderId>{orders[0], orders[2]});
    CHECK(w.run(w.service.holders(orders[2], 2)) == std::vector<OrderId>{orders[3], orders[4]});
    CHECK(w.run(w.service.holders(orders[4], 2)).empty());
    CHECK(w.run(w.service.reserved({})).empty());
}

TEST_CASE_ON_BOTH("reservations: what is reserved is still so after a restart", "[inventory]") {
    ManualClock clock;
    test::TestDatabase test_database(dialect, "inventory", clock);
    const ProductId product = ProductId::make();
    const OrderId order = OrderId::make();
    test_database.database().write_blocking([&](db::Tx& tx) {
        StockRow row{product, "A", UserId::make(), 5'000'000'000};  // past 32 bits
        store::insert(tx, row);
        store::append(tx, {product, "A", 5'000'000'000, "received", {}, row.vendor_id});
        const store::Taken taken{order, &row, 3'000'000'000};
        store::reserve(tx, std::span(&taken, 1));
        return Unit{};
    });
    test_database.reopen();
    const auto rows = test_database.database().read_blocking(
        [&](db::Session& s) { return store::stock_of(s, std::span(&product, 1), false); });
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].quantity == 5'000'000'000);
    CHECK(rows[0].reserved == 3'000'000'000);
    CHECK(rows[0].version == 2);
    CHECK(test_database.database().read_blocking(
              [](db::Session& s) { return store::faults(s, 10).size(); }) == 0);
}

TEST_CASE_ON_BOTH("reservations: the checks find what they are there for", "[inventory]") {
    Warehouse w(dialect);
    const ProductId a = w.stocked({20});
    REQUIRE(w.reserve(OrderId::make(), {{a, 2}}));
    REQUIRE(w.faults().empty());
    const auto faults_after = [&](const std::string& harm, const std::string& repair) {
        w.test_database.beside(harm);
        const std::size_t n = w.faults().size();
        w.test_database.beside(repair);
        return n;
    };
    CHECK(faults_after("UPDATE stock SET quantity = 21", "UPDATE stock SET quantity = 20") == 1);
    CHECK(faults_after("UPDATE stock SET reserved = 1", "UPDATE stock SET reserved = 2") == 1);
    CHECK(faults_after("UPDATE reservations SET warehouse = 'Z'",
                       "UPDATE reservations SET warehouse = 'A'") == 2);
    CHECK(faults_after("UPDATE movements SET warehouse = 'Z'", "UPDATE movements SET warehouse = 'A'") == 2);
    CHECK(w.faults().empty());
}
