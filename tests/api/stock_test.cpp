// A vendor's stock over HTTP, with the orders that take from it: rows, ledger, list and catalogue agree.
#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

/// Of one warehouse or ("") all, over as many pages as there are.
std::int64_t sum_of_movements(HttpClient& client, const Account& vendor, const std::string& product,
                              const std::string& warehouse) {
    const std::string path = "/api/inventory/" + product + "/movements?limit=2" +
                             (warehouse.empty() ? "" : "&warehouseLocation=" + warehouse);
    std::int64_t sum = 0;
    std::string more;
    do {
        const auto page = client.get(path + more, vendor.headers());
        REQUIRE(page.status == 200);
        for (int i = 0; !at(page, "items/" + std::to_string(i)).empty(); ++i)
            sum += std::stoll(at(page, "items/" + std::to_string(i) + "/delta"));
        const std::string cursor = at(page, "nextCursor");
        more = cursor.empty() || cursor == "null" ? "" : "&cursor=" + cursor;
    } while (!more.empty());
    return sum;
}

}  // namespace

TEST_CASE_ON_BOTH("stock of two warehouses is moved, sold and shipped, and its ledger sums to it",
                  "[stock]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    const Account customer = register_account(client);
    const std::string product = make_product(client, vendor, "Laptop", "10.00");
    const std::string path = "/api/inventory/" + product;
    add_stock(client, vendor, product, 30);

    auto headers = vendor.headers();
    headers.emplace_back("Idempotency-Key", "move");
    const std::string move = R"({"from":"Warehouse A","to":"B","quantity":12})";
    const auto moved = client.post(path + "/transfer", move, headers);
    REQUIRE(moved.status == 200);
    CHECK(at(moved, "available") == "30");
    const auto again = client.post(path + "/transfer", move, headers);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(again.body == moved.body);
    const auto refused =
        client.post(path + "/transfer", R"({"from":"B","to":"C","quantity":13})", vendor.headers());
    CHECK(refused.status == 409);
    CHECK(problem_of(refused) == "below-reserved");

    const auto order = place_order(client, customer, order_body(product, 25));  // 18 of the first, 7 of B
    REQUIRE(order.status == 201);
    CHECK(at(client.get("/api/inventory?lowStock=true", vendor.headers()), "items/0/available") == "5");
    CHECK(at(client.get("/api/inventory?lowStock=false", vendor.headers()), "total") == "0");
    CHECK(sum_of_movements(client, vendor, product, "") == 30);  // a reservation moves nothing

    const auto shipped = client.patch("/api/orders/" + at(order, "id") + "/status",
                                      R"({"status":"shipped","trackingNumber":"T-1"})", vendor.headers());
    REQUIRE(shipped.status == 200);
    CHECK(eventually(std::chrono::seconds(10),
                     [&] { return sum_of_movements(client, vendor, product, "") == 5; }));
    CHECK(sum_of_movements(client, vendor, product, "B") == 5);
    const auto now = client.get(path, vendor.headers());
    CHECK(at(now, "warehouses/0/quantity") == "5");  // B comes before Warehouse A
    CHECK(at(now, "warehouses/1/quantity") == "0");
    CHECK(at(now, "warehouses/0/reserved") == "0");
    CHECK(at(client.get(path + "/movements?limit=1", vendor.headers()), "items/0/orderId") ==
          at(order, "id"));
    CHECK(eventually(std::chrono::seconds(10), [&] {
        return at(client.get("/api/products/" + product), "availability") == "low_stock";
    }));

    // What the catalogue has lost is told again.
    const auto told = server.run({"inventory", "republish"});
    INFO(told.output + told.errors);
    CHECK(told.status == 0);
    const auto checked = server.run({"check", "--deep"});
    INFO(checked.output + checked.errors);
    CHECK(checked.status == 0);
}
