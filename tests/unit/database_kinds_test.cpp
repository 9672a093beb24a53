// Jobs of one kind: done together where they wait together, each told its own, and apart where one of them
// fails. On both databases.
#include <support/cutting_proxy.hpp>
#include <support/test_database.hpp>
#include <support/writes.hpp>

#include <db/kind.hpp>
#include <db/rows.hpp>

using namespace cloudretail;
using namespace cloudretail::db;
using test::Gate;
using test::TestDatabase;

namespace {

constexpr ErrorType refused{"refused", "Refused", ErrorKind::conflict};

/// A thing to be kept: "bad" makes the call throw, "no" is refused.
struct Thing {
    std::string id;
};
using Kept = Result<std::int64_t>;

struct Things {
    explicit Things(Database& d) : database(d) {
        database.write_blocking([](Tx& tx) {
            tx->script("CREATE TABLE things (id TEXT PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0, filler TEXT)");
            return Unit{};
        });
    }
    std::vector<Kept> keep(Tx& tx, std::span<Thing* const> things) {
        sizes.push_back(things.size());
        Rows rows("id", "t");
        std::vector<Kept> kept;
        for (const Thing* thing : things) {
            if (thing->id == "no") {
                kept.emplace_back(Error(refused));
                continue;
            }
            kept.emplace_back(static_cast<std::int64_t>(things.size()));
            rows.add(std::string_view(thing->id));
        }
        insert(tx.session(), "things", rows);
        if (during) during();
        for (const Thing* thing : things)
            if (thing->id == "bad") throw std::runtime_error("a bad thing");
        tx.mark_published();
        return kept;
    }
    void add(std::string id) {
        auto promise = std::make_shared<std::promise<Outcome<Kept>>>();
        told.push_back(promise->get_future());
        kind.write_then(Thing{std::move(id)},
                        Then<Kept>([promise](Outcome<Kept> o) { promise->set_value(std::move(o)); }));
    }
    std::vector<Outcome<Kept>> wait() {
        std::vector<Outcome<Kept>> out;
        for (auto& future : told) out.push_back(future.get());
        told.clear();
        return out;
    }

    Database& database;
    std::function<void()> during{};
    std::vector<std::size_t> sizes{};  // of the calls
    std::vector<std::future<Outcome<Kept>>> told{};
    Kind<Thing, Kept> kind{database, [this](Tx& tx, auto things) { return keep(tx, things); }};
};

auto inserting(std::string id) {
    return [id = std::move(id)](Tx& tx) { return tx->exec("INSERT INTO things (id) VALUES (:id)", id); };
}

std::string ids(TestDatabase& db) {
    const bool sqlite = db.settings().url.starts_with("sqlite:");
    return db.beside(sqlite ? "SELECT group_concat(id) FROM (SELECT id FROM things ORDER BY id)"
                            : "SELECT string_agg(id, ',' ORDER BY id) FROM things");
}

}  // namespace

TEST_CASE_ON_BOTH("jobs of one kind that wait together are one call, beside other jobs", "[db]") {
    TestDatabase db(dialect, "unit");
    Things things(db.database());
    std::atomic<int> heard{0};
    db.database().on_published([&] { ++heard; });
    const auto before = db.database().statistics();
    test::Writes<std::int64_t> others;
    {
        Gate gate(db.database());
        for (int i = 0; i < 3; ++i) {
            things.add("k" + std::to_string(i));
            others.add(db.database(), inserting("s" + std::to_string(i)));
        }
    }
    for (auto& outcome : things.wait()) CHECK(outcome.get().value() == 3);
    for (auto& outcome : others.wait()) CHECK(outcome.get() == 1);
    db.database().close();
    CHECK(things.sizes == std::vector<std::size_t>{3});
    CHECK(heard == 1);
    CHECK(db.database().statistics().commits - before.commits == 2);  // the gate's and the batch's
    db.reopen();
    CHECK(ids(db) == "k0,k1,k2,s0,s1,s2");
}

TEST_CASE_ON_BOTH("a job that is alone of its kind is a call of its own", "[db]") {
    TestDatabase db(dialect, "unit");
    Things things(db.database());
    things.add("a");
    CHECK(things.wait().front().get().value() == 1);
    things.add("no");
    CHECK(things.wait().front().get().error().is(refused));
    things.add("bad");
    CHECK_THROWS_WITH(things.wait().front().get(), Catch::Contains("bad thing"));
    CHECK(ids(db) == "a");
    CHECK(db.database().available());
}

TEST_CASE_ON_BOTH("of jobs of one kind each that is refused is told so, and the others are kept", "[db]") {
    TestDatabase db(dialect, "unit");
    Things things(db.database());
    {
        Gate gate(db.database());
        for (const char* id : {"a", "no", "b", "no"}) things.add(id);
    }
    auto told = things.wait();
    CHECK(told[0].get().value() == 4);
    CHECK(told[1].get().error().is(refused));
    CHECK(told[2].get().value() == 4);
    CHECK(told[3].get().error().is(refused));
    CHECK(things.sizes == std::vector<std::size_t>{4});
    CHECK(ids(db) == "a,b");
}

TEST_CASE_ON_BOTH("a job that throws among its kind fails alone, whatever waits beside it", "[db]") {
    TestDatabase db(dialect, "unit");
    Things things(db.database());
    test::Writes<std::int64_t> others;
    {
        Gate gate(db.database());
        others.add(db.database(), inserting("s"));
        for (const char* id : {"a", "bad", "b", "a"}) things.add(id);  // the last breaks a constraint
        others.add(db.database(), inserting("s"));
    }
    auto told = things.wait();
    CHECK(told[0].get().value() == 1);
    CHECK_THROWS_WITH(told[1].get(), Catch::Contains("bad thing"));
    CHECK(told[2].get().value() == 1);
    CHECK_THROWS_AS(told[3].get(), ConstraintViolation);
    auto other = others.wait();
    CHECK(other[0].get() == 1);
    CHECK_THROWS_AS(other[1].get(), ConstraintViolation);
    CHECK(things.sizes == std::vector<std::size_t>{4, 1, 1, 1, 1});
    CHECK(ids(db) == "a,b,s");
    CHECK(db.database().available());
}

TEST_CASE_ON_BOTH("a group is never larger than a batch, and no more wait than the queue holds", "[db]") {
    TestDatabase db(dialect, "unit", system_clock(), [](Settings& s) {
        s.batch = 4;
        s.write_queue = 10;
    });
    Things things(db.database());
    {
        Gate gate(db.database());
        for (int i = 0; i < 12; ++i) things.add("k" + std::to_string(i));
        for (std::size_t i = 10; i < 12; ++i) CHECK_THROWS_AS(things.told[i].get().get(), Unavailable);
        things.told.resize(10);
    }
    for (auto& outcome : things.wait()) CHECK(outcome.get().has_value());
    CHECK(things.sizes == std::vector<std::size_t>{4, 4, 2});
    things.add("later");  // there is room again
    CHECK(things.wait().front().get().value() == 1);
}

TEST_CASE_ON_BOTH("what one completion throws does not keep the others of its kind from being told", "[db]") {
    TestDatabase db(dialect, "unit");
    Things things(db.database());
    {
        Gate gate(db.database());
        things.kind.write_then({"a"}, Then<Kept>([](Outcome<Kept>) { throw 1; }));
        things.add("b");
    }
    CHECK(things.wait().front().get().value() == 2);
    CHECK(ids(db) == "a,b");
}

TEST_CASE_ON_BOTH("jobs of a kind are refused once the database is closed", "[db]") {
    TestDatabase db(dialect, "unit");
    Things things(db.database());
    db.database().close();
    for (const char* id : {"a", "b"}) things.add(id);
    for (auto& outcome : things.wait()) CHECK_THROWS_AS(outcome.get(), Unavailable);
}

TEST_CASE("where the disk is full jobs of one kind fail, and nobody is told otherwise", "[db][sqlite]") {
    TestDatabase db(Dialect::sqlite, "unit");
    Things things(db.database());
    db.database().write_blocking([](Tx& tx) {
        tx->script("PRAGMA max_page_count = 1");
        return Unit{};
    });
    {
        Gate gate(db.database());
        for (const char* id : {"a", "b"}) things.add(std::string(10'000, 'x') + id);
    }
    for (auto& outcome : things.wait()) CHECK_THROWS_AS(outcome.get(), Unavailable);
    CHECK(db.beside("SELECT count(*) FROM things") == "0");
}

TEST_CASE("jobs of one kind whose connection is ended are repeated, once in effect", "[db][postgresql]") {
    TestDatabase db(Dialect::postgresql, "unit");
    Things things(db.database());
    things.during = [&] {
        if (things.sizes.size() > 1) return;
        db.beside(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'cloudretail unit writer'");
    };
    {
        Gate gate(db.database());
        for (const char* id : {"a", "b", "c"}) things.add(id);
    }
    for (auto& outcome : things.wait()) CHECK(outcome.get().value() == 3);
    CHECK(ids(db) == "a,b,c");
}

TEST_CASE("an unknown commit of jobs of one kind is settled", "[db][postgresql]") {
    for (const auto cut : {test::CuttingProxy::Cut::before_commit, test::CuttingProxy::Cut::after_commit}) {
        std::optional<test::CuttingProxy> proxy;
        TestDatabase db(Dialect::postgresql, "unit", system_clock(), [&](Settings& s) {
            proxy.emplace(s.url);
            s.url = proxy->url(s.url);
        });
        Things things(db.database());
        proxy->arm(cut);
        {
            Gate gate(db.database());
            for (const char* id : {"a", "b", "c"}) things.add(id);
        }
        for (auto& outcome : things.wait()) CHECK(outcome.get().value() == 3);
        CHECK(proxy->fired());
        CHECK(ids(db) == "a,b,c");
    }
}
