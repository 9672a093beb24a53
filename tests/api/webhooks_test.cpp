// Outgoing webhooks of the built server: what a vendor and an administrator are sent when somebody shops,
// what they can look at and do again, and where nothing is sent.
#include <algorithm>
#include <support/webhook_receiver.hpp>

#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> open_flags() {
    auto flags = quick_flags();
    for (const char* flag :
         {"--webhook.allow_http=true", "--webhook.allow_private=127.0.0.0/8", "--webhook.ports=*"})
        flags.push_back(flag);
    return flags;
}

Account make_admin(const RunningServer& server, HttpClient& client) {
    const auto made = server.run({"admin", "create", "--email", "root@example.com", "--password-stdin"},
                                 std::string(demo_password) + "\n");
    REQUIRE(made.status == 0);
    const auto signed_in = client.post("/api/users/login", R"({"email":"root@example.com","password":")" +
                                                               std::string(demo_password) + R"("})");
    return {at(signed_in, "user/id"), "root@example.com", at(signed_in, "token")};
}

struct Hook {
    std::string id, secret;
};

Hook make_hook(HttpClient& client, const Account& owner, const std::string& url,
               const std::string& events = "*") {
    const auto made = client.post(
        "/api/webhooks", R"({"url":")" + url + R"(","events":[")" + events + R"("]})", owner.headers());
    INFO(made.body);
    REQUIRE(made.status == 201);
    return {at(made, "id"), at(made, "secret")};
}

std::vector<std::string> types(const std::vector<ReceivedCall>& calls) {
    std::vector<std::string> all;
    for (const auto& call : calls)
        all.push_back(
            std::string(json::Document::parse(call.body).value().root()["type"].text().value_or("")));
    std::sort(all.begin(), all.end());
    return all;
}

}  // namespace

TEST_CASE_ON_BOTH("who sells is sent what concerns the own goods, an administrator everything",
                  "[webhooks]") {
    const RunningServer server(dialect, open_flags());
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor"), other = register_account(client, "vendor"),
                  customer = register_account(client), admin = make_admin(server, client);
    WebhookReceiver receiver;
    const Hook mine = make_hook(client, vendor, receiver.url("/vendor"));
    make_hook(client, other, receiver.url("/other"));
    const Hook all = make_hook(client, admin, receiver.url("/admin"), "order.*");
    const std::string product = make_product(client, vendor, "Laptop", "10.00");
    add_stock(client, vendor, product, 5);
    const auto placed = place_order(client, customer, order_body(product, 1));
    REQUIRE(placed.status == 201);

    std::vector<std::string> seen;
    const auto count = [&](const char* type) { return std::count(seen.begin(), seen.end(), type); };
    REQUIRE(eventually(10s, [&] {
        seen = types(receiver.calls("/vendor"));
        return count("order.created") > 0 && count("product.created") > 0 &&
               !receiver.calls("/admin").empty();
    }));
    CHECK(count("product.created") == 1);
    CHECK(count("order.created") == 1);
    CHECK(count("payment.captured") == 0);
    CHECK(types(receiver.calls("/admin")) == std::vector<std::string>{"order.created"});
    CHECK(receiver.calls("/other").empty());
    for (const auto& call : receiver.calls("/vendor")) {
        CHECK(is_signed_with(call, mine.secret));
        CHECK(call.body.find(customer.id) == std::string::npos);
    }
    CHECK(is_signed_with(receiver.calls("/admin").at(0), all.secret));
    CHECK_FALSE(is_signed_with(receiver.calls("/admin").at(0), mine.secret));
    CHECK(receiver.calls("/admin").at(0).body.find(at(placed, "id")) != std::string::npos);
}

TEST_CASE_ON_BOTH("deliveries are shown with their tries, sent again, and gone with the webhook",
                  "[webhooks]") {
    const RunningServer server(dialect, open_flags());
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    WebhookReceiver receiver;
    receiver.answer_with([](const ReceivedCall&) { return http_answer(500, "out of order"); });
    const Hook hook = make_hook(client, vendor, receiver.url());
    const std::string path = "/api/webhooks/" + hook.id;
    CHECK(client.post(path + "/test", "", vendor.headers()).status == 202);
    HttpResponse list;
    REQUIRE(eventually(10s, [&] {
        list = client.get(path + "/deliveries?status=pending", vendor.headers());
        return at(list, "items/0/attemptCount") == "1";
    }));
    CHECK(at(list, "items/0/eventType") == "webhook.test");
    CHECK(at(list, "items/0/attempts/0/status") == "500");
    CHECK(at(list, "items/0/attempts/0/response") == "out of order");
    CHECK(client.get(path + "/deliveries?status=delivered", vendor.headers()).status == 200);

    receiver.answer_with(204);
    const auto again =
        client.post(path + "/deliveries/" + at(list, "items/0/id") + "/redeliver", "", vendor.headers());
    CHECK(again.status == 202);
    REQUIRE(eventually(10s, [&] {
        return at(client.get(path + "/deliveries?status=delivered", vendor.headers()), "total") == "1";
    }));
    const auto calls = receiver.calls();
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].header("webhook-id") == calls[1].header("webhook-id"));

    const auto rotated = client.post(path + "/rotate", "", vendor.headers());
    CHECK(rotated.status == 200);
    client.post(path + "/test", "", vendor.headers());
    REQUIRE(eventually(10s, [&] { return receiver.calls().size() == 3; }));
    CHECK(is_signed_with(receiver.calls().back(), hook.secret));
    CHECK(is_signed_with(receiver.calls().back(), at(rotated, "secret")));

    const auto seen = client.get(path, vendor.headers());
    CHECK(client.get(path, {vendor.headers().front(), {"If-None-Match", std::string(seen.header("ETag"))}})
              .status == 304);
    CHECK(client.del(path, {vendor.headers().front(), {"If-Match", "\"0\""}}).status == 412);
    CHECK(
        client.del(path, {vendor.headers().front(), {"If-Match", std::string(seen.header("ETag"))}}).status ==
        204);
    CHECK(client.get(path + "/deliveries", vendor.headers()).status == 404);
    CHECK(eventually(20s, [&] { return server.query("webhook", "SELECT COUNT(*) FROM deliveries") == "0"; }));
}

TEST_CASE("by default webhooks go to https and the public internet alone", "[webhooks]") {
    const RunningServer server;
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    for (const char* url :
         {"http://example.com/", "https://localhost/", "https://127.0.0.1/", "https://10.0.0.7/",
          "https://[::1]/", "https://169.254.169.254/", "https://2130706433/", "https://intranet/",
          "https://user:secret@example.com/", "https://example.com:22/", "ftp://example.com/", "x"}) {
        CAPTURE(url);
        const auto answer = client.post(
            "/api/webhooks", R"({"url":")" + std::string(url) + R"(","events":["*"]})", vendor.headers());
        CHECK(answer.status == 422);
        CHECK(at(answer, "errors/0/pointer") == "/url");
    }
    const auto unknown = client.post(
        "/api/webhooks", R"({"url":"https://example.com/","events":["order.eaten"]})", vendor.headers());
    CHECK(unknown.status == 422);
    CHECK(at(unknown, "errors/0/pointer") == "/events/0");
    CHECK(client
              .post("/api/webhooks", R"({"url":"https://example.com:8443/x","events":["*"],"active":false})",
                    vendor.headers())
              .status == 201);
}

TEST_CASE_ON_BOTH("an owner who is disabled is sent nothing more", "[webhooks]") {
    const RunningServer server(dialect, open_flags());
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor"), admin = make_admin(server, client);
    WebhookReceiver receiver;
    make_hook(client, vendor, receiver.url("/vendor"));
    make_hook(client, admin, receiver.url("/admin"), "user.*");
    CHECK(client.patch("/api/users/" + vendor.id, R"({"status":"disabled"})", admin.headers()).status == 200);
    REQUIRE(eventually(
        10s, [&] { return types(receiver.calls("/admin")) == std::vector<std::string>{"user.disabled"}; }));
    CHECK(server.query("webhook", "SELECT owner_active FROM webhooks WHERE owner_id = '" + vendor.id + "'") ==
          "0");
    CHECK(receiver.calls("/vendor").empty());
}

TEST_CASE("what is sent shows in health, jobs and metrics", "[webhooks]") {
    const RunningServer server(db::Dialect::sqlite, open_flags());
    HttpClient client = server.gateway();
    const Account admin = make_admin(server, client);
    WebhookReceiver receiver;
    const Hook hook = make_hook(client, admin, receiver.url());
    client.post("/api/webhooks/" + hook.id + "/test", "", admin.headers());
    CHECK(eventually(10s, [&] {
        return server.management()
                   .get("/metrics")
                   .body.find("cloudretail_webhook_attempts_total{result=\"delivered\"} 1") !=
               std::string::npos;
    }));
    CHECK(client.get("/api/admin/jobs", admin.headers()).body.find("webhook.deliver") != std::string::npos);
    CHECK(server.management().get("/health").body.find("\"webhook.deliveries\":{\"status\":\"ok\"") !=
          std::string::npos);
}

TEST_CASE("there are so many webhooks and no more, and one that is switched off is sent nothing",
          "[webhooks]") {
    auto flags = quick_flags();
    flags.push_back("--webhook.per_owner=1");
    const RunningServer server(db::Dialect::sqlite, flags);
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    const Hook hook = make_hook(client, vendor, "https://hooks.invalid/");
    const auto second =
        client.post("/api/webhooks", R"({"url":"https://hooks.invalid/b","events":["*"]})", vendor.headers());
    CHECK(second.status == 409);
    CHECK(problem_of(second) == "webhook-limit");

    const std::string path = "/api/webhooks/" + hook.id;
    const auto delivery = client.post(path + "/test", "", vendor.headers());
    REQUIRE(delivery.status == 202);
    REQUIRE(client.patch(path, R"({"active":false})", vendor.headers()).status == 200);
    const std::string again = path + "/deliveries/" + at(delivery, "id") + "/redeliver";
    for (const std::string& target : {path + "/test", again}) {
        const auto refused = client.post(target, "", vendor.headers());
        CHECK(refused.status == 409);
        CHECK(problem_of(refused) == "webhook-inactive");
    }
}
