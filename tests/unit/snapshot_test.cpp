// Writers held together, and snapshots opened meanwhile: what is in them belongs together, and copying them
// holds nobody up.
#include <db/backup.hpp>

#include <atomic>
#include <filesystem>
#include <support/test_database.hpp>
#include <thread>

using namespace cloudretail;
using namespace std::chrono_literals;
using db::Dialect;
using test::TestDatabase;

namespace {

constexpr const char* table = "CREATE TABLE steps (n BIGINT NOT NULL); INSERT INTO steps (n) VALUES (0)";

std::int64_t step_of(db::Session& session) { return session.number("SELECT n FROM steps"); }

bool take_step(db::Database& database) {
    database.write_blocking([](db::Tx& tx) { return tx->exec("UPDATE steps SET n = n + 1"); });
    return true;
}

/// Takes each step first in one database, then in the other, until the end: as a saga does.
class Walker {
  public:
    Walker(db::Database& first, db::Database& second)
        : thread_([this, &first, &second] {
              while (!over_) {
                  take_step(first);
                  take_step(second);
                  ++steps_;
              }
          }) {}
    ~Walker() {
        over_ = true;
        thread_.join();
    }
    Walker(const Walker&) = delete;
    void wait_for_steps(int more) const {
        for (const int end = steps_ + more; steps_ < end;) std::this_thread::yield();
    }

  private:
    std::atomic<bool> over_{false};
    std::atomic<int> steps_{0};
    std::thread thread_;
};

}  // namespace

TEST_CASE_ON_BOTH("snapshots opened while all writers stand still belong together", "[backup]") {
    TestDatabase one(dialect, "order"), two(dialect, "payment");
    for (TestDatabase* place : {&one, &two})
        place->database().write_blocking([](db::Tx& tx) {
            tx->script(table);
            return true;
        });
    Walker walker(one.database(), two.database());
    for (int i = 0; i < 30; ++i) {
        walker.wait_for_steps(3);
        db::Database* const both[] = {&one.database(), &two.database()};
        db::WriterPause pause(both, 5s);
        // Opened one after the other, with a step's time between them.
        db::Snapshot first(one.settings());
        const std::int64_t standing = two.database().read_blocking(step_of);
        std::this_thread::yield();
        db::Snapshot second(two.settings());
        CHECK(two.database().read_blocking(step_of) == standing);
        CHECK(pause.release());
        walker.wait_for_steps(3);  // they go on, and the snapshots stay as they are
        const std::int64_t ahead = step_of(first.session()) - step_of(second.session());
        CHECK((ahead == 0 || ahead == 1));
    }
}

TEST_CASE_ON_BOTH("a writer that does not come to rest ends the pause for all", "[backup]") {
    TestDatabase one(dialect, "order"), two(dialect, "payment");
    std::atomic<bool> held{false}, let_go{false};
    std::thread busy([&] {
        two.database().write_blocking([&](db::Tx&) {
            held = true;
            while (!let_go) std::this_thread::yield();
            return true;
        });
    });
    while (!held) std::this_thread::yield();
    db::Database* const both[] = {&one.database(), &two.database()};
    CHECK_THROWS_AS(db::WriterPause(both, 50ms), Unavailable);
    // The other one writes again at once.
    CHECK(one.database().write_blocking([](db::Tx&) { return true; }));
    let_go = true;
    busy.join();
}

TEST_CASE_ON_BOTH("a pause that lasted too long says that what was seen may not belong together",
                  "[backup]") {
    TestDatabase one(dialect, "order");
    db::Database* const all[] = {&one.database()};
    db::WriterPause pause(all, 20ms);
    one.database().write_blocking([](db::Tx&) { return true; });  // it went on by itself
    CHECK_FALSE(pause.release());
}

TEST_CASE("a copy of SQLite holds the snapshot, whatever is written while it is made", "[backup]") {
    TestDatabase place(Dialect::sqlite, "order");
    place.database().write_blocking([](db::Tx& tx) {
        tx->script(table);
        return true;
    });
    const test::TemporaryFolder folder;
    const std::string file = (folder.path() / "copy.db").string();
    std::atomic<bool> stopping{false};
    std::int64_t seen = 0;
    {
        db::Snapshot snapshot(place.settings());
        seen = step_of(snapshot.session());
        for (int i = 0; i < 50; ++i) take_step(place.database());
        snapshot.copy_to(file, stopping);
    }
    db::Settings settings = place.same_place();
    settings.url = "sqlite:" + file;
    db::Database copy(settings, system_clock());
    copy.open();
    CHECK(copy.read_blocking(step_of) == seen);
    CHECK(place.database().read_blocking(step_of) == seen + 50);

    stopping = true;
    db::Snapshot again(place.settings());
    CHECK_THROWS_AS(again.copy_to((folder.path() / "late.db").string(), stopping), Unavailable);
}
