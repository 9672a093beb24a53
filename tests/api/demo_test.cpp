// The demonstration of the documentation, word for word, against the built server.
#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

TEST_CASE_ON_BOTH("the demo works word for word and the order stands in the order database", "[demo]") {
    const RunningServer server(dialect, {});  // with everything as it is by default
    HttpClient gateway = server.gateway();

    const auto registered = gateway.post("/api/users/register", R"({
    "email": "demo@example.com", "password": "Demo123!", "firstName": "Demo", "lastName": "User", "role": "vendor", "gdprConsent": true })");
    REQUIRE(registered.status == 201);
    CHECK(at(registered, "user/email") == "demo@example.com");
    CHECK_FALSE(at(registered, "token").empty());

    const auto signed_in =
        gateway.post("/api/users/login", R"({ "email": "demo@example.com", "password": "Demo123!" })");
    REQUIRE(signed_in.status == 200);
    CHECK(at(signed_in, "expiresIn") == "86400");
    gateway.bearer(at(signed_in, "token"));

    const auto product = gateway.post("/api/products", R"({
    "name": "Laptop", "description": "Gaming laptop", "price": 1299.99, "category": "electronics" })");
    REQUIRE(product.status == 201);
    CHECK(at(product, "price") == "1299.99");
    const std::string product_id = at(product, "id");
    CHECK(product.header("Location") == "/api/products/" + product_id);

    const auto stock = gateway.post("/api/inventory", R"({
    "productId": ")" + product_id + R"(", "quantity": 50, "warehouseLocation": "Warehouse A" })");
    REQUIRE(stock.status == 201);
    CHECK(at(stock, "available") == "50");

    const auto order = gateway.post("/api/orders", R"({
    "items": [{ "productId": ")" + product_id + R"(", "quantity": 2, "price": 1299.99 }],
    "shippingAddress": { "street": "123 Main St", "city": "London", "state": "UK", "zipCode": "SW1A", "country": "UK" } })");
    REQUIRE(order.status == 201);
    CHECK(at(order, "status") == "confirmed");
    CHECK(at(order, "total") == "2599.98");
    CHECK(at(order, "payment/status") == "captured");
    CHECK(at(order, "shippingAddress/zipCode") == "SW1A");

    const auto health = gateway.get("/health");
    CHECK(health.status == 200);
    CHECK(at(health, "status") == "ok");

    const std::string id = at(order, "id");
    CHECK(server.query("order", "SELECT status FROM orders WHERE id = '" + id + "'") == "confirmed");
    CHECK(server.query("order", "SELECT total_minor FROM orders WHERE id = '" + id + "'") == "259998");
    CHECK(available_stock(server.gateway(), product_id) == 48);
    const auto again = gateway.get("/api/orders/" + id);
    CHECK(again.status == 200);
    CHECK(at(again, "status") == "confirmed");
    const auto checked = server.run({"check", "--deep"});
    INFO(checked.output + checked.errors);
    CHECK(checked.status == 0);
}

TEST_CASE("the web pages' address serves the pages and the API of one origin", "[demo]") {
    const RunningServer server;
    HttpClient ui = server.ui();
    const auto page = ui.get("/");
    CHECK(page.status == 200);
    CHECK(page.header("Content-Type").starts_with("text/html"));
    CHECK(page.header("Content-Security-Policy").find("default-src") != std::string_view::npos);
    const auto products = ui.get("/api/products");
    CHECK(products.status == 200);
    CHECK(at(products, "total") == "0");
    CHECK(ui.get("/health/ready").status == 200);
    CHECK(ui.get("/no/such/page").status == 404);
    CHECK(server.gateway().get("/").status == 404);
}
