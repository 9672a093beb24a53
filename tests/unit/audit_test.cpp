// The audit trail on both kinds of database: what is written, and that a tampered chain shows.
#include <audit/audit.hpp>
#include <support/test_database.hpp>

using namespace cloudretail;

namespace {

struct Trail {
    ManualClock clock;
    test::TestDatabase test_database;
    db::Database& database;

    explicit Trail(db::Dialect dialect)
        : test_database(dialect, "alpha", clock), database(test_database.database()) {}

    void record(const std::string& subject, const std::string& action = "thing.changed") {
        Caller who{UserId::make(), Role::admin};
        who.request_id = "request-1";
        database.write_blocking([&](db::Tx& tx) {
            audit::record(tx, who, action, subject, R"({"to":"b"})");
            return Unit{};
        });
    }
    audit::Verdict verify() { return database.read_blocking(audit::verify); }
    std::vector<audit::Entry> page(std::int64_t before = 0, const std::string& subject = "", int limit = 10) {
        return database.read_blocking([&](db::Session& s) { return audit::page(s, before, subject, limit); });
    }
    std::int64_t sweep(std::int64_t retention_ms, int limit) {
        return database.write_blocking([&](db::Tx& tx) { return audit::sweep(tx, retention_ms, limit); });
    }
};

}  // namespace

TEST_CASE_ON_BOTH("an audit entry keeps who, what, when and the request", "[audit]") {
    Trail trail(dialect);
    trail.record("a", "user.disabled");
    trail.database.write_blocking([](db::Tx& tx) {
        audit::record_system(tx, "index.rebuilt", "b");
        return Unit{};
    });
    const auto entries = trail.page();
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].actor == "system");
    CHECK(entries[0].details == "{}");
    CHECK(entries[1].action == "user.disabled");
    CHECK(entries[1].subject == "a");
    CHECK(entries[1].details == R"({"to":"b"})");
    CHECK(entries[1].request_id == "request-1");
    CHECK(entries[1].at == trail.clock.now());
    CHECK(entries[1].hash.size() == 64);
    CHECK(trail.verify().fault.empty());
    CHECK(trail.verify().entries == 2);
}

TEST_CASE_ON_BOTH("audit entries are paged newest first, all or those of one subject", "[audit]") {
    Trail trail(dialect);
    for (int i = 0; i < 5; ++i) trail.record(i % 2 == 0 ? "even" : "odd");
    CHECK(trail.page(0, "", 2).front().seq == 5);
    CHECK(trail.page(4, "", 2).front().seq == 3);
    CHECK(trail.page(0, "odd").size() == 2);
    CHECK(trail.page(4, "odd").front().seq == 2);
}

TEST_CASE_ON_BOTH("an audit entry that is rolled back leaves the chain whole", "[audit]") {
    Trail trail(dialect);
    trail.record("a");
    auto refused = trail.database.write_blocking([](db::Tx& tx) -> Result<Unit> {
        audit::record_system(tx, "thing.changed", "b");
        return Error(errors::forbidden);
    });
    CHECK_FALSE(refused.has_value());
    trail.record("c");
    CHECK(trail.page().size() == 2);
    CHECK(trail.verify().fault.empty());
}

TEST_CASE_ON_BOTH("any change to the audit trail shows", "[audit]") {
    struct Tampering {
        const char* sql;
        const char* fault;
    };
    const Tampering all[] = {
        {"UPDATE audit SET details = '{\"to\":\"c\"}' WHERE seq = 3", "entry 3 is not what was written"},
        {"UPDATE audit SET actor = 'system' WHERE seq = 1", "entry 1 is not what was written"},
        {"UPDATE audit SET at = at + 1 WHERE seq = 2", "entry 2 is not what was written"},
        {"DELETE FROM audit WHERE seq = 2", "entry 2 is missing"},
        {"DELETE FROM audit WHERE seq = 1", "entry 1 is missing"},
        {"DELETE FROM audit WHERE seq = 5", "the chain ends at entry 4, its head says 5"},
        {"INSERT INTO audit SELECT 6, at, actor, action, subject, details, request_id, hash FROM audit "
         "WHERE seq = 5",
         "entry 6 is not what was written"},
        {"DELETE FROM audit_head", "the head of the chain is missing"},
    };
    for (const Tampering& tampering : all) {
        Trail trail(dialect);
        for (int i = 0; i < 5; ++i) trail.record("a");
        REQUIRE(trail.verify().fault.empty());
        trail.test_database.beside(tampering.sql);
        INFO(tampering.sql);
        CHECK(trail.verify().fault == tampering.fault);
    }
}

TEST_CASE_ON_BOTH("old audit entries are swept oldest first, and the rest is still a whole chain",
                  "[audit]") {
    Trail trail(dialect);
    for (int i = 0; i < 4; ++i) trail.record("a");
    trail.clock.advance_ms(1000);
    trail.record("b");
    CHECK(trail.sweep(2000, 10) == 0);
    CHECK(trail.sweep(500, 3) == 3);
    CHECK(trail.sweep(500, 3) == 1);
    CHECK(trail.sweep(500, 3) == 0);
    CHECK(trail.page().size() == 1);
    CHECK(trail.verify().fault.empty());
    trail.record("c");
    CHECK(trail.verify().entries == 2);
    trail.test_database.beside("DELETE FROM audit WHERE seq = 5");
    CHECK(trail.verify().fault == "entry 5 is missing");
}
