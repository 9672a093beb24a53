// What keeps the tables small and right, on both databases: the sweep of ended reservations, and `reserved`
// computed anew.
#include "repair_store.hpp"
#include "warehouse.hpp"

using namespace cloudretail;
using namespace cloudretail::inventory;

namespace {

constexpr std::int64_t day_ms = 24LL * 3'600'000;
constexpr std::int64_t retention_ms = 30 * day_ms;

std::int64_t sweep(Warehouse& w, int limit = 100) {
    OrderId after{};
    return w.database.write_blocking(
        [&](db::Tx& tx) { return store::sweep_reservations(tx, retention_ms, limit, after); });
}

std::int64_t kept(Warehouse& w) {
    return w.database.read_blocking(
        [](db::Session& s) { return s.number("SELECT COUNT(*) FROM reservations"); });
}

}  // namespace

TEST_CASE_ON_BOTH("upkeep: reservations that ended long ago are swept, open ones never", "[inventory]") {
    Warehouse w(dialect);
    const UuidSeed ids(w.clock, 7);
    const ProductId a = w.stocked({20});
    const OrderId open = OrderId::make();
    const OrderId shipped = OrderId::make();
    const OrderId released = OrderId::make();
    const OrderId marked = OrderId::make();
    for (const OrderId order : {open, shipped, released}) REQUIRE(w.reserve(order, {{a, 2}}));
    REQUIRE(w.ship(shipped, {a}));
    REQUIRE(w.release(released));
    REQUIRE(w.release(marked));
    w.clock.advance_ms(retention_ms - 1);
    CHECK(sweep(w) == 0);
    w.clock.advance_ms(2);
    const OrderId late = OrderId::make();
    REQUIRE(w.reserve(late, {{a, 2}}));
    REQUIRE(w.release(late));
    CHECK(sweep(w, 1) == 1);
    CHECK(sweep(w) == 2);
    CHECK(sweep(w) == 0);
    CHECK(kept(w) == 2);  // the open one, and the late one
    // The ledger still knows what left.
    REQUIRE(w.ship(shipped, {a}));
    CHECK(w.quantity_in_each(a) == std::vector<std::int64_t>{18});
    REQUIRE(w.restock(shipped, make_uuid(), {{a, 2}}));
    CHECK_FALSE(w.ship(released, {a}));
    REQUIRE(w.ship(open, {a}));
    CHECK(w.faults().empty());
    // One that ended only now stays, however old its order is.
    CHECK(sweep(w) == 0);
}

TEST_CASE_ON_BOTH("upkeep: the sweep walks on from where it came to, and begins again at the end",
                  "[inventory]") {
    Warehouse w(dialect);
    const UuidSeed ids(w.clock, 7);
    const ProductId a = w.stocked({40});
    std::vector<OrderId> orders;
    for (int i = 0; i < 31; ++i) {
        orders.push_back(OrderId::make());
        REQUIRE(w.reserve(orders.back(), {{a, 1}}));
    }
    REQUIRE(w.release(orders[30]));
    w.clock.advance_ms(retention_ms + 1);
    OrderId after{};
    const auto piece = [&] {
        return w.database.write_blocking(
            [&](db::Tx& tx) { return store::sweep_reservations(tx, retention_ms, 2, after); });
    };
    CHECK(piece() == 0);  // ten looks at two open ones each
    CHECK(after == orders[19]);
    CHECK(piece() == 1);
    CHECK(after == OrderId{});
    REQUIRE(w.release(orders[0]));
    w.clock.advance_ms(retention_ms + 1);
    CHECK(piece() == 1);
    CHECK(kept(w) == 29);
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("upkeep: reserved is computed anew from what is open, where that can be right",
                  "[inventory]") {
    Warehouse w(dialect);
    const ProductId a = w.stocked({20, 20});
    const ProductId b = w.stocked({20});
    const ProductId c = w.stocked({20});
    REQUIRE(w.reserve(OrderId::make(), {{a, 5}, {b, 5}, {c, 5}}));
    const auto repair = [&] { return w.database.write_blocking(store::mend_reserved); };
    CHECK(repair() == 0);
    w.test_database.beside("UPDATE stock SET reserved = 3 WHERE product_id = '" + a.to_string() + "'");
    w.test_database.beside("UPDATE stock SET quantity = 4, reserved = 0 WHERE product_id = '" +
                           c.to_string() + "'");
    const std::string etag = etag_of(w.rows(a), false);
    CHECK(repair() == 2);
    CHECK(w.reserved_in_each(a) == std::vector<std::int64_t>{5, 0});
    CHECK(etag_of(w.rows(a), false) != etag);
    CHECK(w.reserved_in_each(b) == std::vector<std::int64_t>{5});
    CHECK(w.reserved_in_each(c) == std::vector<std::int64_t>{0});  // five of four: a person must look
    CHECK(repair() == 0);
    CHECK(w.faults().size() == 2);  // of c: the quantity, and what is reserved
}
