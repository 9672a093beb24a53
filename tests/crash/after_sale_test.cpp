// SIGKILL while confirmed orders are shipped, delivered, cancelled and refunded, again and again: what was
// acknowledged stands, what was not is asked for again and takes effect once, the books agree.
#include <support/server_process.hpp>
#include <support/shop.hpp>

#include <atomic>
#include <random>
#include <thread>

using namespace cloudretail;
using namespace cloudretail::test;
using namespace std::chrono_literals;

namespace {

constexpr int clerks = 4;
constexpr int rounds = 8;
constexpr int orders_each = 12;

/// One order and what was acknowledged about it.
struct Case {
    std::string path;
    bool refunded = false, shipped = false, delivered = false, cancelled = false;
};

class Office {
  public:
    Office(db::Dialect dialect, unsigned seed)
        : server_(CLOUDRETAIL_BINARY, dialect,
                  {"--limits.enabled=false", "--auth.password_memory=8MiB", "--auth.password_passes=1",
                   "--saga.lease=2s"}),
          random_(seed) {
        const auto made = server_.run({"admin", "create", "--email", "root@example.com", "--password-stdin"},
                                      std::string(demo_password) + "\n");
        if (made.status != 0) throw std::runtime_error(made.errors);
        server_.start();
        vendor_ = register_account(server_.gateway(), "vendor");
        customer_ = register_account(server_.gateway());
        const auto signed_in =
            server_.gateway().post("/api/users/login", R"({"email":"root@example.com","password":")" +
                                                           std::string(demo_password) + "\"}");
        admin_.token = at(signed_in, "token");
        product_ = make_product(server_.gateway(), vendor_, "Laptop", "10.00");
        add_stock(server_.gateway(), vendor_, product_, 1'000'000);
    }

    void round() {
        std::vector<std::vector<Case>> desks(clerks);
        HttpClient client = server_.gateway();
        for (auto& desk : desks)
            for (int i = 0; i < orders_each; ++i) {
                const auto placed = place_order(client, customer_, order_body(product_, 2));
                REQUIRE(placed.status == 201);
                desk.push_back({"/api/orders/" + at(placed, "id")});
            }
        std::atomic<int> answered{0};
        std::vector<std::thread> threads;
        for (auto& desk : desks)
            threads.emplace_back([&] {
                HttpClient own = server_.gateway();
                try {
                    for (auto& c : desk) work(own, c, answered);
                } catch (const std::exception&) {
                    return;  // it is gone
                }
            });
        const int answers = std::uniform_int_distribution<int>(5, clerks * orders_each)(random_);
        const std::chrono::microseconds late(std::uniform_int_distribution<int>(0, 3000)(random_));
        const bool busy = eventually(30s, [&] { return answered >= answers; });
        std::this_thread::sleep_for(late);
        server_.kill9();
        for (auto& thread : threads) thread.join();
        server_.start();
        REQUIRE(busy);
        for (auto& desk : desks)
            for (auto& c : desk) look_after(c);
    }

    void finish() {
        CHECK(eventually(60s, [&] { return server_.query("order", "SELECT count(*) FROM sagas") == "0"; }));
        CHECK(server_.query("order", "SELECT count(*) FROM refunds WHERE status <> 'done'") == "0");
        CHECK(server_.query("order", "SELECT count(*) FROM fulfilments WHERE step <> ''") == "0");
        CHECK(server_.terminate() == 0);
        const Ended checked = server_.run({"check", "--deep"});
        INFO(checked.output + checked.errors);
        CHECK(checked.status == 0);
    }

  private:
    /// Every third order is cancelled, the others are refunded in part, shipped and delivered.
    void work(HttpClient& client, Case& c, std::atomic<int>& answered) {
        if (++begun_ % 3 == 0) {
            c.cancelled = client.post(c.path + "/cancel", "{}", customer_.headers()).status == 200;
            ++answered;
            return;
        }
        c.refunded = refund(client, c).status == 200;
        ++answered;
        c.shipped = step(client, c, "shipped");
        ++answered;
        c.delivered = step(client, c, "delivered");
        ++answered;
    }
    HttpResponse refund(HttpClient& client, const Case& c) {
        auto headers = admin_.headers();
        headers.emplace_back("Idempotency-Key", "refund");
        return client.post(c.path + "/refund", R"({"amount":1,"reason":"A scratch"})", headers);
    }
    bool step(HttpClient& client, const Case& c, const std::string& status) {
        return client.patch(c.path + "/status", R"({"status":")" + status + "\"}", vendor_.headers())
                   .status == 200;
    }

    void look_after(const Case& c) {
        HttpClient client = server_.gateway();
        INFO(c.path);
        auto order = client.get(c.path, customer_.headers());
        REQUIRE(order.status == 200);
        const auto status = at(order, "status");
        if (c.cancelled) CHECK(status == "cancelled");
        if (c.delivered) CHECK(status == "delivered");
        if (c.shipped) CHECK((status == "shipped" || status == "delivered"));
        if (c.refunded) CHECK(at(order, "refunds/0/status") == "done");
        if (status == "cancelled") return;
        // Asked again with the same key it is refunded once, whatever the first request came to.
        HttpResponse again;
        CHECK(eventually(30s, [&] {
            again = refund(client, c);
            return again.status == 200 || problem_of(again) == "illegal-transition";
        }));
        order = client.get(c.path, customer_.headers());
        if (again.status == 200) {
            CHECK(at(order, "refunds/0/amount") == "1.00");
            CHECK(at(order, "refunds/1/amount").find("1.00") == std::string::npos);
        } else {
            CHECK(eventually(
                30s, [&] { return at(client.get(c.path, customer_.headers()), "status") == "cancelled"; }));
        }
    }

    ServerProcess server_;
    std::mt19937 random_;
    Account vendor_, customer_, admin_;
    std::string product_;
    std::atomic<int> begun_{0};
};

}  // namespace

TEST_CASE_ON_BOTH("killed while shipping, cancelling and refunding, each takes effect once", "[crash]") {
    Office office(dialect, 7);
    for (int i = 0; i < rounds; ++i) office.round();
    office.finish();
}
