// Probing, sweeping and late migrating, with a module that does nothing itself.
#include <app/housekeeping.hpp>

#include <db/idempotency.hpp>
#include <db/lease.hpp>
#include <events/outbox.hpp>
#include <support/test_database.hpp>

#include "idle_module.hpp"

using namespace cloudretail;
using test::IdleModule;
using test::parts_of;

namespace {

/// Runs housekeeping over one database until `done`, at most 20 s.
bool keep_house(app::Parts& parts, metrics::Registry& metrics, const std::function<bool()>& done,
                const std::function<void(events::Bus&)>& subscribe = {}) {
    runtime::Runtime runtime(1);
    const config::Config config;
    const app::HousekeepingTimes often{std::chrono::milliseconds(1), std::chrono::milliseconds(1),
                                       std::chrono::milliseconds(1)};
    events::Bus bus(runtime, {});
    if (subscribe) subscribe(bus);
    app::Housekeeping housekeeping(parts, runtime, bus, metrics, config, often);
    runtime.start();
    housekeeping.start();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    const bool good = done();
    housekeeping.stop();
    CHECK(runtime.drain(std::chrono::seconds(5)));
    runtime.stop();
    return good;
}

}  // namespace

TEST_CASE_ON_BOTH("rows whose time is over are swept away and counted, the others stay", "[housekeeping]") {
    ManualClock clock;
    test::TestDatabase place(dialect, "order", clock);
    db::Database& database = place.database();
    const auto write = [&](const std::string& scope) {
        database.write_blocking([&scope](db::Tx& tx) {
            (void)db::claim(tx, {scope, "fingerprint"}, scope);
            events::publish(tx, "order.created", scope, "{}", {});
            events::number_unpublished(tx, 10);
            return Unit{};
        });
    };
    write("old");
    clock.advance_ms(std::int64_t{8} * 24 * 3600 * 1000);
    write("new");
    metrics::Registry metrics;
    auto parts = parts_of(database);
    parts.front()->migrated = true;
    const auto swept = [&metrics](const char* table) {
        const std::string line =
            std::string(R"(cloudretail_swept_rows_total{module="order",table=")") + table + "\"} 1\n";
        return metrics.render().find(line) != std::string::npos;
    };
    CHECK(keep_house(parts, metrics, [&] { return swept("idempotency") && swept("outbox"); }));
    const auto count = [&](const char* sql) {
        return database.read_blocking([sql](db::Session& session) { return session.number(sql); });
    };
    CHECK(count("SELECT count(*) FROM idempotency") == 1);
    CHECK(count("SELECT count(*) FROM outbox") == 1);
}

TEST_CASE_ON_BOTH("a module that was not migrated at the start is migrated later", "[housekeeping]") {
    test::TestDatabase place(dialect, "order");
    metrics::Registry metrics;
    auto parts = parts_of(place.database());
    CHECK_FALSE(parts.front()->usable());
    CHECK(keep_house(parts, metrics, [&] { return parts.front()->usable(); }));
}

TEST_CASE_ON_BOTH(
    "a module's own sweeps are driven until nothing is due, and one that throws keeps no other from it",
    "[housekeeping]") {
    test::TestDatabase place(dialect, "order");
    metrics::Registry metrics;
    auto parts = parts_of(place.database());
    parts.front()->migrated = true;
    auto& module = dynamic_cast<IdleModule&>(*parts.front()->module);
    std::atomic<int> due{2'500};
    module.swept = {
        {"broken", [](db::Tx&, int) -> std::int64_t { throw std::runtime_error("no such table"); }},
        {"baskets", [&due](db::Tx&, int limit) -> std::int64_t {
             const int some = std::min(due.load(), limit);
             due -= some;
             return some;
         }}};
    CHECK(keep_house(parts, metrics, [&] { return due == 0; }));
    const std::string text = metrics.render();
    CHECK(text.find(R"(cloudretail_swept_rows_total{module="order",table="baskets"} 2500)") !=
          std::string::npos);
    CHECK(text.find(R"(cloudretail_swept_rows_total{module="order",table="broken"} 0)") != std::string::npos);
    for (const char* table : {"idempotency", "outbox", "dead_letters", "audit", "subscriptions"}) {
        INFO(table);
        CHECK(text.find(std::string("table=\"") + table + "\"}") != std::string::npos);
    }
}

TEST_CASE_ON_BOTH("while another process has the lease nothing is swept", "[housekeeping]") {
    test::TestDatabase place(dialect, "order");
    place.database().write_blocking(
        [](db::Tx& tx) { return db::hold_lease(tx, "sweep", "another process", 60'000); });
    metrics::Registry metrics;
    auto parts = parts_of(place.database());
    parts.front()->migrated = true;
    std::atomic<int> visits{0};
    dynamic_cast<IdleModule&>(*parts.front()->module).swept = {
        {"baskets", [&visits](db::Tx&, int) -> std::int64_t {
             ++visits;
             return 0;
         }}};
    const auto jobs = [&] { return place.database().statistics().jobs; };
    const std::int64_t before = jobs();
    CHECK(keep_house(parts, metrics, [&] { return jobs() > before; }));  // it asked for the lease
    CHECK(visits == 0);
}

TEST_CASE_ON_BOTH("a probe notes what waits in a module's database", "[housekeeping]") {
    test::TestDatabase place(dialect, "order");
    place.database().write_blocking([](db::Tx& tx) {
        events::publish(tx, "order.created", "a", "{}", {});
        return Unit{};
    });
    metrics::Registry metrics;
    auto parts = parts_of(place.database());
    parts.front()->migrated = true;
    CHECK(keep_house(parts, metrics, [&] {
        const auto outbox = parts.front()->backlog().outbox;
        return (events::numbered_when_published(dialect) ? outbox.kept : outbox.unpublished) == 1;
    }));
}

TEST_CASE_ON_BOTH("an event that a subscription has not read is kept, however old", "[housekeeping]") {
    ManualClock clock;
    test::TestDatabase place(dialect, "order", clock);
    db::Database& database = place.database();
    database.write_blocking([](db::Tx& tx) {
        (void)db::claim(tx, {"scope", "fingerprint"}, "subject");
        events::publish(tx, "order.created", "a", "{}", {});
        events::number_unpublished(tx, 10);
        return Unit{};
    });
    clock.advance_ms(std::int64_t{30} * 24 * 3600 * 1000);
    metrics::Registry metrics;
    auto parts = parts_of(database);
    parts.front()->migrated = true;
    const auto rows = [&](const char* sql) {
        return database.read_blocking([sql](db::Session& session) { return session.number(sql); });
    };
    const auto lagging = [&](events::Bus& bus) {
        bus.subscribe({.name = "lagging",
                       .source = "order",
                       .types = {"order.created"},
                       .database = &database,
                       .handler = [](db::Tx&, const events::Event&) {}});
    };
    // A visit is a lease and a write for each table: so many are two visits at least.
    const std::int64_t enough = database.statistics().jobs + 20;
    CHECK(keep_house(
        parts, metrics, [&] { return database.statistics().jobs >= enough; }, lagging));
    CHECK(rows("SELECT count(*) FROM idempotency") == 0);
    CHECK(rows("SELECT count(*) FROM outbox") == 1);
    clock.advance_ms(1'000);  // the lease of the first housekeeping is over
    CHECK(keep_house(parts, metrics, [&] { return rows("SELECT count(*) FROM outbox") == 0; }));
}
