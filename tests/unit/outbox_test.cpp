// The outbox's SQL on both kinds of database: numbering, reading, sweeping. Not the loops (bus_test.cpp).
#include <atomic>
#include <events/outbox.hpp>
#include <support/test_database.hpp>

using namespace cloudretail;
using events::Event;

namespace {

struct Outbox {
    const UserId owner = UserId::make();
    ManualClock clock;
    test::TestDatabase test_database;
    db::Database& database;

    explicit Outbox(db::Dialect dialect)
        : test_database(dialect, "alpha", clock), database(test_database.database()) {}
    void publish(int count, const std::string& subject = "s") {
        database.write_blocking([&](db::Tx& tx) {
            for (int i = 0; i < count; ++i)
                events::publish(tx, "thing.done", subject, R"({"n":1})", owner, "00-trace");
            return Unit{};
        });
    }
    /// The last position given; where events have theirs from the start, it numbers none and says so.
    std::int64_t number(int limit) {
        const std::int64_t last = number_waiting(limit);
        if (!events::numbered_when_published(database.dialect())) return last;
        CHECK(last == 0);
        return head();
    }
    std::int64_t head() {
        return database.read_blocking(
            [](db::Session& s) { return s.number("SELECT position FROM relay_state WHERE id = 1"); });
    }
    std::int64_t number_waiting(int limit) {
        return database.write_blocking([&](db::Tx& tx) { return events::number_unpublished(tx, limit); });
    }
    std::vector<Event> read(std::int64_t after, int limit = 100) {
        return database.read_blocking([&](db::Session& s) { return events::read_after(s, after, limit); });
    }
    std::int64_t sweep(std::int64_t retention_ms, int limit = 1000) {
        return database.write_blocking([&](db::Tx& tx) { return events::sweep(tx, retention_ms, limit); });
    }
    std::int64_t rows() {
        return database.read_blocking([](db::Session& s) { return s.number("SELECT count(*) FROM outbox"); });
    }
};

}  // namespace

TEST_CASE_ON_BOTH("an event is readable once it has a position, with everything it was published with",
                  "[events]") {
    Outbox outbox(dialect);
    outbox.publish(1, "subject-1");
    CHECK(outbox.read(0).empty() == !events::numbered_when_published(dialect));
    CHECK(outbox.number(10) == 1);
    const auto events = outbox.read(0);
    REQUIRE(events.size() == 1);
    CHECK(events[0].type == "thing.done");
    CHECK(events[0].subject == "subject-1");
    CHECK(events[0].data == R"({"n":1})");
    CHECK(events[0].traceparent == "00-trace");
    CHECK(events[0].audience == outbox.owner.to_string());
    CHECK(events[0].at == outbox.clock.now());
    CHECK(events[0].position == 1);
    CHECK_FALSE(events[0].id.is_nil());
}

TEST_CASE_ON_BOTH("positions are dense, in the order of publishing, over several numberings", "[events]") {
    Outbox outbox(dialect);
    const bool at_once = events::numbered_when_published(dialect);
    outbox.publish(3, "a");
    outbox.publish(2, "b");
    CHECK(outbox.number(2) == (at_once ? 5 : 2));
    CHECK(outbox.number(2) == (at_once ? 5 : 4));
    outbox.publish(1, "c");
    CHECK(outbox.number(2) == 6);
    CHECK(outbox.number_waiting(2) == 0);
    std::string subjects;
    std::int64_t position = 0;
    for (const Event& event : outbox.read(0)) {
        CHECK(event.position == ++position);
        subjects += event.subject;
    }
    CHECK(subjects == "aaabbc");
    CHECK(outbox.read(4, 1).front().position == 5);
    CHECK(outbox.read(6).empty());
}

TEST_CASE_ON_BOTH("an event of a transaction that failed was never published", "[events]") {
    Outbox outbox(dialect);
    auto fails = [](db::Tx& tx) -> Unit {
        events::publish(tx, "thing.done", "s", "{}", {});
        throw std::runtime_error("no");
    };
    CHECK_THROWS_AS(outbox.database.write_blocking(fails), std::runtime_error);
    CHECK(outbox.rows() == 0);
    CHECK(outbox.number(10) == 0);
    outbox.publish(1);  // nor did it use a position up
    CHECK(outbox.number(10) == 1);
}

TEST_CASE("events an earlier version left without a position are numbered before what follows",
          "[events][sqlite]") {
    Outbox outbox(db::Dialect::sqlite);
    outbox.publish(1, "a");
    outbox.database.write_blocking([](db::Tx& tx) {
        tx->exec(
            "INSERT INTO outbox (event_id, type, subject, data, created_at) VALUES (:id, 't', 'b', '{}', 0)",
            make_uuid());
        return Unit{};
    });
    CHECK(outbox.number_waiting(10) == 2);
    outbox.publish(1, "c");
    std::string subjects;
    for (const Event& event : outbox.read(0)) subjects += event.subject;
    CHECK(subjects == "abc");
}

TEST_CASE_ON_BOTH("the database tells its listener of events, after the commit", "[events]") {
    Outbox outbox(dialect);
    std::atomic<int> told{0};
    outbox.database.on_published([&] { ++told; });
    auto nothing = [](db::Tx&) { return Unit{}; };
    outbox.database.write_blocking(nothing);
    outbox.publish(2);
    outbox.database.write_blocking(nothing);  // the listener is told after the caller, on the writer's thread
    CHECK(told == 1);
}

TEST_CASE_ON_BOTH("sweeping removes old published events, oldest first and no more than asked for",
                  "[events]") {
    Outbox outbox(dialect);
    outbox.publish(5);
    outbox.number(10);
    outbox.clock.advance_ms(1000);
    outbox.publish(2);
    outbox.number(10);
    outbox.publish(1);
    CHECK(outbox.sweep(1000) == 0);
    outbox.clock.advance_ms(1);
    CHECK(outbox.sweep(1000, 3) == 3);
    CHECK(outbox.read(0).front().position == 4);
    CHECK(outbox.sweep(1000) == 2);
    outbox.clock.advance_ms(100'000);
    const bool at_once = events::numbered_when_published(dialect);
    CHECK(outbox.sweep(1000) == (at_once ? 3 : 2));
    CHECK(outbox.rows() == (at_once ? 0 : 1));  // without a position it is never old
    CHECK(outbox.number(10) == 8);
}

TEST_CASE_ON_BOTH("sweeping leaves what a subscription has not read yet, however old", "[events]") {
    Outbox outbox(dialect);
    outbox.publish(5);
    outbox.number(10);
    outbox.clock.advance_ms(100'000);
    const auto sweep = [&](std::int64_t read) {
        return outbox.database.write_blocking([&](db::Tx& tx) { return events::sweep(tx, 1000, 10, read); });
    };
    CHECK(sweep(0) == 0);
    CHECK(sweep(2) == 2);
    CHECK(outbox.read(0).front().position == 3);
    CHECK(sweep(5) == 3);
}
