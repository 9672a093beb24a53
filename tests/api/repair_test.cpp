// check --deep --repair and audit verify, on data that somebody has damaged.
#include <support/server_process.hpp>
#include <support/shop.hpp>

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

const std::vector<std::string> quick{"--auth.password_memory=8MiB", "--auth.password_passes=1"};

/// A shop with one order, stopped.
void make_shop(ServerProcess& server) {
    server.start();
    const Account vendor = register_account(server.gateway(), "vendor");
    const Account customer = register_account(server.gateway());
    const std::string product = make_product(server.gateway(), vendor);
    add_stock(server.gateway(), vendor, product, 10);
    HttpClient client = server.gateway();
    REQUIRE(place_order(client, customer, order_body(product, 2)).status == 201);
    REQUIRE(client.get("/api/orders", customer.headers()).status == 200);  // who may see it is written by now
    REQUIRE(server.terminate() == 0);
}

bool says(const Ended& ended, const std::string& text) {
    return ended.output.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE_ON_BOTH("what can be computed anew is repaired, audited, and then every rule holds", "[api]") {
    ServerProcess server(CLOUDRETAIL_BINARY, dialect, quick);
    make_shop(server);
    const Ended idle = server.run({"check", "--deep", "--repair"});
    CHECK(idle.status == 0);
    CHECK(says(idle, "inventory: reserved = sum of the open reservations: nothing to mend"));

    server.change("inventory", "UPDATE stock SET reserved = reserved + 3");
    server.change("order", "DELETE FROM order_parties");
    CHECK(server.run({"check", "--deep"}).status == 1);
    const Ended mended = server.run({"check", "--deep", "--repair"});
    INFO(mended.output + mended.errors);
    CHECK(mended.status == 0);
    CHECK(says(mended, "inventory: reserved = sum of the open reservations: 1 rows mended"));
    CHECK(says(mended, "order: an order's customer and vendors find it: 2 rows mended"));
    CHECK(server.query("inventory", "SELECT reserved FROM stock") == "2");
    CHECK(server.query("inventory", "SELECT count(*) FROM audit WHERE action = 'data.repaired'") == "1");
    CHECK(server.run({"check", "--deep"}).status == 0);
    CHECK(server.run({"check", "--repair"}).status == 2);
}

TEST_CASE_ON_BOTH("what only a person can judge is not repaired", "[api]") {
    ServerProcess server(CLOUDRETAIL_BINARY, dialect, quick);
    make_shop(server);
    server.change("inventory", "UPDATE stock SET quantity = quantity + 1");
    const Ended ended = server.run({"check", "--deep", "--repair"});
    CHECK(ended.status == 1);
    CHECK(says(ended, "stock quantity = sum of its movements"));
}

TEST_CASE_ON_BOTH("a changed, removed or cut audit trail is found", "[api]") {
    ServerProcess server(CLOUDRETAIL_BINARY, dialect, quick);
    REQUIRE(server.run({"migrate"}).status == 0);
    const TemporaryFolder folder;
    for (const char* name : {"1", "2", "3"})
        REQUIRE(server.run({"backup", (folder.path() / name).string()}).status == 0);
    const Ended whole = server.run({"audit", "verify"});
    CHECK(whole.status == 0);
    CHECK(says(whole, "order: 3 entries, whole"));

    const auto broken = [&](const std::string& sql) {
        CAPTURE(sql);
        server.change("order", sql);
        const Ended ended = server.run({"audit", "verify"});
        CHECK(ended.status == 1);
        CHECK(says(ended, "order: "));
        CHECK(says(ended, "broken: "));
        CHECK(says(ended, "user: 3 entries, whole"));
    };
    broken("UPDATE audit SET action = 'backup.xxxxx' WHERE seq = 2");
    server.change("order", "UPDATE audit SET action = 'backup.asked' WHERE seq = 2");
    CHECK(server.run({"audit", "verify"}).status == 0);
    broken("DELETE FROM audit WHERE seq = 3");
    broken("DELETE FROM audit WHERE seq = 1");
}
