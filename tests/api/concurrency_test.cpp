// Many at once: the last pieces are sold once, a repeated request takes effect once, money moves once.
#include "server.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <map>
#include <thread>

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

/// What came back, by status and problem: "201", "409 insufficient-stock".
using Tally = std::map<std::string, int>;

/// Runs `task(i)` for i < count, each on a thread of its own, all let go at once; exceptions count as
/// "failed".
template <class Task>
Tally all_at_once(int count, Task task) {
    std::vector<std::string> outcomes(static_cast<std::size_t>(count));
    std::barrier start(count);
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            try {
                const HttpResponse answer = task(i);
                const std::string problem = problem_of(answer);
                outcomes[static_cast<std::size_t>(i)] =
                    std::to_string(answer.status) + (problem.empty() ? "" : " " + problem);
            } catch (const std::exception& e) {
                outcomes[static_cast<std::size_t>(i)] = std::string("failed: ") + e.what();
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    Tally tally;
    for (const auto& outcome : outcomes) ++tally[outcome];
    return tally;
}

struct Shop {
    RunningServer server;
    Account vendor, customer;
    std::string product;
    Shop(db::Dialect dialect, int stock)
        : server(dialect),
          vendor(register_account(server.gateway(), "vendor")),
          customer(register_account(server.gateway())),
          product(make_product(server.gateway(), vendor, "Laptop", "10.00")) {
        add_stock(server.gateway(), vendor, product, stock);
    }
    void check_deep() const {
        const auto checked = server.run({"check", "--deep"});
        INFO(checked.output + checked.errors);
        CHECK(checked.status == 0);
    }
};

}  // namespace

TEST_CASE_ON_BOTH("of 300 buyers of the last 100 pieces exactly 100 get one", "[concurrency]") {
    const Shop shop(dialect, 100);
    std::vector<Account> buyers;
    for (int i = 0; i < 20; ++i) buyers.push_back(register_account(shop.server.gateway()));
    const std::string body = order_body(shop.product, 1);
    const Tally tally = all_at_once(300, [&](int i) {
        HttpClient client = shop.server.gateway();
        return place_order(client, buyers[static_cast<std::size_t>(i % 20)], body);
    });
    CHECK(tally == Tally{{"201", 100}, {"409 insufficient-stock", 200}});
    CHECK(available_stock(shop.server.gateway(), shop.product) == 0);
    CHECK(shop.server.query("order", "SELECT count(*) FROM orders WHERE status = 'confirmed'") == "100");
    shop.check_deep();
}

TEST_CASE_ON_BOTH("twenty requests with one idempotency key make one order", "[concurrency][idempotency]") {
    const Shop shop(dialect, 100);
    const std::string body = order_body(shop.product, 1);
    std::atomic<int> replayed{0};
    const Tally tally = all_at_once(20, [&](int) {
        HttpClient client = shop.server.gateway();
        auto answer = place_order(client, shop.customer, body, "the-one-key");
        if (answer.header("Idempotency-Replayed") == "true") ++replayed;
        return answer;
    });
    int good = 0, in_progress = 0, pending = 0;
    for (const auto& [outcome, count] : tally) {
        if (outcome == "201") good = count;
        if (outcome == "202") pending = count;
        if (outcome == "409 idempotency-in-progress") in_progress = count;
    }
    INFO("201: " << good << ", 202: " << pending << ", in progress: " << in_progress);
    CHECK(good >= 1);
    CHECK(good + pending + in_progress == 20);
    CHECK(available_stock(shop.server.gateway(), shop.product) == 99);
    CHECK(shop.server.query("order", "SELECT count(*) FROM orders") == "1");

    HttpClient client = shop.server.gateway();
    const auto again = place_order(client, shop.customer, body, "the-one-key");
    CHECK(again.status == 201);
    CHECK(again.header("Idempotency-Replayed") == "true");
    const auto other = place_order(client, shop.customer, order_body(shop.product, 2), "the-one-key");
    CHECK(other.status == 422);
    CHECK(problem_of(other) == "idempotency-key-reused");
    CHECK(replayed.load() <= good + pending);
}

TEST_CASE_ON_BOTH("a declined card gives the stock back and is the same answer again", "[payment]") {
    const Shop shop(dialect, 5);
    HttpClient client = shop.server.gateway();
    const std::string body = order_body(shop.product, 5, card("tok_declined"));
    const auto declined = place_order(client, shop.customer, body, "declined-key");
    CHECK(declined.status == 402);
    CHECK(problem_of(declined) == "payment-declined");
    CHECK_FALSE(at(declined, "orderId").empty());
    CHECK(available_stock(client, shop.product) == 5);
    CHECK(place_order(client, shop.customer, body, "declined-key").status == 402);
    CHECK(shop.server.query("order", "SELECT count(*) FROM orders") == "1");
    CHECK(at(client.get("/api/orders", shop.customer.headers()), "total") == "0");
    CHECK(at(client.get("/api/orders?status=failed", shop.customer.headers()), "total") == "1");
    shop.check_deep();
}

TEST_CASE_ON_BOTH("a payment whose answer is lost is settled later and charged once", "[payment]") {
    const Shop shop(dialect, 5);
    HttpClient client = shop.server.gateway();
    const std::string body = order_body(shop.product, 1, card("tok_timeout"));
    const auto unknown = place_order(client, shop.customer, body, "timeout-key");
    REQUIRE(unknown.status == 202);
    CHECK(at(unknown, "status") == "pending");
    const std::string path = "/api/orders/" + at(unknown, "id");
    HttpResponse order;
    CHECK(eventually(std::chrono::seconds(30), [&] {
        order = client.get(path, shop.customer.headers());
        return at(order, "status") != "pending";
    }));
    CHECK(at(order, "status") == "confirmed");
    CHECK(at(order, "payment/status") == "captured");
    const auto payments = client.get("/api/payments?orderId=" + at(order, "id"), shop.customer.headers());
    REQUIRE(payments.status == 200);
    CHECK(at(payments, "total") == "1");
    CHECK(at(payments, "items/0/amount") == "10.00");
    CHECK(at(payments, "items/0/refundedAmount") == "0.00");
    const auto again = place_order(client, shop.customer, body, "timeout-key");
    CHECK((again.status == 201 || again.status == 202));
    CHECK(at(again, "status") == "confirmed");
    shop.check_deep();
}

TEST_CASE_ON_BOTH("a cancelled order gives money and stock back", "[payment]") {
    const Shop shop(dialect, 5);
    HttpClient client = shop.server.gateway();
    const auto order = place_order(client, shop.customer, order_body(shop.product, 3));
    REQUIRE(order.status == 201);
    CHECK(available_stock(client, shop.product) == 2);
    const std::string path = "/api/orders/" + at(order, "id");
    const auto cancelled =
        client.post(path + "/cancel", R"({"reason":"Changed my mind"})", shop.customer.headers());
    CHECK((cancelled.status == 200 || cancelled.status == 202));
    HttpResponse now;
    CHECK(eventually(std::chrono::seconds(10), [&] {
        now = client.get(path, shop.customer.headers());
        return at(now, "status") == "cancelled";
    }));
    CHECK(at(now, "payment/status") == "refunded");
    CHECK(available_stock(client, shop.product) == 5);
    CHECK(client.post(path + "/cancel", "{}", shop.customer.headers()).status == 409);
    shop.check_deep();
}
