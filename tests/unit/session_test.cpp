// Session: values, rows, statements and errors, on both databases.
#include <support/test_database.hpp>

using namespace cloudretail;
using namespace cloudretail::db;
using test::TestDatabase;

namespace {

constexpr std::int64_t big = 5'000'000'000;  // does not fit 32 bits

void make_table(Database& database) {
    database.write_blocking([](Tx& tx) {
        tx->script(
            "CREATE TABLE things (id TEXT PRIMARY KEY, n BIGINT, email TEXT UNIQUE, "
            "CONSTRAINT n_not_negative CHECK (n >= 0)); CREATE TABLE others (n BIGINT)");
        return Unit{};
    });
}

std::int64_t insert(Database& database, std::string id, std::optional<std::int64_t> n,
                    std::optional<std::string> email) {
    return database.write_blocking([&](Tx& tx) {
        return tx->exec("INSERT INTO things (id, n, email) VALUES (:id, :n, :email)", id, n, email);
    });
}

}  // namespace

TEST_CASE_ON_BOTH("a session keeps numbers beyond 32 bits, text and NULLs as they are",
                  "[db][pitfall-soci-32-bit]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    const std::string text = "Größe 'x' \"y\" %_\\ 漢字 😀";
    REQUIRE(insert(db.database(), text, big, std::nullopt) == 1);
    REQUIRE(insert(db.database(), "max", INT64_MAX, "") == 1);
    REQUIRE(insert(db.database(), "none", std::nullopt, text) == 1);
    const auto rows = db.database().read_blocking([](Session& s) {
        return s.query("tit", "SELECT id, n, email FROM things ORDER BY n DESC NULLS LAST", [](const Row& r) {
            return std::tuple(r.text(0), r.maybe_integer(1), r.maybe_text(2));
        });
    });
    REQUIRE(rows.size() == 3);
    CHECK(rows[0] == std::tuple("max", std::optional(INT64_MAX), std::optional<std::string>("")));
    CHECK(rows[1] == std::tuple(text, std::optional(big), std::optional<std::string>()));
    CHECK(rows[2] == std::tuple("none", std::optional<std::int64_t>(), std::optional<std::string>(text)));
}

TEST_CASE_ON_BOTH("sums, counts and generated ids beyond 32 bits are not cut", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    insert(db.database(), "a", big, std::nullopt);
    insert(db.database(), "b", big, std::nullopt);
    const bool sqlite = dialect == Dialect::sqlite;
    const std::int64_t id = db.database().write_blocking([&](Tx& tx) {
        tx->script(sqlite ? "INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', 6000000000)"
                          : "ALTER TABLE outbox ALTER COLUMN id RESTART WITH 6000000001");
        return tx
            ->query_one(
                "i",
                "INSERT INTO outbox (event_id, type, subject, data, created_at) "
                "VALUES (:e, 't', 's', '{}', :at) RETURNING id",
                [](const Row& r) { return r.integer(0); }, "e", tx.now())
            .value();
    });
    CHECK(id == 6'000'000'001);
    const auto read = db.database().read_blocking([](Session& s) {
        return std::pair(s.number("SELECT SUM(n) FROM things"), s.number("SELECT MAX(id) FROM outbox"));
    });
    CHECK(read == std::pair(2 * big, std::int64_t{6'000'000'001}));
}

TEST_CASE_ON_BOTH("a name that appears twice takes one argument", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    insert(db.database(), "a", 1, "b");
    const auto found = db.database().read_blocking([](Session& s) {
        return s.number("SELECT count(*) FROM things WHERE (id = :x OR email = :x) AND n < :n AND n >= 0",
                        "b", big);
    });
    CHECK(found == 1);
}

TEST_CASE_ON_BOTH("a parameter may be NULL in one call and a value in the next", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    for (int i = 0; i < 4; ++i) {
        const bool first = i % 2 == 0;
        insert(db.database(), "id" + std::to_string(i), first ? std::nullopt : std::optional(big + i),
               first ? std::optional<std::string>("e" + std::to_string(i)) : std::nullopt);
    }
    const auto nulls = db.database().read_blocking([](Session& s) {
        return std::pair(s.number("SELECT count(*) FROM things WHERE n IS NULL AND email IS NOT NULL"),
                         s.number("SELECT count(*) FROM things WHERE n > :n AND email IS NULL", big));
    });
    CHECK(nulls == std::pair<std::int64_t, std::int64_t>(2, 2));
}

TEST_CASE_ON_BOTH("no row is nothing, and NULL or another type read as a value is refused", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    insert(db.database(), "a", std::nullopt, std::nullopt);
    auto& database = db.database();
    const auto none = database.read_blocking([](Session& s) {
        return s.query_one(
            "i", "SELECT n FROM things WHERE id = :id", [](const Row& r) { return r.integer(0); }, "zz");
    });
    CHECK_FALSE(none.has_value());
    CHECK(database.read_blocking(
              [](Session& s) { return s.number("SELECT n FROM things WHERE id = 'zz'"); }) == 0);
    const auto reading = [&](Columns columns, auto map) {
        return database.read_blocking(
            [&](Session& s) { return s.query(columns, "SELECT n, id FROM things", map); });
    };
    CHECK_THROWS_AS(reading("it", [](const Row& r) { return r.integer(0); }), std::logic_error);
    CHECK_THROWS_AS(reading("it", [](const Row& r) { return r.integer(1); }), std::logic_error);
    CHECK_THROWS_AS(reading("it", [](const Row& r) { return r.text(2); }), std::logic_error);
    CHECK_THROWS_AS(reading("i", [](const Row& r) { return r.is_null(0); }), std::logic_error);
    CHECK(reading("it", [](const Row& r) { return r.text(1); }).at(0) == "a");
}

TEST_CASE_ON_BOTH("a wrong number of arguments is refused", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    const auto count = [](Session& s, auto... args) {
        return s.number("SELECT count(*) FROM things WHERE id = :a AND n = :b", args...);
    };
    CHECK_THROWS_AS(db.database().read_blocking([&](Session& s) { return count(s, "x"); }), std::logic_error);
    CHECK_THROWS_AS(db.database().read_blocking([&](Session& s) { return count(s, "x", 1, 2); }),
                    std::logic_error);
    CHECK(db.database().read_blocking([&](Session& s) { return count(s, "x", 1); }) == 0);
}

TEST_CASE_ON_BOTH("text with a zero byte is refused rather than cut", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    CHECK_THROWS_AS(insert(db.database(), std::string("a\0b", 3), 1, std::nullopt), std::runtime_error);
    CHECK(db.beside("SELECT count(*) FROM things") == "0");
}

TEST_CASE_ON_BOTH("exec answers the rows it changed", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    for (const char* id : {"a", "b", "c"}) insert(db.database(), id, 1, std::nullopt);
    const auto changed = db.database().write_blocking([](Tx& tx) {
        std::vector<std::int64_t> out;
        out.push_back(tx->exec("UPDATE things SET n = 2 WHERE id <> :id", "a"));
        out.push_back(tx->exec("UPDATE things SET n = 2 WHERE id = :id", "zz"));
        out.push_back(tx->exec("INSERT INTO things (id) VALUES ('a') ON CONFLICT (id) DO NOTHING"));
        out.push_back(tx->exec("DELETE FROM things"));
        out.push_back(tx->exec("DELETE FROM things"));
        return out;
    });
    CHECK(changed == std::vector<std::int64_t>{2, 0, 0, 3, 0});
}

TEST_CASE_ON_BOTH("violations name their constraint and no values", "[db][pitfall-unique-violation]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    insert(db.database(), "a", 1, "a@example.com");
    std::string unique, check;
    try {
        insert(db.database(), "b", 1, "a@example.com");
    } catch (const ConstraintViolation& violation) {
        unique = violation.what();
        CHECK(violation.mentions("email"));
    }
    try {
        insert(db.database(), "c", -1, "c@example.com");
    } catch (const ConstraintViolation& violation) {
        check = violation.what();
        CHECK(violation.mentions("n_not_negative"));
    }
    CHECK_FALSE(unique.empty());
    CHECK_FALSE(check.empty());
    CHECK((unique + check).find("example.com") == std::string::npos);
    CHECK(db.beside("SELECT count(*) FROM things") == "1");
}

TEST_CASE_ON_BOTH("IN lists of any length find what they should", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    db.database().write_blocking([](Tx& tx) {
        for (int i = 0; i < 700; ++i)
            tx->exec("INSERT INTO things (id, n) VALUES (:id, :n)", std::to_string(i), i);
        return Unit{};
    });
    for (const int length : {0, 1, 2, 3, 5, 64, 65, 300, 700}) {
        std::vector<Bind> list;
        for (int i = 0; i < length; ++i) list.emplace_back(std::to_string(i));
        const auto found = db.database().read_blocking([&](Session& s) {
            const Bind before[] = {Bind(350)};
            return s.query_in(
                "t", "SELECT id FROM things WHERE n < :n AND id IN ({})", list,
                [](const Row& r) { return r.text(0); }, before);
        });
        CHECK(found.size() == static_cast<std::size_t>(std::min(length, 350)));
    }
}

TEST_CASE_ON_BOTH("a statement is at rest again after an exception in its loop, and may be nested", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    for (const char* id : {"a", "b", "c"}) insert(db.database(), id, 1, std::nullopt);
    const auto visited = db.database().read_blocking([](Session& s) {
        static constexpr auto sql = "SELECT id FROM things ORDER BY id";
        try {
            s.query("t", sql, [](const Row&) -> int { throw std::domain_error("enough"); });
        } catch (const std::domain_error&) {
            s.number("SELECT 1");
        }
        std::string all;
        s.query("t", sql, [&](const Row& outer) {
            for (const auto& inner : s.query("t", sql, [](const Row& r) { return r.text(0); })) {
                all += outer.text(0) + inner + " ";
            }
            return 0;
        });
        return all;
    });
    CHECK(visited == "aa ab ac ba bb bc ca cb cc ");
    // An unreset SQLite statement would hold its read transaction: the table could not be dropped.
    db.database().write_blocking([](Tx& tx) {
        tx->script("DROP TABLE things");
        return Unit{};
    });
}

TEST_CASE_ON_BOTH("more statements than the cache holds work", "[db]") {
    TestDatabase db(dialect, "unit");
    const auto sum = db.database().read_blocking([](Session& s) {
        std::int64_t total = 0;
        for (int round = 0; round < 2; ++round) {
            for (int i = 0; i < 400; ++i)
                total += s.number("SELECT CAST(:n AS BIGINT) + " + std::to_string(i), big);
        }
        return total;
    });
    CHECK(sum == 2 * (400 * big + 399 * 400 / 2));
}

TEST_CASE_ON_BOTH("a reader cannot write", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db.database());
    const auto write = [](Session& s) { return s.exec("INSERT INTO others (n) VALUES (:n)", 1); };
    CHECK_THROWS_AS(db.database().read_blocking(write), std::runtime_error);
    CHECK(db.beside("SELECT count(*) FROM others") == "0");
    CHECK(db.database().statistics().breaker == "closed");
}

TEST_CASE_ON_BOTH("a read that takes too long ends as Unavailable", "[db]") {
    TestDatabase db(dialect, "unit", system_clock(), [](Settings& s) { s.statement_timeout_ms = 200; });
    const auto endless = [](Session& s) {
        return s.number(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) "
            "SELECT count(*) FROM n");
    };
    CHECK_THROWS_AS(db.database().read_blocking(endless), Unavailable);
    CHECK(db.database().read_blocking([](Session& s) { return s.number("SELECT 1"); }) == 1);
}
