// Payments over HTTP: each sees their own, a transfer is captured by an administrator, a signed webhook
// settles what was lost.
#include <support/webhook_signer.hpp>

#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;
using namespace std::chrono_literals;

namespace {

const std::string provider_key = "a key of the provider, for tests";

std::vector<std::string> flags() {
    auto all = quick_flags();
    all.push_back("--payment.methods=card,bank_transfer");
    all.push_back("--payment.webhook_secret=" + provider_key);
    all.push_back("--saga.deadline=1h");
    return all;
}

struct Market {
    explicit Market(db::Dialect dialect) : server(dialect, flags()), client(server.gateway()) {
        vendor = register_account(client, "vendor");
        customer = register_account(client);
        product = make_product(client, vendor);
        add_stock(client, vendor, product, 100);
    }
    std::string order(const std::string& more, int status = 201) {
        const auto placed = place_order(client, customer, order_body(product, 1, more));
        CHECK(placed.status == status);
        return at(placed, "id");
    }
    std::string payment_of(const std::string& order) {
        return at(client.get("/api/payments?orderId=" + order, customer.headers()), "items/0/id");
    }
    std::string status_of(const std::string& payment) {
        return at(client.get("/api/payments/" + payment, customer.headers()), "status");
    }
    HttpResponse send_webhook(const SignedWebhook& webhook) {
        return client.request("POST", "/api/payments/webhook/simulated",
                              {{"webhook-id", webhook.id},
                               {"webhook-timestamp", webhook.timestamp},
                               {"webhook-signature", webhook.signature}},
                              webhook.body);
    }

    RunningServer server;
    HttpClient client;
    Account vendor, customer;
    std::string product;
};

}  // namespace

TEST_CASE_ON_BOTH("a person lists the payments they made as soon as they made them", "[payment]") {
    Market market(dialect);
    const std::string first = market.order(""), second = market.order(card("tok_ok"));
    const auto mine = market.client.get("/api/payments?limit=1", market.customer.headers());
    REQUIRE(mine.status == 200);
    CHECK(at(mine, "total") == "2");
    CHECK(at(mine, "items/0/orderId") == second);
    const auto next = market.client.get("/api/payments?limit=1&cursor=" + at(mine, "nextCursor"),
                                        market.customer.headers());
    CHECK(at(next, "items/0/orderId") == first);
    CHECK(at(market.client.get("/api/payments", market.vendor.headers()), "total") == "0");
}

TEST_CASE_ON_BOTH("a bank transfer is captured once an administrator says that it came", "[payment]") {
    Market market(dialect);
    const std::string payment = market.payment_of(market.order(R"(,"paymentMethod":"bank_transfer")"));
    CHECK(market.status_of(payment) == "authorized");
    const std::string path = "/api/payments/" + payment + "/capture";
    CHECK(market.client.post(path, "", market.customer.headers()).status == 403);
    REQUIRE(market.server
                .run({"admin", "create", "--email", "root@example.com", "--password-stdin"},
                     std::string(demo_password) + "\n")
                .status == 0);
    const auto signed_in =
        market.client.post("/api/users/login", R"({"email":"root@example.com","password":")" +
                                                   std::string(demo_password) + R"("})");
    HttpClient::Headers admin{{"Authorization", "Bearer " + at(signed_in, "token")},
                              {"Idempotency-Key", "k-1"}};
    CHECK(at(market.client.post(path, "", admin), "status") == "captured");
    const auto again = market.client.post(path, "", admin);
    CHECK(again.status == 200);
    CHECK(again.headers.get("Idempotency-Replayed") == "true");
    admin.pop_back();
    CHECK(problem_of(market.client.post(path, "", admin)) == "payment-not-awaited");
    CHECK(market.status_of(payment) == "captured");
}

TEST_CASE_ON_BOTH("webhooks are stored at once, doubled ones change nothing, forged ones are refused",
                  "[payment]") {
    Market market(dialect);
    const std::string payment = market.payment_of(market.order(""));
    const std::string body = R"({"type":"charge.captured","data":{"charge":")" + payment + R"("}})";
    const auto event = sign_webhook(provider_key, "evt_1", system_clock().now().ms / 1'000, body);
    for (int i = 0; i < 3; ++i) CHECK(market.send_webhook(event).status == 200);
    auto forged = event;
    forged.body += " ";
    CHECK(problem_of(market.send_webhook(forged)) == "webhook-not-signed");
    CHECK(market.client.post("/api/payments/webhook/nobody", body).status == 404);
    CHECK(eventually(10s, [&] {
        return market.server.query("payment", "SELECT COUNT(*) FROM webhook_inbox WHERE state = 'done'") ==
               "1";
    }));
    CHECK(market.status_of(payment) == "captured");
    CHECK(market.server.run({"check", "--deep"}).status == 0);
}
