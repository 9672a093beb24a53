// A person's data over HTTP: taken along, erased, with all that hangs on it in other modules.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;
using namespace std::chrono_literals;

namespace {

HttpResponse erase_me(HttpClient& client, const Account& who, const std::string& password = demo_password) {
    return client.request("DELETE", "/api/users/me", who.headers(), R"({"password":")" + password + R"("})");
}

Account admin_of(const RunningServer& server) {
    const std::string email = "root@example.com";
    const auto made = server.run({"admin", "create", "--email", email, "--password-stdin"},
                                 std::string(demo_password) + "\n");
    REQUIRE(made.status == 0);
    auto client = server.gateway();
    const auto answer = client.post("/api/users/login",
                                    R"({"email":")" + email + R"(","password":")" + demo_password + R"("})");
    return {at(answer, "user/id"), email, at(answer, "token")};
}

}  // namespace

TEST_CASE_ON_BOTH("an export holds profile, consent, orders and payments of the caller alone", "[privacy]") {
    const RunningServer server(dialect);
    auto client = server.gateway();
    const auto vendor = register_account(client, "vendor");
    const auto ann = register_account(client), bob = register_account(client);
    const auto product = make_product(client, vendor);
    add_stock(client, vendor, product, 10);
    const auto order = at(place_order(client, ann, order_body(product, 1)), "id");
    place_order(client, bob, order_body(product, 1));
    const auto data = client.get("/api/users/me/export", ann.headers());
    REQUIRE(data.status == 200);
    CHECK(data.header("Cache-Control") == "no-store");
    CHECK(at(data, "user/profile/email") == ann.email);
    CHECK_FALSE(at(data, "user/consent/givenAt").empty());
    CHECK(at(data, "user/consent/text") == "1");
    CHECK(at(data, "order/orders/0/id") == order);
    CHECK(at(data, "order/orders/1").empty());
    CHECK(at(data, "payment/payments/0/orderId") == order);
    CHECK(at(data, "payment/payments/1").empty());
    CHECK(at(data, "order/truncated") == "false");
    const auto vendors = client.get("/api/users/me/export", vendor.headers());
    CHECK(at(vendors, "product/products/0/id") == product);
    CHECK(at(vendors, "order/orders/0").empty());
}

TEST_CASE_ON_BOTH("erasing a customer cancels what is not shipped, and the books stay whole", "[privacy]") {
    RunningServer server(dialect);
    auto client = server.gateway();
    const auto root = admin_of(server);
    const auto vendor = register_account(client, "vendor");
    const auto ann = register_account(client);
    const auto product = make_product(client, vendor);
    add_stock(client, vendor, product, 10);
    const auto order = at(place_order(client, ann, order_body(product, 3), "\"k\""), "id");
    CHECK(available_stock(client, product) == 7);
    const auto wrong = erase_me(client, ann, "not-this-one");
    CHECK(wrong.status == 422);
    CHECK(problem_of(wrong) == "wrong-password");
    const auto erased = erase_me(client, ann);
    INFO(erased.body);
    CHECK(erased.status == 204);
    CHECK(available_stock(client, product) == 10);
    const auto after = client.get("/api/orders/" + order, root.headers());
    CHECK(at(after, "status") == "cancelled");
    CHECK(at(after, "customerId") == "00000000-0000-0000-0000-000000000000");
    CHECK(at(after, "shippingAddress/street") == "erased");
    CHECK(at(after, "payment/status") == "refunded");
    CHECK(client.get("/api/users/me", ann.headers()).status == 401);
    CHECK(erase_me(client, ann).status == 401);
    CHECK(client.get("/api/users/" + ann.id, root.headers()).status == 404);
    CHECK(client.del("/api/users/" + ann.id, root.headers()).status == 404);
    CHECK(server.terminate() == 0);
    const Ended checked = server.run({"check", "--deep"});
    INFO(checked.output + checked.errors);
    CHECK(checked.status == 0);
}

TEST_CASE_ON_BOTH("an erased vendor sells no more", "[privacy]") {
    const RunningServer server(dialect);
    auto client = server.gateway();
    const auto root = admin_of(server);
    const auto vendor = register_account(client, "vendor");
    const auto product = make_product(client, vendor);
    CHECK(client.del("/api/users/" + vendor.id, vendor.headers()).status == 403);
    CHECK(client.del("/api/users/" + vendor.id, root.headers()).status == 204);
    const auto shown = client.get("/api/products/" + product, root.headers());
    CHECK(at(shown, "status") == "archived");
    const auto last = client.del("/api/users/" + root.id, root.headers());
    CHECK(last.status == 409);
    CHECK(problem_of(last) == "last-admin");
}

TEST_CASE_ON_BOTH("the buyer's letters lie in the mail folder, and go with the buyer", "[privacy]") {
    const RunningServer server(dialect, [] {
        auto flags = quick_flags();
        flags.push_back("--server.public_url=https://shop.example");
        return flags;
    }());
    auto client = server.gateway();
    const auto vendor = register_account(client, "vendor");
    const auto ann = register_account(client);
    const auto product = make_product(client, vendor);
    add_stock(client, vendor, product, 10);
    const auto placed = place_order(client, ann, order_body(product, 2));
    const std::filesystem::path folder = std::filesystem::path(server.data_dir()) / "mail";
    const auto letters = [&](const std::string& word) {
        int found = 0;
        if (!std::filesystem::exists(folder)) return found;
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            std::ifstream in(entry.path(), std::ios::binary);
            std::string text{std::istreambuf_iterator<char>(in), {}};
            for (std::size_t at; (at = text.find("=\r\n")) != std::string::npos;) text.erase(at, 3);
            if (text.find("To: " + ann.email + "\r\n") != std::string::npos &&
                text.find(word) != std::string::npos)
                ++found;
        }
        return found;
    };
    CHECK(eventually(10s,
                     [&] { return letters("Your order " + at(placed, "number") + " is confirmed") == 1; }));
    CHECK(letters("Total: 2,599.98 USD") == 1);
    CHECK(letters("https://shop.example/orders/" + at(placed, "id")) == 1);
    CHECK(erase_me(client, ann).status == 204);
    CHECK(letters("") == 0);
}
