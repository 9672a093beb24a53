// SIGKILL while events are sent to a receiver, again and again: whatever was acknowledged arrives, and what
// arrives twice has the same webhook-id.
#include <support/server_process.hpp>
#include <support/shop.hpp>
#include <support/webhook_receiver.hpp>

#include <algorithm>
#include <mutex>
#include <random>
#include <set>
#include <thread>

using namespace cloudretail;
using namespace cloudretail::test;
using namespace std::chrono_literals;

namespace {

constexpr int rounds = 6, writers = 4;

/// Makes products until the server is gone; adds the acknowledged ones.
void make_until_it_ends(HttpClient client, const Account& vendor, std::mutex& mutex,
                        std::set<std::string>& made) {
    const std::string body = R"({"name":"Lamp","description":"Light","price":9.99,"category":"home"})";
    try {
        while (true) {
            const auto answer = client.post("/api/products", body, vendor.headers());
            if (answer.status != 201) return;
            const std::lock_guard lock(mutex);
            made.insert(at(answer, "id"));
        }
    } catch (const std::runtime_error&) {
    }
}

std::size_t count(std::mutex& mutex, const std::set<std::string>& made) {
    const std::lock_guard lock(mutex);
    return made.size();
}

}  // namespace

TEST_CASE_ON_BOTH("killed at any moment, every event still reaches its endpoint", "[crash][webhooks]") {
    const unsigned seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    WebhookReceiver receiver;
    ServerProcess server(
        CLOUDRETAIL_BINARY, dialect,
        {"--limits.enabled=false", "--auth.password_memory=8MiB", "--auth.password_passes=1",
         "--webhook.allow_http=true", "--webhook.allow_private=127.0.0.0/8", "--webhook.ports=*",
         "--webhook.timeout=1s", "--webhook.at_once_each=16", "--breaker.reset=1s"});
    server.start();
    const Account vendor = register_account(server.gateway(), "vendor");
    const auto hook = server.gateway().post(
        "/api/webhooks", R"({"url":")" + receiver.url() + R"(","events":["product.created"]})",
        vendor.headers());
    REQUIRE(hook.status == 201);

    std::set<std::string> made;
    std::mutex mutex;
    for (int round = 0; round < rounds; ++round) {
        const std::size_t before = count(mutex, made);
        std::vector<std::thread> threads;
        for (int i = 0; i < writers; ++i)
            threads.emplace_back([&] { make_until_it_ends(server.gateway(), vendor, mutex, made); });
        const auto some = std::uniform_int_distribution<std::size_t>(5, 60)(random);
        const bool busy = eventually(30s, [&] { return count(mutex, made) >= before + some; });
        server.kill9();
        for (auto& thread : threads) thread.join();
        REQUIRE(busy);
        server.start();
    }
    const auto arrived = [&] {
        std::map<std::string, std::set<std::string>> ids;  // by product
        for (const ReceivedCall& call : receiver.calls()) {
            auto body = json::Document::parse(call.body).value();
            ids[std::string(body.root()["subject"].text().value_or(""))].insert(call.header("webhook-id"));
        }
        return ids;
    };
    // PostgreSQL: what the dead process had taken is left alone until its lease is over.
    CHECK(eventually(90s, [&] {
        const auto ids = arrived();
        return std::all_of(made.begin(), made.end(), [&](const std::string& id) { return ids.contains(id); });
    }));
    const auto ids = arrived();
    for (const std::string& id : made) {
        CAPTURE(id);
        REQUIRE(ids.contains(id));
        CHECK(ids.at(id).size() == 1);
    }
    for (const ReceivedCall& call : receiver.calls())
        if (!is_signed_with(call, at(hook, "secret"))) FAIL_CHECK("a call that is not signed");
    CHECK(eventually(90s, [&] {
        return server.query("webhook", "SELECT COUNT(*) FROM deliveries WHERE state <> 'delivered'") == "0";
    }));
    CHECK(server.run({"check", "--deep"}).status == 0);
}
