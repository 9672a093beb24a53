// The webhook module as the application sees it: the contract, subscriptions through the bus, sweeps, checks,
// and configurations that are refused.
#include <webhook/module.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <embedded/openapi_fragments.hpp>
#include <gateway/openapi.hpp>
#include <set>
#include <support/test_database.hpp>
#include "event_types.hpp"

namespace cloudretail::webhook {

namespace {

/// The module built from a configuration, on the place of a test database.
struct House {
    explicit House(db::Dialect dialect, const std::map<std::string, std::string>& keys = {})
        : place(dialect, "webhook", clock) {
        place.database().close();
        config.set("server.data_dir", folder.path().string());
        config.set("webhook.database_url", place.same_place().url);
        for (const auto& [key, value] : keys) config.set(key, value);
        module = std::make_unique<WebhookModule>(
            app::Environment{config, clock, runtime, bus, sagas, metrics, persons});
        module->database().open();
        db::migrate(module->database());
    }
    ~House() { module->database().close(); }

    ManualClock clock;
    test::TemporaryFolder folder;
    test::TestDatabase place;
    config::Config config;
    runtime::Runtime runtime{1};
    events::Bus bus{runtime, {}};
    saga::Engine sagas{runtime, {}};
    metrics::Registry metrics;
    app::Persons persons;
    std::unique_ptr<WebhookModule> module;
};

}  // namespace

TEST_CASE_ON_BOTH("the webhook module's routes are those of its contract", "[webhook]") {
    House house(dialect);
    const gateway::OpenApi contract(embedded::openapi_fragments());
    const auto routes = house.module->routes();
    std::size_t mine = 0;
    for (const auto& operation : contract.operations()) {
        if (operation.path.find("/webhook") == std::string::npos) continue;
        if (operation.path.starts_with("/api/payments/")) continue;  // what the provider tells us
        ++mine;
        INFO(operation.operation_id);
        bool found = false;
        for (const auto& route : routes)
            found |= route.operation_id == operation.operation_id && route.method == operation.method &&
                     route.path == operation.path && route.access == operation.access &&
                     (route.idempotency != nullptr) == operation.idempotency_key;
        CHECK(found);
    }
    CHECK(mine == routes.size());
}

TEST_CASE("the document names every event type that a webhook can ask for", "[webhook]") {
    std::string document;
    for (const EmbeddedFile& file : embedded::openapi_fragments())
        if (file.path == "webhook.json") document = file.content;
    std::size_t types = 0;
    for (const Source& source : sources()) {
        for (const std::string& type : source.types) {
            CAPTURE(type);
            ++types;
            CHECK(type.starts_with(source.module + "."));
            CHECK(document.find("`" + type + "`") != std::string::npos);
        }
    }
    CHECK(types == 21);
}

TEST_CASE_ON_BOTH("every table of the module that grows is swept", "[webhook]") {
    House house(dialect);
    std::set<std::string> tables;
    for (const auto& sweep : house.module->sweeps()) {
        tables.insert(sweep.table);
        CHECK(house.module->database().write_blocking([&](db::Tx& tx) { return sweep.run(tx, 10); }) == 0);
    }
    CHECK(tables == std::set<std::string>{"deliveries", "messages", "secrets"});
}

TEST_CASE("a configuration that cannot be meant stops the start", "[webhook]") {
    const std::vector<std::pair<std::string, std::string>> wrong{{"webhook.ports", "443,http"},
                                                                 {"webhook.ports", "0"},
                                                                 {"webhook.ports", "65536"},
                                                                 {"webhook.ports", ""},
                                                                 {"webhook.ports", "-1"},
                                                                 {"webhook.allow_private", "10.0.0.0/40"},
                                                                 {"webhook.allow_private", "intranet"},
                                                                 {"webhook.ca_file", "no/such/file.pem"}};
    for (const auto& [key, value] : wrong) {
        CAPTURE(key, value);
        CHECK_THROWS_AS(House(db::Dialect::sqlite, {{key, value}}), config::ConfigError);
    }
    CHECK_NOTHROW(
        House(db::Dialect::sqlite, {{"webhook.ports", "*"}, {"webhook.allow_private", "10.0.0.0/8,::1"}}));
}

TEST_CASE_ON_BOTH("a fresh module has no violations, and a delivery without its message is one",
                  "[webhook]") {
    House house(dialect);
    house.runtime.start();
    const auto check = [&] {
        return boost::asio::co_spawn(house.runtime.context(0), house.module->check(), boost::asio::use_future)
            .get();
    };
    CHECK(check().empty());
    house.place.beside(
        "INSERT INTO deliveries (id, webhook_id, message_id, message_form, type, state, round_at, next_at, "
        "created_at) VALUES ('d', 'w', 'm', 0, 't', 'pending', 0, 0, 0)");
    const auto found = check();
    REQUIRE(found.size() == 1);
    CHECK(found[0].rule == "a delivery has its webhook and its message");
    house.runtime.stop();
}

}  // namespace cloudretail::webhook
