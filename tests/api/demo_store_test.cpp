// The demo store: what is in it, that it is the same each time, and that it never mixes with a real one.
#include <support/server_process.hpp>
#include <support/shop.hpp>

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

const std::vector<std::string> quick{"--auth.password_memory=8MiB", "--auth.password_passes=1",
                                     "--pictures.widths=160"};

bool says(const Ended& ended, const std::string& text) {
    return ended.output.find(text) != std::string::npos;
}

/// Names and prices of all products, by name.
std::string shelf(const ServerProcess& server) {
    HttpClient client = server.gateway();
    std::string all;
    for (int page = 1;; ++page) {
        const auto answer = client.get("/api/products?sort=name&limit=100&page=" + std::to_string(page));
        std::string names;
        for (int i = 0; i < 100; ++i) {
            const std::string item = "items/" + std::to_string(i);
            if (at(answer, item + "/name").empty()) break;
            names += at(answer, item + "/name") + " " + at(answer, item + "/price") + "\n";
        }
        if (names.empty()) return all;
        all += names;
    }
}

}  // namespace

TEST_CASE_ON_BOTH("the demo store has everything a shop has, and is the same each time", "[api]") {
    ServerProcess server(CLOUDRETAIL_BINARY, dialect, quick), twin(CLOUDRETAIL_BINARY, dialect, quick);
    const Ended loaded = server.run({"demo"});
    INFO(loaded.output + loaded.errors);
    REQUIRE(loaded.status == 0);
    CHECK(says(loaded, "demo store loaded: 208 products in 8 categories from 6 vendors"));
    CHECK(says(loaded, "admin@shop.example"));
    const auto count = [&](const std::string& module, const std::string& sql) {
        return std::stoi(server.query(module, "SELECT count(*) FROM " + sql));
    };
    CHECK(count("product", "products WHERE listed = 1") == 208);
    CHECK(count("product", "categories WHERE parent_id IS NOT NULL") == 8);
    CHECK(count("product", "categories WHERE parent_id IS NULL") == 2);
    CHECK(count("product", "products WHERE images <> '[]'") == 208);
    CHECK(count("product", "media") == 208);
    CHECK(count("user", "users WHERE role = 'vendor'") == 6);
    CHECK(count("user", "users WHERE email = 'demo@example.com'") == 0);
    CHECK(count("inventory", "(SELECT DISTINCT warehouse FROM stock) AS w") == 3);
    for (const char* status : {"confirmed", "shipped", "delivered", "cancelled", "failed"}) {
        CAPTURE(status);
        CHECK(count("order", std::string("orders WHERE status = '") + status + "'") > 0);
    }
    for (const char* status : {"authorized", "captured", "partially_refunded", "refunded"}) {
        CAPTURE(status);
        CHECK(count("payment", std::string("payments WHERE status = '") + status + "'") > 0);
    }

    // Beside a running server, too; and what it loads is the same.
    twin.start();
    REQUIRE(twin.run({"demo"}).status == 0);
    server.start();
    CHECK(shelf(server) == shelf(twin));
    const Ended again = server.run({"demo"});
    CHECK(again.status == 0);
    CHECK(says(again, "the demo store is there"));
    CHECK(count("product", "products") == 208);
    const std::string open = "orders WHERE status = 'pending'";
    CHECK(eventually(std::chrono::seconds(30), [&] { return count("order", open) == 0; }));
    const Ended checked = server.run({"check", "--deep"});
    INFO(checked.output);
    CHECK(checked.status == 0);
    const auto logged_in = server.gateway().post("/api/users/login",
                                                 R"({"email":"ada@shop.example","password":"Demo-Shop-26"})");
    CHECK(logged_in.status == 200);
}

TEST_CASE("the demo store is not loaded into a store that sells something", "[api]") {
    ServerProcess server(CLOUDRETAIL_BINARY, db::Dialect::sqlite, quick);
    server.start();
    make_product(server.gateway(), register_account(server.gateway(), "vendor"));
    const Ended refused = server.run({"demo"});
    CHECK(refused.status == 1);
    CHECK(refused.errors.find("is not empty") != std::string::npos);
    const Ended left = server.run({"demo", "--if-empty"});
    CHECK(left.status == 0);
    CHECK(left.output.empty());
    CHECK(server.query("product", "SELECT count(*) FROM products") == "1");
}

TEST_CASE("the demo store is as large as one wishes", "[api]") {
    const ServerProcess server(CLOUDRETAIL_BINARY, db::Dialect::sqlite, quick);
    for (const char* wrong : {"7", "many", "1e3", "-8", "1000000000000"})
        CHECK(server.run({"demo", "--products", wrong}).status == 1);
    REQUIRE(server.run({"demo", "--products", "250"}).status == 0);
    CHECK(server.query("product", "SELECT count(*) FROM products") == "250");
    CHECK(server.query("product", "SELECT count(DISTINCT name) FROM products") == "250");
}
