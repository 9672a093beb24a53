// What administrators and housekeeping ask of core's own tables, on both kinds of database.
#include <catch2/catch.hpp>
#include <db/lease.hpp>
#include <events/bus.hpp>
#include <events/outbox.hpp>
#include <events/upkeep.hpp>
#include <saga/inspect.hpp>
#include <support/test_database.hpp>

using namespace cloudretail;

namespace {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

struct Place {
    ManualClock clock;
    test::TestDatabase test_database;
    db::Database& database;

    explicit Place(db::Dialect dialect)
        : test_database(dialect, "alpha", clock), database(test_database.database()) {}
    template <class F>
    auto write(F f) {
        return database.write_blocking(std::move(f));
    }
    template <class F>
    auto read(F f) {
        return database.read_blocking(std::move(f));
    }
    void publish(const std::string& subject) {
        write([&](db::Tx& tx) {
            events::publish(tx, "thing.done", subject, "{}", {});
            return Unit{};
        });
    }
    void park() {
        write([](db::Tx& tx) {
            return tx->exec(
                "INSERT INTO dead_letters (subscription, source, event_id, type, subject, data, event_at, "
                "event_position, error, attempts, parked_at) VALUES ('s', 'alpha', :id, 'thing.done', 'x', "
                "'{}', 1, 1, 'no', 8, :now)",
                make_uuid(), tx.now());
        });
    }
    std::int64_t sweep_names(const std::vector<std::string>& names) {
        return write([&](db::Tx& tx) { return events::sweep_subscriptions(tx, names, 10 * hour_ms); });
    }
    bool hold(const std::string& owner) {
        return write([&](db::Tx& tx) { return db::hold_lease(tx, "sweep", owner, 1'000); });
    }
    void begin_saga(const std::string& id, const std::string& type, const std::string& state,
                    std::int64_t deadline_in_ms) {
        write([&](db::Tx& tx) {
            return tx->exec(
                "INSERT INTO sagas (id, type, data, state, reason, attempts, deadline_at, created_at, "
                "updated_at) VALUES (:id, :type, '{}', :state, 'late', 2, :deadline, :now, :now)",
                id, type, state, tx.now().plus_ms(deadline_in_ms), tx.now());
        });
    }
};

std::string id_of(char last) { return std::string("0190f5fe-7c00-7000-8000-00000000000") + last; }

}  // namespace

TEST_CASE_ON_BOTH("the state of an outbox tells what waits, since when, and what is kept", "[events]") {
    Place place(dialect);
    const auto state = [&] { return place.read(events::outbox_state); };
    const bool at_once = events::numbered_when_published(dialect);
    CHECK(state().unpublished == 0);
    CHECK(state().oldest_unpublished_at.ms == 0);
    CHECK(state().kept == 0);
    place.publish("a");
    const Timestamp first = place.clock.now();
    place.clock.advance_ms(5);
    place.publish("b");
    CHECK(state().unpublished == (at_once ? 0 : 2));
    CHECK(state().oldest_unpublished_at == (at_once ? Timestamp{} : first));
    place.write([](db::Tx& tx) { return events::number_unpublished(tx, 10); });
    place.publish("c");
    place.park();
    CHECK(state().unpublished == (at_once ? 0 : 1));
    CHECK(state().kept == (at_once ? 3 : 2));
    CHECK(state().dead_letters == 1);

    const auto latest = place.read([](db::Session& s) { return events::latest_events(s, 2, highest); });
    REQUIRE(latest.size() == 2);
    CHECK(latest[0].subject == "c");
    CHECK(latest[0].position.has_value() == at_once);
    CHECK(latest[1].subject == "b");
    CHECK(latest[1].position == 2);
    const auto rest = place.read([&](db::Session& s) { return events::latest_events(s, 2, latest[1].id); });
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].subject == "a");
    CHECK(place.read(events::count_events) == 3);
}

TEST_CASE_ON_BOTH(
    "dead letters are listed newest first, discarded one at a time, and swept when they are old",
    "[events]") {
    Place place(dialect);
    place.park();
    place.clock.advance_ms(hour_ms);
    place.park();
    place.park();
    const auto all = place.read([](db::Session& s) { return events::dead_letters(s, 10); });
    REQUIRE(all.size() == 3);
    CHECK(all[0].id > all[1].id);
    const auto older = place.read([&](db::Session& s) { return events::dead_letters(s, 10, all[1].id); });
    REQUIRE(older.size() == 1);
    CHECK(older[0].id == all[2].id);

    const auto discard = [&](db::Tx& tx) { return events::discard_dead_letter(tx, all[0].id); };
    CHECK(place.write(discard)->id == all[0].id);
    CHECK_FALSE(place.write(discard).has_value());
    place.clock.advance_ms(1);
    const auto sweep = [](db::Tx& tx) { return events::sweep_dead_letters(tx, hour_ms, 10); };
    CHECK(place.write(sweep) == 1);
    CHECK(place.write(sweep) == 0);
    CHECK(place.read([](db::Session& s) { return events::dead_letters(s, 10); }).front().id == all[1].id);
}

TEST_CASE_ON_BOTH("the cursor of a subscription that nobody has any more goes after the retention, no other",
                  "[events]") {
    Place place(dialect);
    place.write([](db::Tx& tx) {
        return tx->exec(
            "INSERT INTO subscriptions (name, source, position) VALUES ('kept', 'a', 7), ('gone', 'a', 7)");
    });
    CHECK(place.sweep_names({"kept"}) == 0);  // from before there was a note of it: begins now
    place.clock.advance_ms(9 * hour_ms);
    CHECK(place.sweep_names({"kept"}) == 0);
    place.clock.advance_ms(hour_ms + 1);
    CHECK(place.sweep_names({"kept"}) == 1);
    CHECK(place.test_database.beside("SELECT name FROM subscriptions") == "kept");
    place.clock.advance_ms(20 * hour_ms);
    CHECK(place.sweep_names({"kept"}) == 0);
}

TEST_CASE_ON_BOTH("a lease is its holder's until it runs out, and renewed by the holder alone", "[db]") {
    Place place(dialect);
    CHECK(place.hold("one"));
    CHECK_FALSE(place.hold("two"));
    place.clock.advance_ms(900);
    CHECK(place.hold("one"));
    place.clock.advance_ms(900);
    CHECK_FALSE(place.hold("two"));
    place.clock.advance_ms(101);
    CHECK(place.hold("two"));
    CHECK_FALSE(place.hold("one"));
}

TEST_CASE_ON_BOTH("unfinished sagas are listed newest first, by type and state, and counted", "[saga]") {
    Place place(dialect);
    place.begin_saga(id_of('1'), "checkout", "running", 1'000);
    place.begin_saga(id_of('2'), "refund", "pending", 1'000);
    place.begin_saga(id_of('3'), "checkout", "compensating", -1'000);
    place.begin_saga(id_of('4'), "checkout", "running", -1'000);
    const auto ids = [&](const saga::Filter& filter, const std::string& before, int limit) {
        std::string text;
        for (const auto& saga :
             place.read([&](db::Session& s) { return saga::list(s, filter, before, limit); }))
            text += saga.id.to_string().back();
        return text;
    };
    CHECK(ids({}, "", 10) == "4321");
    CHECK(ids({}, "", 2) == "43");
    CHECK(ids({}, id_of('3'), 10) == "21");
    CHECK(ids({.type = "checkout"}, "", 10) == "431");
    CHECK(ids({.type = "checkout", .state = "running"}, "", 10) == "41");
    CHECK(place.read([](db::Session& s) { return saga::count(s, {.type = {}, .state = "pending"}); }) == 1);
    const Timestamp now = place.clock.now();
    const auto counts = place.read([now](db::Session& s) { return saga::counts(s, now); });
    CHECK(counts.running == 2);
    CHECK(counts.pending == 1);
    CHECK(counts.compensating == 1);
    CHECK(counts.overdue == 2);
    const auto newest = place.read([](db::Session& s) { return saga::list(s, {}, "", 1); });
    CHECK(newest.at(0).type == "checkout");
    CHECK(newest.at(0).reason == "late");
    CHECK(newest.at(0).attempts == 2);
    CHECK(newest.at(0).deadline == now.plus_ms(-1'000));
}
