// Availability, crossings, allocation and adjusting: exhaustive where the space is small.
#include <catch2/catch.hpp>
#include <inventory/events.hpp>
#include <numeric>
#include <set>

#include <support/result_text.hpp>
#include "rules.hpp"

using namespace cloudretail;
using namespace cloudretail::inventory;

namespace {

StockRow row(std::int64_t quantity, std::int64_t reserved = 0, std::int64_t threshold = 10) {
    StockRow r;
    r.quantity = quantity;
    r.reserved = reserved;
    r.low_stock_threshold = threshold;
    return r;
}

}  // namespace

TEST_CASE("rules: availability is out at nothing, low up to the sum of the thresholds", "[inventory]") {
    CHECK(level_of({}).availability == Availability::out_of_stock);
    struct Case {
        std::vector<StockRow> rows;
        std::int64_t available;
        Availability availability;
    };
    const Case cases[] = {
        {{row(0)}, 0, Availability::out_of_stock},        {{row(1)}, 1, Availability::low_stock},
        {{row(10)}, 10, Availability::low_stock},         {{row(11)}, 11, Availability::in_stock},
        {{row(50, 50)}, 0, Availability::out_of_stock},   {{row(50, 40)}, 10, Availability::low_stock},
        {{row(50, 39)}, 11, Availability::in_stock},      {{row(1, 0, 0)}, 1, Availability::in_stock},
        {{row(0, 0, 0)}, 0, Availability::out_of_stock},  {{row(10), row(10)}, 20, Availability::low_stock},
        {{row(11), row(10)}, 21, Availability::in_stock}, {{row(21), row(0)}, 21, Availability::in_stock},
        {{row(20), row(0)}, 20, Availability::low_stock},
    };
    for (const Case& c : cases) {
        CHECK(level_of(c.rows).available == c.available);
        CHECK(level_of(c.rows).availability == c.availability);
    }
}

TEST_CASE("rules: each crossing has its event, staying has none", "[inventory]") {
    using enum Availability;
    const auto name = [](const char* event) { return std::string(event == nullptr ? "-" : event); };
    CHECK(name(crossing(in_stock, inventory::Availability::low_stock)) == inventory::low_stock);
    CHECK(name(crossing(in_stock, inventory::Availability::out_of_stock)) == inventory::out_of_stock);
    CHECK(name(crossing(inventory::Availability::low_stock, inventory::Availability::out_of_stock)) ==
          inventory::out_of_stock);
    CHECK(name(crossing(inventory::Availability::low_stock, in_stock)) == "-");
    CHECK(name(crossing(inventory::Availability::out_of_stock, in_stock)) == inventory::back_in_stock);
    CHECK(name(crossing(inventory::Availability::out_of_stock, inventory::Availability::low_stock)) ==
          inventory::back_in_stock);
    for (const auto a :
         {in_stock, inventory::Availability::low_stock, inventory::Availability::out_of_stock}) {
        CHECK(name(crossing(a, a)) == "-");
    }
}

TEST_CASE("rules: a line comes from the fullest warehouse, else is split from the fullest down",
          "[inventory]") {
    struct Case {
        std::vector<std::int64_t> available;
        std::int64_t quantity;
        std::vector<std::pair<std::size_t, std::int64_t>> taken;
    };
    const Case cases[] = {
        {{5}, 5, {{0, 5}}},
        {{5}, 6, {}},
        {{}, 1, {}},
        {{0, 0}, 1, {}},
        {{3, 9, 5}, 4, {{1, 4}}},
        {{3, 9, 5}, 9, {{1, 9}}},
        {{3, 9, 5}, 10, {{1, 9}, {2, 1}}},
        {{3, 9, 5}, 17, {{1, 9}, {2, 5}, {0, 3}}},
        {{3, 9, 5}, 18, {}},
        {{4, 4}, 3, {{0, 3}}},
        {{4, 4}, 5, {{0, 4}, {1, 1}}},
        {{0, 7, 0}, 7, {{1, 7}}},
    };
    for (const Case& c : cases) {
        std::vector<StockRow> rows;
        for (const auto a : c.available) rows.push_back(row(a + 2, 2));
        std::vector<std::pair<std::size_t, std::int64_t>> taken;
        for (const Take& t : allocate(rows, c.quantity)) taken.emplace_back(t.row, t.quantity);
        CHECK(taken == c.taken);
    }
}

TEST_CASE("rules: every possible allocation of small stocks is exact and never takes too much",
          "[inventory]") {
    for (int a = 0; a <= 4; ++a) {
        for (int b = 0; b <= 4; ++b) {
            for (int c = 0; c <= 4; ++c) {
                for (int wanted = 1; wanted <= 13; ++wanted) {
                    const std::vector<StockRow> rows{row(a), row(b), row(c)};
                    const auto takes = allocate(rows, wanted);
                    std::int64_t sum = 0;
                    std::set<std::size_t> seen;
                    for (const Take& t : takes) {
                        sum += t.quantity;
                        REQUIRE(t.quantity > 0);
                        REQUIRE(t.quantity <= rows[t.row].available());
                        REQUIRE(seen.insert(t.row).second);
                    }
                    REQUIRE(sum == (a + b + c >= wanted ? wanted : 0));
                    if (std::max({a, b, c}) >= wanted) REQUIRE(takes.size() == 1);
                }
            }
        }
    }
}

TEST_CASE("rules: an adjustment sets or adds, and never goes below what is reserved", "[inventory]") {
    const auto adjust = [](std::optional<std::int64_t> quantity, std::optional<std::int64_t> delta) {
        return adjusted(row(20, 5), {"w", quantity, delta, std::nullopt, {}});
    };
    CHECK(adjust(7, {})->quantity == 7);
    CHECK(adjust({}, -3)->quantity == 17);
    CHECK(adjust({}, -15)->quantity == 5);
    CHECK(adjust(5, {})->quantity == 5);
    CHECK(adjust(5, {})->version == 2);
    CHECK(adjust(4, {}).error().is(inventory::errors::below_reserved));
    CHECK(adjust({}, -16).error().is(inventory::errors::below_reserved));
    CHECK(adjust({}, -1'000'000'000).error().is(inventory::errors::below_reserved));
    CHECK(adjust(4, {}).error().members == "\"reserved\":5");
    CHECK(adjust(max_quantity, {}));
    CHECK(adjust({}, max_quantity).error().is(cloudretail::errors::validation));
    auto threshold = adjusted(row(20, 5), {"w", {}, {}, 3, {}});
    REQUIRE(threshold);
    CHECK(threshold->quantity == 20);
    CHECK(threshold->low_stock_threshold == 3);
}

TEST_CASE("rules: an adjustment names one change of the quantity, or a threshold", "[inventory]") {
    CHECK(problems_of({"w", 1, {}, {}, {}}).empty());
    CHECK(problems_of({"w", {}, 1, {}, {}}).empty());
    CHECK(problems_of({"w", {}, {}, 1, "because"}).empty());
    CHECK(problems_of({"w", 1, 1, {}, {}}).size() == 1);
    CHECK(problems_of({"w", {}, {}, {}, {}}).size() == 1);
    CHECK(problems_of({"", {}, {}, {}, "a\nb"}).size() == 3);
    CHECK(warehouse_name("  Warehouse A ") == "Warehouse A");
    CHECK(warehouse_name("   ").empty());
    CHECK(warehouse_name("a\tb").empty());
}

TEST_CASE("rules: what comes back goes to where most of it is away from", "[inventory]") {
    const ProductId id = ProductId::make();
    const std::vector<Departure> left{{id, "A", 3}, {ProductId::make(), "A", 50}, {id, "B", 9}, {id, "C", 0}};
    using Back = std::vector<std::pair<std::string, std::int64_t>>;
    const auto back = [&](std::int64_t quantity) {
        Back out;
        for (const Return& r : take_back(left, {id, quantity})) out.emplace_back(r.warehouse, r.quantity);
        return out;
    };
    CHECK(back(1) == Back{{"B", 1}});
    CHECK(back(9) == Back{{"B", 9}});
    CHECK(back(12) == Back{{"B", 9}, {"A", 3}});
    CHECK(back(13).empty());
    CHECK(take_back({}, {id, 1}).empty());
}

TEST_CASE("rules: a delivery adds to its warehouse or makes it, within the bounds", "[inventory]") {
    std::vector<StockRow> rows{row(20, 5)};
    rows[0].warehouse = "A";
    const UserId vendor = UserId::make();
    auto more = received(rows, {rows[0].product_id, 7, "A", std::nullopt}, vendor);
    REQUIRE(more);
    CHECK_FALSE(more->fresh);
    CHECK(more->row.quantity == 27);
    CHECK(more->row.reserved == 5);
    CHECK(more->row.version == rows[0].version + 1);
    auto fresh = received(rows, {rows[0].product_id, 7, "B", 4}, vendor);
    REQUIRE(fresh);
    CHECK(fresh->fresh);
    CHECK(fresh->row.quantity == 7);
    CHECK(fresh->row.reserved == 0);
    CHECK(fresh->row.low_stock_threshold == 4);
    CHECK(fresh->row.vendor_id == vendor);
    CHECK(received(rows, {{}, 1, "B", std::nullopt}, vendor)->row.low_stock_threshold ==
          default_low_stock_threshold);
    CHECK_FALSE(received(rows, {{}, max_quantity, "A", std::nullopt}, vendor));
    rows.assign(max_warehouses, row(1));
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].warehouse = std::to_string(i);
    CHECK(received(rows, {{}, 1, "7", std::nullopt}, vendor));
    CHECK_FALSE(received(rows, {{}, 1, "one more", std::nullopt}, vendor));
}

TEST_CASE("rules: a transfer goes from one warehouse to another", "[inventory]") {
    CHECK(problems_of(Transfer{"A", "B", 1}).empty());
    CHECK(problems_of(Transfer{"", "", 1}).size() == 2);
    REQUIRE(problems_of(Transfer{"A", "A", 1}).size() == 1);
    CHECK(problems_of(Transfer{"A", "A", 1})[0].pointer == "/to");
}

TEST_CASE("rules: shortages are told with the problem", "[inventory]") {
    const ProductId id = ProductId::make();
    const Error error = insufficient({{id, 5, 2}});
    CHECK(error.is(inventory::errors::insufficient_stock));
    CHECK(error.members ==
          "\"shortages\":[{\"productId\":\"" + id.to_string() + "\",\"requested\":5,\"available\":2}]");
}

TEST_CASE("rules: the ETag changes with every version and differs for the owner", "[inventory]") {
    std::vector<StockRow> rows{row(5), row(5)};
    const std::string before = etag_of(rows, false);
    CHECK(before != etag_of(rows, true));
    ++rows[1].version;
    CHECK(before != etag_of(rows, false));
    CHECK(etag_of({}, false) == "\"0\"");
}

TEST_CASE("rules: only the product's vendor and admins write its stock", "[inventory]") {
    const UserId vendor = UserId::make();
    Caller caller;
    caller.id = vendor;
    for (const auto& [role, allowed] : {std::pair{Role::anonymous, false}, std::pair{Role::customer, false},
                                        std::pair{Role::vendor, true}, std::pair{Role::admin, true}}) {
        caller.role = role;
        CHECK(may_write(caller, vendor) == allowed);
        CHECK(may_write(caller, UserId::make()) == (role == Role::admin));
    }
}
