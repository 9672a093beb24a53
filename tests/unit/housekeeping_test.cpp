// Probing, sweeping and late migrating, with a module that does nothing itself.
#include <app/housekeeping.hpp>

#include <db/idempotency.hpp>
#include <events/outbox.hpp>
#include <support/test_database.hpp>

using namespace cloudretail;

namespace {

class IdleModule final : public app::Module {
  public:
    explicit IdleModule(db::Database& database) : database_(database) {}
    [[nodiscard]] std::string name() const override { return "order"; }
    [[nodiscard]] db::Database& database() override { return database_; }
    [[nodiscard]] std::vector<gateway::Route> routes() override { return {}; }
    Task<std::vector<app::Violation>> check() override { co_return std::vector<app::Violation>(); }

  private:
    db::Database& database_;
};

/// Runs housekeeping over one database until `done`, at most 20 s.
bool keep_house(app::Parts& parts, metrics::Registry& metrics, const std::function<bool()>& done) {
    runtime::Runtime runtime(1);
    const config::Config config;
    const app::HousekeepingTimes often{std::chrono::milliseconds(1), std::chrono::milliseconds(1),
                                       std::chrono::milliseconds(1)};
    app::Housekeeping housekeeping(parts, runtime, metrics, config, often);
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

app::Parts parts_of(db::Database& database) {
    app::Parts parts;
    parts.push_back(std::make_unique<app::Part>(std::make_unique<IdleModule>(database)));
    return parts;
}

}  // namespace

TEST_CASE_ON_BOTH("rows whose time is over are swept away and counted, the others stay", "[housekeeping]") {
    ManualClock clock;
    test::TestDatabase place(dialect, "order", clock);
    db::Database& database = place.database();
    const auto write = [&](const std::string& scope) {
        database.write_blocking([&scope](db::Tx& tx) {
            (void)db::claim(tx, {scope, "fingerprint"}, scope);
            events::publish(tx, "order.created", scope, "{}");
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
