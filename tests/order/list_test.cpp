// Lists of orders as the service gives them, on both databases.
#include "counter.hpp"

namespace cloudretail::order {
namespace {

TEST_CASE_ON_BOTH("a page of orders says whether there are more, also where it is just full", "[order]") {
    Counter counter(dialect);
    const auto first = counter.place(), second = counter.place();
    const auto list = [&](int limit, const std::string& cursor) {
        gateway::PageRequest page;
        page.limit = limit;
        page.cursor = cursor;
        return counter.run(counter.service->list(counter.customer, {}, page)).value();
    };
    const auto newest = list(1, "");
    REQUIRE(newest.orders.size() == 1);
    CHECK(newest.orders.front().order.id == second);
    CHECK(newest.more);
    const auto last = list(1, second.to_string());
    REQUIRE(last.orders.size() == 1);
    CHECK(last.orders.front().order.id == first);
    CHECK_FALSE(last.more);
    CHECK_FALSE(list(2, "").more);
    CHECK(list(2, "").orders.size() == 2);
    CHECK(list(2, "").total == 2);
}

}  // namespace
}  // namespace cloudretail::order
