// Statements over many rows say the same on both databases, whatever the values hold.
#include <db/rows.hpp>
#include <support/test_database.hpp>

using namespace cloudretail;
using namespace cloudretail::db;
using test::TestDatabase;

namespace {

constexpr std::int64_t big = 5'000'000'000;

template <class F>
auto write(TestDatabase& db, F f) {
    return db.database().write_blocking(std::move(f));
}

void make_table(TestDatabase& db) {
    write(db, [](Tx& tx) {
        tx->script("CREATE TABLE things (id TEXT PRIMARY KEY, n BIGINT, filler TEXT UNIQUE)");
        return Unit{};
    });
}

/// "id=n/filler" of each row, by id.
std::string all(TestDatabase& db) {
    const auto rows = db.database().read_blocking([](Session& s) {
        return s.query("tit", "SELECT id, n, filler FROM things ORDER BY id", [](const Row& r) {
            const std::string n = r.is_null(1) ? "null" : std::to_string(r.integer(1));
            return r.text(0) + "=" + n + "/" + r.maybe_text(2).value_or("null");
        });
    });
    std::string text;
    for (const auto& row : rows) text += (text.empty() ? "" : " ") + row;
    return text;
}

Unit insert_three(Tx& tx) {
    Rows rows("id, n, filler", "tit");
    rows.add("a", big, "x");
    rows.add("b", std::nullopt, "y");
    rows.add("c", -1, std::nullopt);
    insert(tx.session(), "things", rows);
    return {};
}

}  // namespace

TEST_CASE_ON_BOTH("rows are inserted with whatever text they hold", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db);
    const std::vector<std::string> texts{
        "",       "NULL", "\"", "\\", "a,b", "{x}", "'; --", "\n\t\r", "\xc3\xa9\xe2\x82\xac",
        "\\\"\\", " ",    ":id"};
    write(db, [&](Tx& tx) {
        Rows rows("id, n, filler", "tit");
        for (std::size_t i = 0; i < texts.size(); ++i)
            rows.add(std::string(1, static_cast<char>('a' + i)), big + static_cast<std::int64_t>(i),
                     texts[i]);
        insert(tx.session(), "things", rows);
        return Unit{};
    });
    const auto read = db.database().read_blocking([](Session& s) {
        return s.query("ti", "SELECT filler, n FROM things ORDER BY id",
                       [](const Row& r) { return std::pair(r.text(0), r.integer(1)); });
    });
    REQUIRE(read.size() == texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i)
        CHECK(read[i] == std::pair(texts[i], big + static_cast<std::int64_t>(i)));
}

TEST_CASE_ON_BOTH("a zero byte in a row is refused, and none of the rows is kept", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db);
    const auto zero = [](Tx& tx) {
        Rows rows("id, filler", "tt");
        rows.add("a", "fine");
        rows.add("b", std::string("x\0y", 3));
        insert(tx.session(), "things", rows);
        return Unit{};
    };
    CHECK_THROWS_WITH(write(db, zero), Catch::Contains("zero byte"));
    CHECK(all(db).empty());
}

TEST_CASE_ON_BOTH("of rows that are new where there is a conflict each is told", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db);
    write(db, insert_three);
    const auto add = [](std::string_view target, std::vector<std::pair<std::string, std::string>> pairs) {
        return [target, pairs](Tx& tx) {
            Rows rows("id, filler", "tt");
            for (const auto& [id, filler] : pairs) rows.add(std::string_view(id), std::string_view(filler));
            return insert_new(tx.session(), "things", target, rows);
        };
    };
    CHECK(write(db, add("(id)", {{"a", "1"}, {"d", "2"}, {"d", "3"}, {"e", "4"}})) ==
          std::vector<bool>{false, true, false, true});
    CHECK(write(db, add("", {{"f", "x"}, {"g", "5"}})) == std::vector<bool>{false, true});
    CHECK_THROWS_AS(write(db, add("(id)", {{"h", "6"}, {"i", "x"}})), ConstraintViolation);
    CHECK(write(db, add("", {})).empty());
    CHECK(all(db) == "a=5000000000/x b=null/y c=-1/null d=null/2 e=null/4 g=null/5");
}

TEST_CASE_ON_BOTH("rows are changed and deleted by their values, and each is told", "[db]") {
    TestDatabase db(dialect, "unit");
    make_table(db);
    write(db, insert_three);
    const auto change = [](Tx& tx) {
        Rows rows("id, more, text", "tit");
        rows.add("a", 1, "new");
        rows.add("none", 1, "new2");
        rows.add("b", 2, std::nullopt);
        return update(tx.session(), "things", "n = COALESCE(n, 0) + {more}, filler = {text}",
                      "id = {id} AND COALESCE(n, 0) + {more} > 0", rows);
    };
    CHECK(write(db, change) == std::vector<bool>{true, false, true});
    CHECK(all(db) == "a=5000000001/new b=2/null c=-1/null");
    const auto remove = [](Tx& tx) {
        Rows rows("n, id", "it");
        rows.add(big, "a");  // another number
        rows.add(2, "b");
        rows.add(-1, "c");
        return erase(tx.session(), "things", "id = {id} AND n = {n}", rows);
    };
    CHECK(write(db, remove) == std::vector<bool>{false, true, true});
    CHECK(all(db) == "a=5000000001/new");
}
