// One module's database is away: ordering is refused at once, the rest of the store goes on; it comes back
// unattended. The payment module is always on PostgreSQL here, behind a proxy; the other modules are of
// either kind.
#include "server.hpp"

#include <support/tcp_proxy.hpp>

using namespace cloudretail;
using namespace cloudretail::test;
using namespace std::chrono_literals;

namespace {

/// Payment's database of its own, reached through the proxy.
struct PaymentElsewhere {
    PostgresqlPlace place;
    TcpProxy proxy;
    explicit PaymentElsewhere(bool away) : proxy("127.0.0.1", port_of(place.url()), away) {}
    [[nodiscard]] std::vector<std::string> flags() const {
        auto all = quick_flags();
        all.push_back("--payment.database_url=" + with_port(place.url(), proxy.port()));
        all.push_back("--breaker.reset=1s");
        return all;
    }
};

struct Buyer {
    Account vendor, customer;
    std::string product;
    explicit Buyer(const ServerProcess& server)
        : vendor(register_account(server.gateway(), "vendor")),
          customer(register_account(server.gateway())),
          product(make_product(server.gateway(), vendor)) {
        add_stock(server.gateway(), vendor, product, 1000);
    }
    [[nodiscard]] HttpResponse buy(HttpClient& client) const {
        return place_order(client, customer, order_body(product, 1));
    }
};

void everything_but_ordering_works(HttpClient& client, const Buyer& buyer) {
    CHECK(client.get("/api/products").status == 200);
    CHECK(client.get("/api/products/" + buyer.product).status == 200);
    CHECK(available_stock(client, buyer.product) > 0);
    CHECK(client.get("/api/orders", buyer.customer.headers()).status == 200);
    const auto health = client.get("/health");
    CHECK(health.status == 200);
    CHECK(at(health, "status") == "degraded");
    CHECK(at(health, "parts/payment/status") == "down");
    CHECK(at(health, "parts/order/status") == "ok");
}

void all_is_settled(const ServerProcess& server) {
    CHECK(eventually(60s, [&] {
        return server.query("order", "SELECT count(*) FROM orders WHERE status = 'pending'") == "0";
    }));
    const auto checked = server.run({"check", "--deep"});
    INFO(checked.output + checked.errors);
    CHECK(checked.status == 0);
}

}  // namespace

TEST_CASE(
    "with payment's database away ordering answers 503 at once and browsing goes on, until it is back "
    "(SQLite)",
    "[away][postgresql]") {
    PaymentElsewhere payment(false);
    const RunningServer server(db::Dialect::sqlite, payment.flags());
    HttpClient client = server.gateway();
    const Buyer buyer(server);
    REQUIRE(buyer.buy(client).status == 201);

    payment.proxy.take_away();
    CHECK(eventually(30s, [&] { return buyer.buy(client).status == 503; }));
    CHECK(eventually(30s, [&] { return at(client.get("/health"), "parts/payment/status") == "down"; }));
    for (int i = 0; i < 5; ++i) {
        const auto before = std::chrono::steady_clock::now();
        const auto refused = buyer.buy(client);
        CHECK((refused.status == 503 || refused.status == 202));  // 202: the breaker's one trial call
        if (refused.status == 503) CHECK_FALSE(refused.header("Retry-After").empty());
        CHECK(std::chrono::steady_clock::now() - before < 5s);
    }
    everything_but_ordering_works(client, buyer);

    payment.proxy.give_back();
    CHECK(eventually(30s, [&] { return buyer.buy(client).status == 201; }));
    // Subscribers come back when the pause they had reached is over.
    CHECK(eventually(60s, [&] { return at(client.get("/health"), "status") == "ok"; }));
    all_is_settled(server);
}

TEST_CASE_ON_BOTH("a module whose database is away at the start joins when it comes", "[away]") {
    PaymentElsewhere payment(true);
    const RunningServer server(dialect, payment.flags());
    HttpClient client = server.gateway();
    const Buyer buyer(server);
    CHECK(client.get("/api/payments", buyer.customer.headers()).status == 503);
    // 202 is the breaker's one trial call: such an order is begun, and settled when the database is there.
    CHECK(eventually(10s, [&] { return buyer.buy(client).status == 503; }));
    everything_but_ordering_works(client, buyer);

    payment.proxy.give_back();
    CHECK(eventually(60s, [&] { return at(client.get("/health"), "status") == "ok"; }));
    CHECK(eventually(10s, [&] { return buyer.buy(client).status == 201; }));
    all_is_settled(server);
}

TEST_CASE("with every database away the store is down and says when to ask again", "[away][postgresql]") {
    const PostgresqlPlace place;
    TcpProxy proxy("127.0.0.1", port_of(place.url()));
    auto flags = quick_flags();
    flags.push_back("--database.url=" + with_port(place.url(), proxy.port()));
    flags.push_back("--database.pool=2");
    flags.push_back("--breaker.reset=1s");
    const RunningServer server(db::Dialect::sqlite, flags);
    HttpClient client = server.gateway();
    CHECK(at(client.get("/health"), "status") == "ok");
    proxy.take_away();
    HttpResponse health;
    CHECK(eventually(30s, [&] { return (health = client.get("/health")).status == 503; }));
    CHECK(at(health, "status") == "down");
    CHECK(health.header("Retry-After") == "5");
    CHECK(client.get("/health/live").status == 200);
    proxy.give_back();
    CHECK(eventually(60s, [&] { return at(client.get("/health"), "status") == "ok"; }));
}
