// What the tests of the bus share: two modules' real databases and the bus's own threads. Handlers run on the
// writers' threads, so they assert nothing; the tests look at what they left behind.
#pragma once

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <events/bus.hpp>
#include <events/outbox.hpp>
#include <support/test_database.hpp>

namespace cloudretail::bus_test {

using namespace std::chrono_literals;
using events::Bus;
using events::BusSettings;
using events::Event;

inline constexpr auto patience = 20s;

/// Two modules' databases: alpha publishes, beta listens and notes each effect.
struct World {
    runtime::Runtime runtime{1};
    test::TestDatabase alpha_database, beta_database;
    db::Database &alpha, &beta;

    explicit World(db::Dialect dialect)
        : alpha_database(dialect, "alpha", system_clock(), few_readers),
          beta_database(dialect, "beta", system_clock(), few_readers),
          alpha(alpha_database.database()),
          beta(beta_database.database()) {
        const std::string id =
            dialect == db::Dialect::sqlite ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "BIGSERIAL";
        const std::string table = "CREATE TABLE effects (id " + id + ", who TEXT, what TEXT)";
        for (db::Database* database : {&alpha, &beta}) {
            database->write_blocking([&](db::Tx& tx) {
                tx->script(table);
                return Unit{};
            });
        }
        runtime.start();
    }
    ~World() {
        runtime.drain(patience);
        runtime.stop();
    }
    static void few_readers(db::Settings& settings) { settings.readers = 1; }
    static BusSettings quick() {
        return {.max_attempts = 3,
                .first_delay_ms = 1,
                .max_delay_ms = 2,
                .poll_ms = 2,
                .gather_ms = 0,
                .batch = 7};
    }
    std::unique_ptr<Bus> bus(std::vector<events::Subscription> subscriptions,
                             BusSettings settings = quick()) {
        auto made = std::make_unique<Bus>(runtime, settings);
        made->add_source("alpha", alpha);
        made->add_source("beta", beta);
        for (auto& subscription : subscriptions) made->subscribe(std::move(subscription));
        // Nothing that was published before is still being told of (Bus::start).
        for (db::Database* database : {&alpha, &beta})
            database->write_blocking([](db::Tx&) { return Unit{}; });
        made->start();
        return made;
    }
    /// Stops a bus as an orderly shutdown does; destroying it alone is as near to a crash as one process
    /// gets.
    void end(std::unique_ptr<Bus> bus) {
        bus->stop();
        bus.reset();
        REQUIRE(runtime.drain(patience));
    }
    const UserId audience = UserId::make();  // of all events
    void publish(const std::string& subject, int count = 1, const std::string& type = "alpha.done") {
        alpha.write_blocking([&](db::Tx& tx) {
            for (int i = 0; i < count; ++i) events::publish(tx, type, subject, "{}", audience, "");
            return Unit{};
        });
    }
    std::string effects(const std::string& who) {
        return beta.read_blocking([&](db::Session& s) {
            std::string all;
            auto add = [&](const db::Row& row) { return all += row.text(0); };
            s.query("t", "SELECT what FROM effects WHERE who = :who ORDER BY id", add, who);
            return all;
        });
    }
    std::int64_t count(db::Database& database, const std::string& sql) {
        return database.read_blocking([&](db::Session& s) { return s.number(sql); });
    }
    template <class T>
    T run(Task<T> task) {
        return boost::asio::co_spawn(runtime.background(), std::move(task), boost::asio::use_future).get();
    }
};

inline void note(db::Tx& tx, std::string_view who, std::string_view what) {
    tx->exec("INSERT INTO effects (who, what) VALUES (:who, :what)", who, what);
}

inline events::Handler noting(std::string who) {
    return [who](db::Tx& tx, const Event& event) { note(tx, who, event.subject); };
}

inline events::Subscription to_beta(World& world, std::string name, events::Handler handler) {
    return {.name = std::move(name),
            .source = "alpha",
            .types = {"alpha.done"},
            .database = &world.beta,
            .handler = std::move(handler)};
}

}  // namespace cloudretail::bus_test
