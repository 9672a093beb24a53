// SIGKILL in the middle of a burst of orders, again and again: nothing that was acknowledged is lost, nothing
// stays half-done, and a request repeated after the crash takes effect once.
#include <support/server_process.hpp>
#include <support/shop.hpp>

#include <atomic>
#include <mutex>
#include <random>
#include <set>
#include <thread>

using namespace cloudretail;
using namespace cloudretail::test;
using namespace std::chrono_literals;

namespace {

constexpr int buyers = 8;
constexpr int stock = 1'000'000;

/// One order as its buyer sees it.
struct Attempt {
    std::string key;
    std::string id;  // once acknowledged
    int status = 0;  // 0: no answer came
};

class Burst {
  public:
    Burst(db::Dialect dialect, unsigned seed)
        : server_(CLOUDRETAIL_BINARY, dialect,
                  {"--limits.enabled=false", "--auth.password_memory=8MiB", "--auth.password_passes=1",
                   "--saga.lease=2s"}),  // PostgreSQL: how long the dead process's sagas are left alone
          random_(seed) {
        server_.start();
        const Account vendor = register_account(server_.gateway(), "vendor");
        for (int i = 0; i < buyers; ++i) customers_.push_back(register_account(server_.gateway()));
        product_ = make_product(server_.gateway(), vendor, "Laptop", "10.00");
        add_stock(server_.gateway(), vendor, product_, stock);
        body_ = order_body(product_, 1);
    }

    /// Orders from all buyers, the end somewhere among them, a new start, and everything looked at.
    void round(bool politely = false) {
        std::vector<std::vector<Attempt>> attempts(buyers);
        std::atomic<int> answered{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < buyers; ++i) {
            threads.emplace_back([&, i] {
                buy_until_it_ends(customers_[static_cast<std::size_t>(i)],
                                  attempts[static_cast<std::size_t>(i)], answered);
            });
        }
        // Somewhere in the stream: after so many answers, so many microseconds later.
        const int answers = std::uniform_int_distribution<int>(5, 120)(random_);
        const std::chrono::microseconds late(std::uniform_int_distribution<int>(0, 3000)(random_));
        const bool busy = eventually(30s, [&] { return answered >= answers; });
        std::this_thread::sleep_for(late);
        const int status = politely ? server_.terminate() : 0;
        server_.kill9();
        for (std::thread& thread : threads) thread.join();
        CHECK(status == 0);
        server_.start();
        REQUIRE(busy);
        for (int i = 0; i < buyers; ++i)
            look_after(customers_[static_cast<std::size_t>(i)], attempts[static_cast<std::size_t>(i)]);
        settle();
    }

    /// Every order that exists was asked for, once; the books agree.
    void finish() {
        CHECK(server_.query("order", "SELECT count(*) FROM orders") == std::to_string(orders_.size()));
        CHECK(server_.query("order", "SELECT count(*) FROM orders WHERE status = 'confirmed'") ==
              std::to_string(orders_.size()));
        CHECK(available_stock(server_.gateway(), product_) ==
              stock - static_cast<std::int64_t>(orders_.size()));
        CHECK(server_.terminate() == 0);
        const Ended checked = server_.run({"check", "--deep"});
        INFO(checked.output + checked.errors);
        CHECK(checked.status == 0);
    }

    [[nodiscard]] std::size_t orders() const { return orders_.size(); }
    /// Processes found under way at the starts and brought to their end.
    [[nodiscard]] int recovered() const { return recovered_; }

  private:
    void buy_until_it_ends(const Account& customer, std::vector<Attempt>& attempts,
                           std::atomic<int>& answered) {
        HttpClient client = server_.gateway();
        for (;;) {
            Attempt& attempt = attempts.emplace_back(Attempt{"key-" + std::to_string(++keys_), "", 0});
            try {
                const auto answer = place_order(client, customer, body_, attempt.key);
                attempt.status = answer.status;
                attempt.id = at(answer, "id");
                ++answered;
            } catch (const std::exception&) {
                return;  // it is gone
            }
        }
    }

    /// What was acknowledged is there as it was; what was not is asked for again with the same key.
    void look_after(const Account& customer, const std::vector<Attempt>& attempts) {
        HttpClient client = server_.gateway();
        for (const Attempt& attempt : attempts) {
            std::string id = attempt.id;
            INFO(attempt.key << " answered " << attempt.status);
            if (attempt.status == 0) {
                HttpResponse again;
                CHECK(eventually(30s, [&] {
                    again = place_order(client, customer, body_, attempt.key);
                    return again.status == 201 || again.status == 202;
                }));
                id = at(again, "id");
            } else {
                CHECK((attempt.status == 201 || attempt.status == 202));
            }
            const auto order = client.get("/api/orders/" + id, customer.headers());
            CHECK(order.status == 200);
            if (attempt.status == 201) CHECK(at(order, "status") == "confirmed");
            CHECK(orders_.insert(id).second);
        }
    }

    /// Within a bounded time nothing is under way any more, and every rule holds while the server runs.
    void settle() {
        CHECK(eventually(30s, [&] {
            return server_.query("order", "SELECT count(*) FROM orders WHERE status = 'pending'") == "0";
        }));
        const Ended checked = server_.run({"check", "--deep"});
        INFO(checked.output + checked.errors);
        CHECK(checked.status == 0);
        recovered_ += std::stoi(at(server_.management().get("/health"), "parts/sagas/recovered"));
    }

    ServerProcess server_;
    std::mt19937 random_;
    std::vector<Account> customers_;
    std::string product_, body_;
    std::atomic<int> keys_{0};
    std::set<std::string> orders_;
    int recovered_ = 0;
};

void kill_again_and_again(db::Dialect dialect, int rounds) {
    const unsigned seed = std::random_device()();
    CAPTURE(seed);
    Burst burst(dialect, seed);
    for (int i = 0; i < rounds; ++i) {
        CAPTURE(i);
        burst.round();
    }
    burst.finish();
    CHECK(burst.recovered() > 0);  // else no kill hit anything under way, and the test shows nothing
    WARN(rounds << " kills, " << burst.orders() << " orders, " << burst.recovered()
                << " taken up again, none lost");
}

}  // namespace

TEST_CASE("SIGTERM in a burst of orders ends the server with 0 and loses nothing", "[crash][sqlite]") {
    Burst burst(db::Dialect::sqlite, 1);
    for (int i = 0; i < 3; ++i) burst.round(true);
    burst.finish();
}

TEST_CASE("nothing acknowledged is lost by 20 kills in a burst of orders (SQLite)",
          "[crash][sqlite][pitfall-kill9]") {
    kill_again_and_again(db::Dialect::sqlite, 20);
}

TEST_CASE("nothing acknowledged is lost by 20 kills in a burst of orders (PostgreSQL)",
          "[crash][postgresql]") {
    kill_again_and_again(db::Dialect::postgresql, 20);
}
