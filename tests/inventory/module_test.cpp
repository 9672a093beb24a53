// The two modules wired together, with the bus between them: stock moves, the catalogue shows it.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <embedded/openapi_fragments.hpp>
#include <future>
#include <gateway/openapi.hpp>
#include <gateway/validate.hpp>
#include <inventory/module.hpp>
#include <product/module.hpp>
#include <support/test_database.hpp>

#include <support/result_text.hpp>

using namespace cloudretail;

namespace {

struct Shop {
    explicit Shop(db::Dialect dialect) : place(dialect, "product") {
        config.set("server.data_dir", folder.path().string());
        if (dialect == db::Dialect::postgresql) config.set("database.url", place.same_place().url);
        place.database().close();
        products = std::make_unique<product::ProductModule>(environment);
        inventory = std::make_unique<inventory::InventoryModule>(environment, products->products());
        for (app::Module* module : modules()) {
            module->database().open();
            db::migrate(module->database());
            for (auto& route : module->routes()) table.push_back(route);
        }
        for (app::Module* module : modules()) module->start();
        threads.start();
        bus.start();
    }
    ~Shop() {
        bus.stop();
        for (app::Module* module : modules()) module->stop();
        threads.drain(std::chrono::seconds(5));
        threads.stop();
        inventory.reset();
        products.reset();
    }
    std::array<app::Module*, 2> modules() { return {products.get(), inventory.get()}; }

    template <class T>
    T run(Task<T> task) {
        return boost::asio::co_spawn(threads.context(0), std::move(task), boost::asio::use_future).get();
    }

    Result<http::Response> call(const std::string& operation, const Caller& who, const std::string& body,
                                std::vector<std::string> path_values = {}) {
        const auto route = std::find_if(table.begin(), table.end(),
                                        [&](const auto& r) { return r.operation_id == operation; });
        REQUIRE(route != table.end());
        http::Request request;
        request.method = route->method;
        request.target = request.path = route->path;
        request.body = body;
        auto document = json::Document::parse(body);
        REQUIRE(document);
        gateway::Call c{request, who, "request", "127.0.0.1", std::move(path_values), std::move(*document),
                        {}};
        return run(route->handler(c));
    }
    json::Document get(const std::string& operation, const std::string& id) {
        auto response = call(operation, {}, "{}", {id});
        REQUIRE(response);
        return json::Document::parse(response->content()).value();
    }
    /// What the public sees of a product's availability once all events have arrived.
    std::string availability(const std::string& id) {
        REQUIRE(bus.settle(std::chrono::seconds(20)));
        products->database().write_blocking([](db::Tx&) { return Unit{}; });  // behind the last projection
        return std::string(get("getProduct", id).root()["availability"].text().value_or("?"));
    }
    /// How an operation of inventory::Stock ended.
    static Result<> done(auto start) {
        auto promise = std::make_shared<std::promise<Outcome<Result<>>>>();
        start(Then<Result<>>([promise](Outcome<Result<>> o) { promise->set_value(std::move(o)); }));
        return promise->get_future().get().get();
    }
    Result<> reserve(OrderId order, std::vector<inventory::Line> lines) {
        return done(
            [&](auto then) { inventory->stock().reserve(order, std::move(lines), "", std::move(then)); });
    }
    Result<> release(OrderId order) {
        return done([&](auto then) { inventory->stock().release(order, "", std::move(then)); });
    }

    test::TemporaryFolder folder;
    test::TestDatabase place;
    config::Config config;
    runtime::Runtime threads{2};
    metrics::Registry metrics;
    app::Persons persons;
    events::Bus bus{threads, {}};
    saga::Engine sagas{threads, {}};
    app::Environment environment{config, system_clock(), threads, bus, sagas, metrics, persons};
    std::unique_ptr<product::ProductModule> products;
    std::unique_ptr<inventory::InventoryModule> inventory;
    std::vector<gateway::Route> table;
};

}  // namespace

TEST_CASE_ON_BOTH("module: the demo's product and stock, and what the catalogue shows of it", "[inventory]") {
    Shop shop(dialect);
    Caller vendor;
    vendor.id = UserId::make();
    vendor.role = Role::vendor;
    auto product = shop.call(
        "createProduct", vendor,
        R"({"name":"Laptop","description":"Gaming laptop","price":1299.99,"category":"electronics"})");
    REQUIRE(product);
    CHECK(product->status == 201);
    const std::string id(*json::Document::parse(product->body).value().root()["id"].text());
    CHECK(shop.availability(id) == "out_of_stock");

    auto stock =
        shop.call("addStock", vendor,
                  R"({"productId":")" + id + R"(","quantity":50,"warehouseLocation":"Warehouse A"})");
    REQUIRE(stock);
    CHECK(stock->status == 201);
    CHECK(shop.availability(id) == "in_stock");
    CHECK(shop.get("getStock", id).root()["available"].integer() == 50);

    const ProductId product_id = *ProductId::parse(id);
    const OrderId order = OrderId::make();
    REQUIRE(shop.reserve(order, {{product_id, 45}}));
    CHECK(shop.availability(id) == "low_stock");
    REQUIRE(shop.reserve(OrderId::make(), {{product_id, 5}}));
    CHECK(shop.availability(id) == "out_of_stock");
    REQUIRE(shop.release(order));
    CHECK(shop.availability(id) == "in_stock");

    auto adjusted =
        shop.call("adjustStock", vendor, R"({"warehouseLocation":"Warehouse A","quantity":6})", {id});
    REQUIRE(adjusted);
    CHECK(shop.availability(id) == "low_stock");

    // Shipping leaves what is available as it is; what comes back
    // is available again.
    REQUIRE(shop.call("transferStock", vendor, R"({"from":"Warehouse A","to":"Warehouse B","quantity":1})",
                      {id}));
    CHECK(shop.availability(id) == "low_stock");
    CHECK(shop.get("getStock", id).root()["available"].integer() == 1);
    const OrderId second = OrderId::make();
    REQUIRE(shop.reserve(second, {{product_id, 1}}));
    CHECK(shop.availability(id) == "out_of_stock");
    REQUIRE(shop.done([&](auto then) {
        shop.inventory->stock().ship(second, {product_id}, vendor.id, "", std::move(then));
    }));
    CHECK(shop.availability(id) == "out_of_stock");
    REQUIRE(shop.done([&](auto then) {
        shop.inventory->stock().restock(second, make_uuid(), {{product_id, 1}}, vendor.id, "",
                                        std::move(then));
    }));
    CHECK(shop.availability(id) == "low_stock");
    for (app::Module* module : shop.modules()) CHECK(shop.run(module->check()).empty());

    REQUIRE(shop.call("deleteProduct", vendor, "{}", {id}));
    auto gone = shop.call("getStock", {}, "{}", {id});
    REQUIRE_FALSE(gone);
    CHECK(gone.error().is(errors::not_found));
}

TEST_CASE_ON_BOTH("module: a catalogue that has lost what it was told hears it again", "[inventory]") {
    Shop shop(dialect);
    Caller vendor;
    vendor.id = UserId::make();
    vendor.role = Role::vendor;
    auto product =
        shop.call("createProduct", vendor, R"({"name":"P","description":"D","price":1,"category":"c"})");
    REQUIRE(product);
    const std::string id(*json::Document::parse(product->body).value().root()["id"].text());
    REQUIRE(shop.call("addStock", vendor,
                      R"({"productId":")" + id + R"(","quantity":3,"warehouseLocation":"A"})"));
    CHECK(shop.availability(id) == "low_stock");
    shop.products->database().write_blocking(
        [](db::Tx& tx) { return tx->exec("UPDATE products SET availability = 'in_stock'"); });
    const auto commands = shop.inventory->commands();
    REQUIRE(commands.size() == 1);
    CHECK(commands[0].name == "inventory republish");
    const auto printed = shop.run(commands[0].run({}));
    REQUIRE(printed);
    CHECK(*printed == "told the stock of 1 products again");
    CHECK(shop.availability(id) == "low_stock");
    // The row says so too, not only what is kept in memory.
    CHECK(shop.products->database().read_blocking([](db::Session& s) {
        return s.number("SELECT COUNT(*) FROM products WHERE availability = 'low_stock'");
    }) == 1);
}

TEST_CASE("module: the contract compiles and names the same operations", "[inventory]") {
    Shop shop(db::Dialect::sqlite);
    const gateway::OpenApi document(embedded::openapi_fragments());
    std::vector<gateway::Route> all = shop.inventory->routes();
    for (const auto& operation : document.operations()) {
        CHECK_NOTHROW(gateway::OperationSchema(document, operation));
        if (operation.path.starts_with("/api/inventory")) continue;
        db::Database* const keys = operation.idempotency_key ? &shop.inventory->database() : nullptr;
        all.push_back({operation.method, operation.path, operation.operation_id, operation.access, {}, keys});
    }
    CHECK_NOTHROW(document.check(all));
}
