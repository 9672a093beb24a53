// The life of an order after it is confirmed, over HTTP: two vendors, shipping, delivering, cancelling what
// is left, refunds, the timeline.
#include "server.hpp"

#include <atomic>
#include <thread>

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

/// Two vendors who sell a laptop (10.00) and a bag (5.00), a customer, an administrator.
struct Street {
    explicit Street(db::Dialect dialect) : server(dialect), client(server.gateway()) {
        const auto made = server.run({"admin", "create", "--email", "root@example.com", "--password-stdin"},
                                     std::string(demo_password) + "\n");
        REQUIRE(made.status == 0);
        const auto signed_in =
            client.post("/api/users/login",
                        std::string(R"({"email":"root@example.com","password":")") + demo_password + R"("})");
        admin = {at(signed_in, "user/id"), "root@example.com", at(signed_in, "token")};
        laptop = make_product(client, maker, "Laptop", "10.00");
        bag = make_product(client, sewer, "Bag", "5.00");
        add_stock(client, maker, laptop, 100);
        add_stock(client, sewer, bag, 100);
    }

    /// Two laptops and a bag: 25.00.
    std::string order(const std::string& method = "card") {
        const auto placed = client.post(
            "/api/orders",
            R"({"items":[{"productId":")" + laptop + R"(","quantity":2},{"productId":")" + bag +
                R"(","quantity":1}],"shippingAddress":{"street":"123 Main St","city":"London","zipCode":"SW1A","country":"UK"},)" +
                R"("paymentMethod":")" + method + R"("})",
            customer.headers());
        REQUIRE(placed.status == 201);
        return "/api/orders/" + at(placed, "id");
    }
    HttpResponse get(const std::string& path, const Account& who) { return client.get(path, who.headers()); }
    HttpResponse move(const std::string& order, const Account& who, const std::string& status,
                      const std::string& tracking = "", const std::string& if_match = "") {
        auto headers = who.headers();
        if (!if_match.empty()) headers.emplace_back("If-Match", if_match);
        const std::string more = tracking.empty() ? "" : R"(,"trackingNumber":")" + tracking + "\"";
        return client.patch(order + "/status", R"({"status":")" + status + "\"" + more + "}", headers);
    }
    HttpResponse refund(const std::string& order, const std::string& body, const std::string& key = "") {
        auto headers = admin.headers();
        if (!key.empty()) headers.emplace_back("Idempotency-Key", key);
        return client.post(order + "/refund", body, headers);
    }
    /// The types of a timeline, once it has as many entries as expected.
    std::string timeline(const std::string& order, const Account& who, const std::string& expected) {
        std::string types;
        eventually(std::chrono::seconds(20), [&] {
            const auto answer = get(order + "/timeline", who);
            const auto document = answer.json();
            types.clear();
            for (std::size_t i = 0; i < document.root()["items"].size(); ++i)
                types += (i == 0 ? "" : " ") +
                         std::string(document.root()["items"].at(i)["type"].text().value_or(""));
            return types == expected;
        });
        return types;
    }
    void check_deep() const {
        const Ended checked = server.run({"check", "--deep"});
        INFO(checked.output + checked.errors);
        CHECK(checked.status == 0);
    }

    RunningServer server;
    HttpClient client;
    Account maker = register_account(client, "vendor"), sewer = register_account(client, "vendor"),
            customer = register_account(client), admin;
    std::string laptop, bag;
};

}  // namespace

TEST_CASE_ON_BOTH("an order of two vendors is shipped and delivered by each, and tells its story",
                  "[order]") {
    Street street(dialect);
    const auto order = street.order();
    const auto stranger = register_account(street.client, "vendor");
    CHECK(street.move(order, stranger, "shipped").status == 404);
    CHECK(street.move(order, street.customer, "shipped").status == 403);
    CHECK(problem_of(street.move(order, street.maker, "delivered")) == "illegal-transition");
    CHECK(street.move(order, street.maker, "sent").status == 422);
    CHECK(street.move(order, street.maker, "shipped", "<script>").status == 422);

    const auto shipped = street.move(order, street.maker, "shipped", "1Z 999");
    REQUIRE(shipped.status == 200);
    CHECK(at(shipped, "status") == "confirmed");
    CHECK(at(shipped, "subtotal") == "20.00");  // the own lines alone
    CHECK(at(shipped, "fulfilments/0/status") == "shipped");
    CHECK(at(shipped, "fulfilments/0/trackingNumber") == "1Z 999");
    CHECK(at(shipped, "fulfilments/1/status").empty());
    CHECK(at(shipped, "customerId").empty());
    CHECK(at(shipped, "shippingAddress/city") == "London");
    CHECK(shipped.header("ETag") == street.get(order, street.maker).header("ETag"));
    CHECK(street.move(order, street.maker, "shipped").status == 409);
    CHECK(street.move(order, street.sewer, "shipped", "", "\"1-1\"").status == 412);
    CHECK(available_stock(street.client, street.laptop) == 98);
    CHECK(street.server.query("inventory", "SELECT SUM(quantity) FROM stock WHERE product_id = '" +
                                               street.laptop + "'") == "98");

    REQUIRE(street.move(order, street.sewer, "shipped").status == 200);
    CHECK(at(street.get(order, street.customer), "status") == "shipped");
    CHECK(street.client.post(order + "/cancel", "{}", street.customer.headers()).status == 409);
    const auto delivered = street.move(order, street.admin, "delivered");
    REQUIRE(delivered.status == 200);
    CHECK(at(delivered, "status") == "delivered");
    CHECK(at(delivered, "fulfilments/1/status") == "delivered");

    const std::string all =
        "payment.captured order.created order.shipped order.shipped order.delivered order.delivered";
    CHECK(street.timeline(order, street.customer, all) == all);
    CHECK(street.timeline(order, street.admin, all) == all);
    const std::string own = "order.created order.shipped order.delivered";
    CHECK(street.timeline(order, street.maker, own) == own);
    const auto told = street.get(order + "/timeline", street.maker);
    CHECK(at(told, "items/1/data/trackingNumber") == "1Z 999");
    CHECK(told.body.find(street.customer.id) == std::string::npos);
    CHECK(told.body.find("25.00") == std::string::npos);
    CHECK(street.get(order + "/timeline", stranger).status == 404);
    CHECK(at(street.get("/api/orders?status=delivered", street.sewer), "total") == "1");
    CHECK(at(street.get("/api/orders?status=shipped", street.sewer), "total") == "0");
    street.check_deep();
}

TEST_CASE_ON_BOTH("cancelling after one vendor shipped gives back what the other had not", "[order]") {
    Street street(dialect);
    const auto order = street.order();
    REQUIRE(street.move(order, street.maker, "shipped").status == 200);
    const auto cancelled =
        street.client.post(order + "/cancel", R"({"reason":"No bag, please"})", street.customer.headers());
    REQUIRE(cancelled.status == 200);
    CHECK(at(cancelled, "status") == "shipped");
    CHECK(at(cancelled, "fulfilments/0/status") == "shipped");
    CHECK(at(cancelled, "fulfilments/1/status") == "cancelled");
    CHECK(at(cancelled, "payment/status") == "partially_refunded");
    CHECK(at(cancelled, "refunds/0/kind") == "cancellation");
    CHECK(at(cancelled, "refunds/0/amount") == "5.00");
    CHECK(at(cancelled, "refunds/0/reason") == "No bag, please");
    CHECK(available_stock(street.client, street.bag) == 100);
    const auto payment = street.get("/api/payments/" + at(cancelled, "payment/id"), street.customer);
    CHECK(at(payment, "refundedAmount") == "5.00");
    CHECK(street.move(order, street.sewer, "shipped").status == 409);
    CHECK(street.client.post(order + "/cancel", "{}", street.customer.headers()).status == 409);
    CHECK(problem_of(street.refund(order, R"({"items":[{"productId":")" + street.bag +
                                              R"(","quantity":1}],"reason":"x"})")) == "illegal-transition");
    street.check_deep();
}

TEST_CASE_ON_BOTH("goods that came back are refunded, and restocked where they can be sold again",
                  "[order]") {
    Street street(dialect);
    const auto order = street.order();
    const std::string one = R"({"items":[{"productId":")" + street.laptop + R"(","quantity":1,"restock":)";
    CHECK(street.client.post(order + "/refund", one + R"(true}],"reason":"x"})", street.maker.headers())
              .status == 403);
    CHECK(problem_of(street.refund(order, one + R"(true}],"reason":"x"})")) == "illegal-transition");
    REQUIRE(street.move(order, street.admin, "shipped").status == 200);
    CHECK(available_stock(street.client, street.laptop) == 98);

    const auto back = street.refund(order, one + R"(true}],"reason":"Returned unopened"})", "the-key");
    REQUIRE(back.status == 200);
    CHECK(at(back, "payment/status") == "partially_refunded");
    CHECK(at(back, "refunds/0/items/0/restock") == "true");
    CHECK(available_stock(street.client, street.laptop) == 99);
    const auto again = street.refund(order, one + R"(true}],"reason":"Returned unopened"})", "the-key");
    CHECK(again.status == 200);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(again.body == back.body);
    CHECK(problem_of(street.refund(order, R"({"amount":1,"reason":"other"})", "the-key")) ==
          "idempotency-key-reused");

    REQUIRE(street.refund(order, one + R"(false}],"reason":"Broken"})").status == 200);
    CHECK(available_stock(street.client, street.laptop) == 99);
    CHECK(problem_of(street.refund(order, one + R"(false}],"reason":"Again"})")) == "refund-too-large");
    CHECK(problem_of(street.refund(order, R"({"amount":5.01,"reason":"Too much"})")) == "refund-too-large");
    CHECK(street.refund(order, R"({"amount":0,"reason":"x"})").status == 422);
    CHECK(street.refund(order, R"({"amount":5})").status == 422);
    const auto rest = street.refund(order, R"({"reason":"Sorry"})");
    REQUIRE(rest.status == 200);
    CHECK(at(rest, "payment/status") == "refunded");
    CHECK(at(rest, "status") == "shipped");
    CHECK(problem_of(street.refund(order, R"({"reason":"Sorry"})")) == "refund-too-large");
    const std::string all =
        "payment.captured order.created order.shipped order.shipped payment.refunded order.refunded "
        "payment.refunded order.refunded payment.refunded order.refunded";
    CHECK(street.timeline(order, street.customer, all) == all);
    street.check_deep();
}

TEST_CASE_ON_BOTH("cash on delivery is taken with the last delivery, less what was cancelled", "[order]") {
    Street street(dialect);
    const auto order = street.order("cash_on_delivery");
    CHECK(at(street.get(order, street.customer), "payment/status") == "authorized");
    CHECK(problem_of(street.refund(order, R"({"amount":1,"reason":"x"})")) == "illegal-transition");
    REQUIRE(street.move(order, street.maker, "shipped").status == 200);
    const auto cancelled = street.client.post(order + "/cancel", "{}", street.customer.headers());
    REQUIRE(cancelled.status == 200);
    CHECK(at(cancelled, "payment/status") == "authorized");
    const auto delivered = street.move(order, street.maker, "delivered");
    REQUIRE(delivered.status == 200);
    CHECK(at(delivered, "status") == "delivered");
    const auto now = street.get(order, street.customer);
    const auto status = at(now, "payment/status");
    CHECK((status == "captured" || status == "partially_refunded"));
    street.check_deep();
}

TEST_CASE_ON_BOTH("64 refunds of one payment at once give back exactly what was captured", "[order]") {
    Street street(dialect);
    const auto order = street.order();  // 25.00, in refunds of 1.00
    std::atomic<int> done{0}, refused{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 64; ++i)
        threads.emplace_back([&] {
            HttpClient client = street.server.gateway();
            const auto answer =
                client.post(order + "/refund", R"({"amount":1,"reason":"Many"})", street.admin.headers());
            if (answer.status == 200) ++done;
            if (problem_of(answer) == "refund-too-large") ++refused;
        });
    for (auto& thread : threads) thread.join();
    CHECK(done == 25);
    CHECK(refused == 39);
    const auto now = street.get(order, street.customer);
    CHECK(at(now, "payment/status") == "refunded");
    const auto payment = street.get("/api/payments/" + at(now, "payment/id"), street.customer);
    CHECK(at(payment, "refundedAmount") == "25.00");
    street.check_deep();
}
