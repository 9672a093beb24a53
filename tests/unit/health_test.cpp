// What GET /health says for each way a part can be unwell.
#include <app/health.hpp>
#include <support/http_client.hpp>
#include <support/test_database.hpp>

#include "idle_module.hpp"

using namespace cloudretail;
using namespace std::chrono_literals;

namespace {

/// A store of one module whose parts the tests make unwell.
struct Store {
    ManualClock clock;
    test::TestDatabase place;
    test::TemporaryFolder folder;
    runtime::Runtime runtime{1};
    events::Bus bus{runtime, {}};
    saga::Engine sagas{runtime, {}};
    app::Parts parts;
    app::DiskWatch disk;
    app::HealthLimits limits{.events_behind = 10, .disk_free_bytes = 1};

    explicit Store(db::Dialect dialect = db::Dialect::sqlite)
        : place(dialect, "order", clock),
          parts(test::parts_of(place.database())),
          disk(folder.path().string(), 1ms, clock) {
        parts.front()->migrated = true;
    }
    test::IdleModule& module() { return dynamic_cast<test::IdleModule&>(*parts.front()->module); }
    /// Status of the whole and of one part, as the public sees them.
    std::string status(const std::string& part, bool details = false) {
        app::Health health(parts, bus, sagas, disk, limits);
        health.set_ready(true);
        const auto response = health.report(details);
        const auto document = json::Document::parse(response.body).value();
        CHECK(document.root()["status"].text() == health.status());
        return std::to_string(response.status) + " " + std::string(*document.root()["status"].text()) + " " +
               std::string(document.root()["parts"][part]["status"].text().value_or("none"));
    }
};

}  // namespace

TEST_CASE_ON_BOTH("a store whose parts do their work is ok", "[health]") {
    Store store(dialect);
    for (const char* part :
         {"order", "eventBus", "relays", "sagas", "circuitBreakers", "disk", "dataDirectory"}) {
        INFO(part);
        CHECK(store.status(part) == "200 ok ok");
    }
}

TEST_CASE("a store is down when it is not ready or none of its modules works", "[health]") {
    Store store;
    app::Health health(store.parts, store.bus, store.sagas, store.disk, store.limits);
    CHECK(health.report(false).status == 503);
    CHECK(health.status() == "down");
    CHECK(health.readiness().status == 503);
    CHECK(health.liveness().status == 200);
    store.parts.front()->answers = false;
    CHECK(store.status("order") == "503 down down");
}

TEST_CASE("events that wait, sagas past their deadline and what a module says make it degraded", "[health]") {
    Store store;
    store.parts.front()->set_backlog({.outbox = {.unpublished = 11}, .sagas = {}});
    CHECK(store.status("relays") == "200 degraded degraded");
    store.parts.front()->set_backlog({.outbox = {.unpublished = 10}, .sagas = {.overdue = 1}});
    CHECK(store.status("relays") == "200 degraded ok");
    CHECK(store.status("sagas") == "200 degraded degraded");
    store.parts.front()->set_backlog({});
    store.module().said = {{"mail", true, ""}, {"printer", false, "out of paper"}};
    CHECK(store.status("order.mail") == "200 degraded ok");
    CHECK(store.status("order.printer") == "200 degraded degraded");
}

TEST_CASE("a full disk and a data directory that takes nothing make it degraded", "[health]") {
    Store store;
    store.disk.start();
    const auto until = [&](auto condition) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!condition() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    };
    until([&] { return store.disk.state().looked; });
    CHECK(store.disk.state().free_bytes > 0);
    CHECK(store.disk.state().total_bytes >= store.disk.state().free_bytes);
    CHECK(store.status("disk") == "200 ok ok");
    store.limits.disk_free_bytes = std::numeric_limits<std::int64_t>::max();
    CHECK(store.status("disk") == "200 degraded degraded");
    store.limits.disk_free_bytes = 1;
    std::filesystem::remove_all(store.folder.path());
    until([&] { return !store.disk.state().writable; });
    CHECK(store.status("dataDirectory") == "200 degraded degraded");
    CHECK_FALSE(store.disk.job().last_error.empty());
    store.disk.stop();
}

TEST_CASE("details are shown only where they are asked for", "[health]") {
    Store store;
    app::Health health(store.parts, store.bus, store.sagas, store.disk, store.limits);
    health.set_ready(true);
    const std::string open = health.report(false).body, full = health.report(true).body;
    for (const char* word :
         {"writeQueue", "freeBytes", "unpublished", "order database", "version", "sqlite"}) {
        INFO(word);
        CHECK(open.find(word) == std::string::npos);
        CHECK(full.find(word) != std::string::npos);
    }
}
