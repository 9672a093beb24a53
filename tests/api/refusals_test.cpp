// Refusals and unfinished deeds that the document names and no other test over HTTP asks for.
#include <support/authenticator.hpp>
#include <support/tcp_proxy.hpp>

#include "stage.hpp"

using namespace cloudretail;
using namespace cloudretail::test;
using namespace std::chrono_literals;

TEST_CASE("stock is never set below what is reserved, and a SKU is a vendor's once", "[refusals]") {
    const RunningServer server;
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    const Account customer = register_account(client);
    const std::string product = make_product(client, vendor);
    add_stock(client, vendor, product, 5);
    REQUIRE(place_order(client, customer, order_body(product, 3)).status == 201);
    const auto below = client.patch("/api/inventory/" + product,
                                    R"({"warehouseLocation":"Warehouse A","quantity":2})", vendor.headers());
    CHECK(below.status == 409);
    CHECK(problem_of(below) == "below-reserved");
    CHECK(at(below, "reserved") == "3");

    const std::string body = R"({"name":"A","description":"","price":1,"category":"c","sku":"A-1"})";
    CHECK(client.post("/api/products", body, vendor.headers()).status == 201);
    const auto taken = client.post("/api/products", body, vendor.headers());
    CHECK(taken.status == 409);
    CHECK(problem_of(taken) == "sku-taken");
}

TEST_CASE("a second factor is set up, switched on and off in this order alone", "[refusals]") {
    const RunningServer server;
    HttpClient client = server.gateway();
    const Account account = register_account(client);
    const auto post = [&](const std::string& what, const std::string& body) {
        return problem_of(client.post("/api/users/me/2fa/" + what, body, account.headers()));
    };
    const std::string code = R"({"code":"000000"})";
    CHECK(post("enable", code) == "two-factor-not-set-up");
    CHECK(post("recovery-codes", code) == "two-factor-not-set-up");
    CHECK(post("disable", R"({"password":"Demo123!","code":"000000"})") == "two-factor-not-set-up");
    Authenticator app(client, account);
    app.enable();
    CHECK(post("enable", code) == "two-factor-enabled");
    CHECK(client.request("POST", "/api/users/me/2fa/setup", account.headers()).status == 409);
}

TEST_CASE("the last administrator cannot erase the own account", "[refusals]") {
    Stage stage(db::Dialect::sqlite);
    HttpClient client = stage.server().gateway();
    const auto refused =
        client.request("DELETE", "/api/users/me", stage.person("admin", 'A').account.headers(),
                       R"({"password":"Demo123!"})");
    CHECK(refused.status == 409);
    CHECK(problem_of(refused) == "last-admin");
}

namespace {

/// A store whose payment database is behind a proxy, with orders that were paid before it goes away.
struct Till {
    const std::string breaker;  // its flag
    PostgresqlPlace place;
    TcpProxy proxy{"127.0.0.1", port_of(place.url()), false};
    RunningServer server{db::Dialect::sqlite, flags()};
    HttpClient client = server.gateway();
    Account vendor = register_account(client, "vendor");
    std::string product = make_product(client, vendor);

    explicit Till(std::string flag = "--breaker.reset=1s") : breaker(std::move(flag)) {
        add_stock(client, vendor, product, 1000);
    }
    [[nodiscard]] std::vector<std::string> flags() const {
        auto all = quick_flags();
        all.push_back("--payment.database_url=" + with_port(place.url(), proxy.port()));
        all.push_back(breaker);
        return all;
    }
    std::string order(const Account& customer, const std::string& more = {}) {
        return at(place_order(client, customer, order_body(product, 1, more)), "id");
    }
    Account administrator() {
        const auto made = server.run({"admin", "create", "--email", "root@example.com", "--password-stdin"},
                                     std::string(demo_password) + "\n");
        REQUIRE(made.status == 0);
        const auto in =
            client.post("/api/users/login", R"({"email":"root@example.com","password":"Demo123!"})");
        return {at(in, "user/id"), "root@example.com", at(in, "token")};
    }
};

/// What asks every module, or payment alone.
void what_asks_payment_is_refused(Till& till, const Account& admin, const Account& customer) {
    HttpClient& client = till.client;
    const auto refused = [](const HttpResponse& answer) {
        CHECK(answer.status == 503);
        CHECK(problem_of(answer) == "unavailable");
    };
    refused(client.get("/api/events/log", till.vendor.headers()));
    refused(client.get("/api/users/me/export", customer.headers()));
    const std::string letter = "/api/admin/dead-letters/payment:1/";
    refused(client.request("POST", letter + "retry", admin.headers()));
    refused(client.post(letter + "discard", R"({"reason":"obsolete"})", admin.headers()));
}

}  // namespace

TEST_CASE("with payment's database away what moves money begins and ends by itself, or is not begun",
          "[refusals][away][postgresql]") {
    Till till;
    HttpClient& client = till.client;
    const Account admin = till.administrator();
    const Account customer = register_account(client), leaving = register_account(client),
                  erased = register_account(client);
    const std::string paid = till.order(customer), cancelled = till.order(customer),
                      on_delivery = till.order(customer, R"(,"paymentMethod":"cash_on_delivery")");
    REQUIRE_FALSE(till.order(leaving).empty());
    REQUIRE_FALSE(till.order(erased).empty());
    const auto step = [&](const char* status) {
        return client.patch("/api/orders/" + on_delivery + "/status",
                            std::string(R"({"status":")") + status + "\"}", till.vendor.headers());
    };
    REQUIRE(step("shipped").status == 200);

    till.proxy.take_away();
    CHECK(eventually(30s, [&] { return at(client.get("/health"), "parts/payment/status") == "down"; }));
    const auto refund = [&] {
        return client.post("/api/orders/" + paid + "/refund", R"({"amount":1,"reason":"x"})",
                           admin.headers());
    };
    // 202 is the breaker's one trial call.
    CHECK(eventually(10s, [&] { return refund().status == 503; }));
    what_asks_payment_is_refused(till, admin, customer);
    CHECK(client.post("/api/orders/" + cancelled + "/cancel", "{}", customer.headers()).status == 202);
    CHECK(step("delivered").status == 202);
    CHECK(client.request("DELETE", "/api/users/me", leaving.headers(), R"({"password":"Demo123!"})").status ==
          202);
    CHECK(client.del("/api/users/" + erased.id, admin.headers()).status == 202);

    till.proxy.give_back();
    CHECK(eventually(60s, [&] {
        return at(client.get("/api/admin/overview", admin.headers()), "openSagas") == "0" &&
               at(client.get("/health"), "status") == "ok";
    }));
    CHECK(at(client.get("/api/orders/" + cancelled, customer.headers()), "status") == "cancelled");
    CHECK(at(client.get("/api/orders/" + on_delivery, customer.headers()), "status") == "delivered");
    const auto checked = till.server.run({"check", "--deep"});
    INFO(checked.output + checked.errors);
    CHECK(checked.status == 0);
}

TEST_CASE("a refund that payment does not answer is under way, and given back once payment does",
          "[refusals][away][postgresql]") {
    Till till("--breaker.failures=1000");  // it is asked, however often it fails
    HttpClient& client = till.client;
    const Account admin = till.administrator(), customer = register_account(client);
    const std::string paid = "/api/orders/" + till.order(customer);
    till.proxy.take_away();
    REQUIRE(eventually(30s, [&] { return client.get("/api/payments", customer.headers()).status == 503; }));
    const auto begun = client.post(paid + "/refund", R"({"amount":1,"reason":"x"})", admin.headers());
    CHECK(begun.status == 202);
    CHECK(at(begun, "refunds/0/status") == "pending");
    till.proxy.give_back();
    CHECK(eventually(60s, [&] {
        return at(client.get(paid, customer.headers()), "payment/status") == "partially_refunded";
    }));
}

TEST_CASE_ON_BOTH("refusals of the domain are kept under an idempotency key, those of the schema are not",
                  "[refusals][idempotency]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    const Account customer = register_account(client);
    const std::string product = make_product(client, vendor);
    add_stock(client, vendor, product, 1);
    struct Row {
        const char* what;
        std::string path, body;
        const Account* who;
        int status;
        bool kept;
    };
    const std::string again = R"({"email":")" + customer.email +
                              R"(","password":"Demo123!","firstName":"A","lastName":"B","gdprConsent":true})";
    const std::string stock = R"(","quantity":1,"warehouseLocation":"A"})";
    const Row rows[] = {
        {"too little stock", "/api/orders", order_body(product, 9), &customer, 409, true},
        {"no such product", "/api/orders", order_body(no_id, 1), &customer, 422, true},
        {"no such method", "/api/orders", order_body(product, 1, R"(,"paymentMethod":"shells")"), &customer,
         422, true},
        {"declined", "/api/orders", order_body(product, 1, card("tok_declined")), &customer, 402, true},
        {"stock of nothing", "/api/inventory", R"({"productId":")" + std::string(no_id) + stock, &vendor, 404,
         true},
        {"e-mail taken", "/api/users/register", again, nullptr, 409, true},
        {"not the schema's", "/api/orders", order_body(product, 0), &customer, 422, false},
        {"not JSON", "/api/orders", "{", &customer, 400, false},
        {"not signed in", "/api/orders", order_body(product, 1), nullptr, 401, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        HttpClient::Headers headers = row.who ? row.who->headers() : HttpClient::Headers{};
        headers.emplace_back("Idempotency-Key", row.what);
        const auto first = client.post(row.path, row.body, headers);
        const auto second = client.post(row.path, row.body, headers);
        CHECK(first.status == row.status);
        CHECK(second.status == row.status);
        CHECK(problem_of(second) == problem_of(first));
        CHECK(second.header("Idempotency-Replayed") == (row.kept ? "true" : ""));
        CHECK(at(second, "requestId") == second.header("X-Request-Id"));
        const auto other = client.post(row.path, row.body + " ", headers);
        CHECK((problem_of(other) == "idempotency-key-reused") == row.kept);
    }
}
