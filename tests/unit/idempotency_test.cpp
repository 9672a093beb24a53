// Idempotency records: claimed once, answered again, by key or by subject, kept as long as told.
#include <base/id.hpp>
#include <db/idempotency.hpp>
#include <support/test_database.hpp>

using namespace cloudretail;
using namespace cloudretail::db;
using test::TestDatabase;

namespace {

constexpr std::int64_t hour_ms = 3'600'000;

IdempotencyKey key(const std::string& scope, const std::string& body = "body") { return {scope, body}; }

Result<std::optional<StoredAnswer>> claiming(TestDatabase& db, const IdempotencyKey& k,
                                             const std::string& subject) {
    return db.database().write_blocking([&](Tx& tx) { return claim(tx, k, subject); });
}

Result<std::optional<StoredAnswer>> looking(TestDatabase& db, const IdempotencyKey& k, const Clock& clock) {
    return db.database().read_blocking([&](Session& s) { return look_up(s, k, clock.now()); });
}

template <class F>
auto writing(TestDatabase& db, F f) {
    return db.database().write_blocking([&](Tx& tx) {
        f(tx);
        return Unit{};
    });
}

const StoredAnswer created{
    .status = 201, .body = "{\"id\":5000000000}", .location = "/api/orders/1", .etag = "\"1\""};

}  // namespace

TEST_CASE_ON_BOTH("a key is claimed once, then the kept answer is given", "[db]") {
    ManualClock clock;
    TestDatabase db(dialect, "unit", clock);
    CHECK_FALSE(looking(db, key("k"), clock).value().has_value());
    CHECK_FALSE(claiming(db, key("k"), "order-1").value().has_value());
    const auto running = claiming(db, key("k"), "order-2").value();
    REQUIRE(running.has_value());
    CHECK(running->status == 0);
    CHECK(running->subject == "order-1");
    writing(db, [](Tx& tx) { keep(tx, key("k"), created); });
    for (const auto& answer :
         {claiming(db, key("k"), "order-3").value(), looking(db, key("k"), clock).value()}) {
        REQUIRE(answer.has_value());
        CHECK(answer->replayed);
        CHECK(answer->status == 201);
        CHECK(answer->body == created.body);
        CHECK(answer->location == created.location);
        CHECK(answer->etag == created.etag);
        CHECK(answer->subject == "order-1");
    }
}

TEST_CASE_ON_BOTH("a key with another body is refused", "[db]") {
    ManualClock clock;
    TestDatabase db(dialect, "unit", clock);
    claiming(db, key("k"), "order-1").value();
    CHECK(claiming(db, key("k", "other"), "order-2").error().is(errors::idempotency_key_reused));
    CHECK(looking(db, key("k", "other"), clock).error().is(errors::idempotency_key_reused));
}

TEST_CASE_ON_BOTH("without a key nothing is kept", "[db]") {
    TestDatabase db(dialect, "unit");
    CHECK_FALSE(claiming(db, {}, "order-1").value().has_value());
    writing(db, [](Tx& tx) { keep(tx, {}, created); });
    CHECK(db.beside("SELECT count(*) FROM idempotency") == "0");
}

TEST_CASE_ON_BOTH("a claim is undone with its transaction", "[db]") {
    TestDatabase db(dialect, "unit");
    const auto failing = [](Tx& tx) -> Result<Unit> {
        claim(tx, key("k"), "order-1").value();
        return Error(errors::validation);
    };
    CHECK(db.database().write_blocking(failing).has_error());
    CHECK_FALSE(claiming(db, key("k"), "order-2").value().has_value());
}

TEST_CASE_ON_BOTH("an answer kept by subject is the first key's, not that of a later act on it", "[db]") {
    ManualClock clock;
    TestDatabase db(dialect, "unit", clock);
    claiming(db, key("place"), "order-1").value();
    clock.advance_ms(1);
    claiming(db, key("cancel"), "order-1").value();
    claiming(db, key("other"), "order-2").value();
    writing(db, [](Tx& tx) {
        keep_for(tx, "order-1", created);
        keep_for(tx, "nobody", created);
    });
    CHECK(looking(db, key("place"), clock).value()->status == 201);
    CHECK(looking(db, key("cancel"), clock).value()->status == 0);
    CHECK(looking(db, key("other"), clock).value()->status == 0);
}

TEST_CASE_ON_BOTH("a key is known for the whole retention, across buckets, and swept after it", "[db]") {
    ManualClock clock;
    TestDatabase db(dialect, "unit", clock);
    claiming(db, key("k"), "order-1").value();
    for (int hour = 0; hour < 24; ++hour) {
        CHECK(looking(db, key("k"), clock).value().has_value());
        CHECK(claiming(db, key("k"), "order-2").value().has_value());
        const auto swept = db.database().write_blocking([](Tx& tx) { return sweep(tx, 24 * hour_ms); });
        CHECK(swept == 0);
        if (hour == 20) writing(db, [](Tx& tx) { keep(tx, key("k"), created); });
        clock.advance_ms(hour_ms);
    }
    CHECK(looking(db, key("k"), clock).value()->status == 201);
    clock.advance_ms(12 * hour_ms);
    CHECK(db.database().write_blocking([](Tx& tx) { return sweep(tx, 24 * hour_ms); }) == 1);
    CHECK_FALSE(claiming(db, key("k"), "order-3").value().has_value());
}

TEST_CASE_ON_BOTH("a key whose time is over is new again before it is swept, also for the same subject",
                  "[db]") {
    ManualClock clock;
    TestDatabase db(dialect, "unit", clock);
    claiming(db, key("k"), "order-1:cancel").value();
    writing(db, [](Tx& tx) { keep(tx, key("k"), created); });
    clock.advance_ms(36 * hour_ms);  // past the last bucket that is looked at
    const auto other_body = claiming(db, key("k", "other"), "order-1:cancel");
    REQUIRE(other_body.has_value());
    CHECK_FALSE(other_body.value().has_value());
    CHECK(looking(db, key("k", "other"), clock).value()->status == 0);
    CHECK(db.beside("SELECT count(*) FROM idempotency") == "1");
}

TEST_CASE_ON_BOTH("sweeping takes at most its limit, and a person's records can be forgotten", "[db]") {
    ManualClock clock;
    TestDatabase db(dialect, "unit", clock);
    for (int i = 0; i < 10; ++i)
        claiming(db, key("k" + std::to_string(i)), "order-" + std::to_string(i % 2)).value();
    CHECK(db.database().write_blocking([](Tx& tx) { return forget(tx, "order-1"); }) == 5);
    clock.advance_ms(48 * hour_ms);
    CHECK(db.database().write_blocking([](Tx& tx) { return sweep(tx, 24 * hour_ms, 3); }) == 3);
    CHECK(db.database().write_blocking([](Tx& tx) { return sweep(tx, 24 * hour_ms, 3); }) == 2);
}
