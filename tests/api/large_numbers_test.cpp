// Amounts and quantities beyond 32 bits through every module, as they are: what is stored, listed, summed,
// paid and given back.
#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

TEST_CASE_ON_BOTH("amounts and quantities beyond 32 bits go through every module unchanged",
                  "[pitfall-store-64-bit]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    const Account customer = register_account(client);
    const std::string product = make_product(client, vendor, "Jet", "99999999.99");
    CHECK(at(client.get("/api/products/" + product), "price") == "99999999.99");
    CHECK(at(client.get("/api/products?minPrice=99999999.99&sort=-price"), "items/0/price") == "99999999.99");
    CHECK(at(client.get("/api/products?minPrice=100000000"), "total") == "0");

    client.bearer(vendor.token);
    for (const char* warehouse : {"A", "B", "C"})
        client.post("/api/inventory", R"({"productId":")" + product +
                                          R"(","quantity":1000000000,"warehouseLocation":")" + warehouse +
                                          "\"}");
    CHECK(available_stock(client, product) == 3'000'000'000);
    CHECK(at(client.get("/api/inventory"), "items/0/available") == "3000000000");
    const auto adjusted =
        client.patch("/api/inventory/" + product, R"({"warehouseLocation":"A","delta":-1})");
    CHECK(at(adjusted, "available") == "2999999999");

    client.bearer(customer.token);
    const auto placed = client.post("/api/orders", order_body(product, 10'000));
    REQUIRE(placed.status == 201);
    const std::string order = "/api/orders/" + at(placed, "id"),
                      payment = "/api/payments/" + at(placed, "payment/id");
    CHECK(at(placed, "total") == "999999999900.00");
    CHECK(at(client.get(order), "items/0/total") == "999999999900.00");
    CHECK(at(client.get("/api/orders"), "items/0/total") == "999999999900.00");
    CHECK(at(client.get(payment), "amount") == "999999999900.00");
    CHECK(at(client.get("/api/payments?orderId=" + at(placed, "id")), "items/0/amount") == "999999999900.00");
    CHECK(available_stock(client, product) == 2'999'989'999);

    CHECK(client.request("POST", order + "/cancel").status == 200);
    CHECK(at(client.get(payment), "refundedAmount") == "999999999900.00");
    CHECK(available_stock(client, product) == 2'999'999'999);
    const auto checked = server.run({"check", "--deep"});
    INFO(checked.output + checked.errors);
    CHECK(checked.status == 0);
}
