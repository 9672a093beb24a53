// The conventions every operation keeps: problems, statuses, validation, entity tags, paging. On a server of
// its own per test; what the gateway does in detail is tests/unit.
#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

TEST_CASE("what is not there or not allowed is a problem with the right status", "[conventions]") {
    const RunningServer server;
    HttpClient client = server.gateway();

    const auto missing = client.get("/api/nothing", {{"X-Request-Id", "abc-123"}});
    CHECK(missing.status == 404);
    CHECK(problem_of(missing) == "not-found");
    CHECK(at(missing, "instance") == "/api/nothing");
    CHECK(at(missing, "requestId") == "abc-123");
    CHECK(missing.header("X-Request-Id") == "abc-123");

    const auto method = client.del("/api/products");
    CHECK(method.status == 405);
    CHECK(method.header("Allow").find("GET") != std::string_view::npos);
    CHECK(method.header("Allow").find("POST") != std::string_view::npos);

    CHECK(client.get("/api/products/not-an-id").status == 404);
    CHECK(client.get("/api/products/0190f5fe-7c00-7000-8000-000000000000").status == 404);
    CHECK(client.get("/api/v1/products").status == 200);
    const auto head = client.head("/api/products");
    CHECK(head.status == 200);
    CHECK(head.body.empty());
}

TEST_CASE("a body that is not acceptable is refused with what is wrong with it", "[conventions]") {
    const RunningServer server;
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    client.bearer(vendor.token);
    const auto post = [&](const std::string& body) { return client.post("/api/products", body); };

    CHECK(post("{").status == 400);
    CHECK(problem_of(post("{")) == "malformed-json");
    CHECK(post(R"({"name":"a","name":"b"})").status == 400);
    CHECK(client.post("/api/products", "name=x", {{"Content-Type", "text/plain"}}).status == 415);
    const auto large =
        client.post("/api/products", std::string(1024 * 1024 + 1, ' '), {{"X-Request-Id", "mine"}});
    CHECK(large.status == 413);
    CHECK(at(large, "instance") == "/api/products");
    CHECK(at(large, "requestId") == "mine");
    client.disconnect();

    const auto invalid = post(R"({"name":"","price":-1,"category":"c","colour":"red","description":7})");
    CHECK(invalid.status == 422);
    CHECK(problem_of(invalid) == "validation");
    for (const char* pointer : {"/name", "/price", "/colour", "/description"})
        CHECK(at(invalid, "errors").find(std::string("\"pointer\":\"") + pointer + "\"") !=
              std::string::npos);
    CHECK(post(R"({"name":"x","description":"","price":1.999,"category":"c"})").status == 422);
    CHECK(post(R"({"name":"x","description":"","price":1e2,"category":"c"})").status >= 400);
    CHECK(client.get("/api/products?limit=1000").status == 422);
    CHECK(client.get("/api/products?colour=red").status == 422);
}

TEST_CASE_ON_BOTH("entity tags spare reading again and guard against lost updates", "[conventions]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    client.bearer(vendor.token);
    const std::string path = "/api/products/" + make_product(client, vendor);

    const auto first = client.get(path);
    const std::string tag(first.header("ETag"));
    REQUIRE_FALSE(tag.empty());
    const auto unchanged = client.get(path, {{"If-None-Match", tag}});
    CHECK(unchanged.status == 304);
    CHECK(unchanged.body.empty());

    CHECK(client.patch(path, R"({"price":999.00})", {{"If-Match", tag}}).status == 200);
    const auto stale = client.patch(path, R"({"price":1.00})", {{"If-Match", tag}});
    CHECK(stale.status == 412);
    CHECK(problem_of(stale) == "stale");
    CHECK(at(client.get(path), "price") == "999.00");
    CHECK(client.get(path, {{"If-None-Match", tag}}).status == 200);
}

TEST_CASE_ON_BOTH("a list is paged by number and by cursor, and both show the same", "[conventions]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    for (int i = 0; i < 7; ++i)
        make_product(client, vendor, "Product " + std::to_string(i), std::to_string(i + 1));

    const auto second = client.get("/api/products?sort=price&page=2&limit=3");
    REQUIRE(second.status == 200);
    CHECK(at(second, "total") == "7");
    CHECK(at(second, "totalPages") == "3");
    CHECK(at(second, "items/0/price") == "4.00");

    std::string prices, cursor;
    for (int page = 0; page < 3; ++page) {
        const auto answer =
            client.get("/api/products?sort=price&limit=3" + (cursor.empty() ? cursor : "&cursor=" + cursor));
        REQUIRE(answer.status == 200);
        for (const char* item : {"items/0/price", "items/1/price", "items/2/price"})
            prices += at(answer, item) + " ";
        cursor = at(answer, "nextCursor");
        if (page < 2) CHECK(answer.header("Link").find("rel=\"next\"") != std::string_view::npos);
    }
    CHECK(prices == "1.00 2.00 3.00 4.00 5.00 6.00 7.00   ");
    CHECK(cursor == "null");
    CHECK(client.get("/api/products?page=9&limit=3").status == 200);
    CHECK(client.get("/api/products?page=1&cursor=abc").status == 422);
}

TEST_CASE("a sent price is checked and the catalogue's alone is charged", "[conventions][orders]") {
    const RunningServer server;
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    const Account customer = register_account(client);
    const std::string product = make_product(client, vendor, "Laptop", "10.00");
    add_stock(client, vendor, product, 5);
    const std::string address = R"("shippingAddress":{"street":"s","city":"c","zipCode":"z","country":"UK"})";

    const auto cheap = place_order(
        client, customer,
        R"({"items":[{"productId":")" + product + R"(","quantity":1,"price":0.01}],)" + address + "}");
    CHECK(cheap.status == 409);
    CHECK(problem_of(cheap) == "price-changed");
    CHECK(available_stock(client, product) == 5);
    const auto unknown = place_order(client, customer, order_body("0190f5fe-7c00-7000-8000-000000000000", 1));
    CHECK(unknown.status == 422);
    const auto none = place_order(client, customer, R"({"items":[],)" + address + "}");
    CHECK(none.status == 422);
    const auto zero = place_order(client, customer, order_body(product, 0));
    CHECK(zero.status == 422);
    CHECK(at(zero, "errors/0/pointer") == "/items/0/quantity");
}

TEST_CASE("OPTIONS of the asterisk tells what the whole server takes, on both listeners", "[conventions]") {
    const RunningServer server;
    HttpClient gateway = server.gateway(), ui = server.ui();
    for (HttpClient* client : {&gateway, &ui}) {
        const auto answer = client->request("OPTIONS", "*");
        CHECK(answer.status == 204);
        CHECK(answer.body.empty());
        CHECK(answer.header("Allow") == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    }
}

TEST_CASE("a large body is not taken before it is known who sends it and that they may", "[conventions]") {
    const RunningServer server;
    HttpClient client = server.gateway();
    const Account customer = register_account(client);
    const Account vendor = register_account(client, "vendor");
    const std::pair<std::string, std::string> uploads[] = {
        {"/api/products/" + make_product(client, vendor) + "/images", "image/png"},
        {"/api/products/import", "text/csv"},
        {"/api/inventory/import", "text/csv"}};
    const auto announced = [&](const auto& upload, const char* listener, const std::string& fields) {
        RawSocket socket("127.0.0.1", server.port(listener));
        socket.send("POST " + upload.first + " HTTP/1.1\r\nHost: a\r\nContent-Type: " + upload.second +
                    "\r\nContent-Length: 5242880\r\n" + fields + "\r\n");
        return socket;
    };
    const std::string expect = "Expect: 100-continue\r\n";
    const auto token = [](const Account& who) { return "Authorization: Bearer " + who.token + "\r\n"; };
    for (const auto& upload : uploads) {
        CAPTURE(upload.first);
        for (const char* listener : {"gateway", "ui"}) {
            for (const std::string& fields : {std::string(), expect}) {
                std::string rest;
                RawSocket nobody = announced(upload, listener, fields);
                const auto refused = read_response(nobody, rest);
                CHECK(refused.status == 401);
                CHECK(problem_of(refused) == "unauthenticated");
                CHECK(refused.header("Connection") == "close");
                RawSocket buyer = announced(upload, listener, fields + token(customer));
                CHECK(read_response(buyer, rest).status == 403);
            }
        }
        RawSocket seller = announced(upload, "gateway", expect + token(vendor));
        CHECK(seller.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    }
}
