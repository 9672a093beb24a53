// Who may see the events of a product's stock, on both databases.
#include <set>
#include <support/published.hpp>

#include "warehouse.hpp"

namespace cloudretail::inventory {
namespace {

TEST_CASE_ON_BOTH("all events of a product's stock are its vendor's, whoever moved it", "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.stocked({12});
    REQUIRE(w.run(w.service.add(Warehouse::of(Role::admin), {id, 3, "B", std::nullopt}, {})));
    REQUIRE(w.run(w.service.transfer(w.vendor, id, {"B", "A", 1}, {})));
    const OrderId order = OrderId::make(), rest = OrderId::make();
    REQUIRE(w.reserve(order, {{id, 7}}));  // low
    REQUIRE(w.reserve(rest, {{id, 8}}));   // out
    REQUIRE(w.release(rest));              // back
    REQUIRE(w.ship(order, {id}));
    REQUIRE(w.restock(order, make_uuid(), {{id, 1}}));
    REQUIRE(w.run(w.service.adjust(w.vendor, id, {"A", std::nullopt, 40, std::nullopt, {}}, "")));
    CHECK(w.run(w.service.republish()) == 1);
    std::set<std::string> types;
    for (const auto& event : test::published(w.database)) {
        CHECK(event.audience == w.vendor.id.to_string());
        types.insert(event.type);
    }
    CHECK(types == std::set<std::string>{stock_adjusted, low_stock, out_of_stock, back_in_stock});
}

}  // namespace
}  // namespace cloudretail::inventory
