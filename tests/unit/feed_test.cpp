// Events as callers read them: the journal's cursors, and streams that catch up, go live, and end. On both
// kinds of database, with real relays.
#include <events/feed.hpp>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "bus_world.hpp"

using namespace cloudretail;
using namespace cloudretail::bus_test;
using events::Feed;
using events::FeedPart;
using events::FeedSettings;
using events::Positions;

namespace {

using Stream = std::shared_ptr<Feed::Stream>;

Caller caller(Role role, UserId id = UserId::make()) {
    Caller c;
    c.id = id;
    c.role = role;
    return c;
}

/// The world with a journal and a feed over its two modules.
struct Station {
    World world;
    events::Journal journal;
    std::atomic<bool> good{true};
    std::unique_ptr<Feed> feed;
    std::unique_ptr<Bus> bus;
    const Caller ann = caller(Role::customer), bob = caller(Role::vendor), admin = caller(Role::admin);
    int published = 0;

    explicit Station(db::Dialect dialect, FeedSettings settings = {}) : world(dialect) {
        journal.add_source("alpha", world.alpha);
        journal.add_source("beta", world.beta);
        settings.look_ms = 2;
        settings.read_at_once = 7;
        settings.still_good = [this](const Caller&) { return good.load(); };
        feed = std::make_unique<Feed>(world.runtime, journal, settings);
        bus = std::make_unique<Bus>(world.runtime, World::quick());
        bus->add_source("alpha", world.alpha);
        bus->add_source("beta", world.beta);
        bus->watch([this](const std::string& module, std::int64_t head) { feed->advance(module, head); });
        for (db::Database* database : {&world.alpha, &world.beta})
            database->write_blocking([](db::Tx&) { return Unit{}; });
        feed->start();
        bus->start();
        REQUIRE(bus->settle(patience));
    }
    ~Station() {
        feed->stop();
        world.end(std::move(bus));
        feed.reset();
    }

    /// One event of each audience's; its data is a number that grows.
    void publish(db::Database& database, const std::vector<events::Audience>& audiences,
                 const std::string& subject = "s") {
        database.write_blocking([&](db::Tx& tx) {
            int number = published;
            for (const auto& audience : audiences)
                events::publish(tx, "alpha.done", subject, R"({"n":)" + std::to_string(number++) + "}",
                                audience);
            return Unit{};
        });
        published += static_cast<int>(audiences.size());
    }
    Stream open(const Caller& who, std::optional<Positions> after = {}, const std::string& types = "") {
        auto filter = events::TypeFilter::parse(types).value();
        return feed->open(who, std::move(filter), std::move(after), false).value();
    }
    std::optional<FeedPart> next(const Stream& stream) { return world.run(stream->next()); }
    /// The next part that has events.
    std::optional<FeedPart> told(const Stream& stream) {
        for (;;) {
            auto part = next(stream);
            if (!part || part->reset || !part->entries.empty()) return part;
        }
    }
};

std::string data_of(const FeedPart& part) {
    std::string all;
    for (const auto& entry : part.entries) all += entry.event.data;
    return all;
}

}  // namespace

TEST_CASE_ON_BOTH("a stream tells what its caller may see from now on, an administrator's everything",
                  "[events]") {
    Station s(dialect);
    s.publish(s.world.alpha, {s.ann.id});
    REQUIRE(s.bus->settle(patience));
    const Stream ann = s.open(s.ann), bob = s.open(s.bob), admin = s.open(s.admin);
    s.publish(s.world.alpha,
              {s.ann.id, s.bob.id, events::Audience(s.bob.id).add(s.ann.id), events::Audience()});
    std::string heard_by_ann, heard_by_bob, heard_by_admin;
    while (heard_by_ann.size() < 14) heard_by_ann += data_of(*s.told(ann));
    while (heard_by_bob.size() < 14) heard_by_bob += data_of(*s.told(bob));
    while (heard_by_admin.size() < 28) heard_by_admin += data_of(*s.told(admin));
    CHECK(heard_by_ann == R"({"n":1}{"n":3})");
    CHECK(heard_by_bob == R"({"n":2}{"n":3})");
    CHECK(heard_by_admin == R"({"n":1}{"n":2}{"n":3}{"n":4})");
    CHECK(s.feed->statistics().open == 3);
    CHECK(s.feed->statistics().sent == 8);
}

TEST_CASE_ON_BOTH("1 000 events reach a client that leaves 20 times: each once, each subject's in order",
                  "[events]") {
    Station s(dialect);
    constexpr int total = 1'000;
    const Stream first = s.open(s.ann);
    Positions after = s.next(first)->next;  // what a stream says at once
    std::jthread publisher([&s] {
        for (int i = 0; i < total; i += 5) {
            db::Database& database = i % 2 == 0 ? s.world.alpha : s.world.beta;
            s.publish(database, {s.ann.id, s.bob.id, s.ann.id, events::Audience(s.bob.id).add(s.ann.id), {}},
                      (i % 2 == 0 ? "alpha " : "beta ") + std::to_string(i % 7));
        }
    });
    std::mt19937 random(7);
    std::set<std::string> seen;
    std::map<std::string, int> last;
    for (int visit = 0; visit <= 20; ++visit) {
        const Stream stream = s.open(s.ann, after);
        std::size_t patience_of_it = visit == 20 ? total : random() % 60;
        while (patience_of_it > 0 && seen.size() < total * 3 / 5) {
            const auto part = s.told(stream);
            REQUIRE(part);
            REQUIRE_FALSE(part->reset);
            for (std::size_t i = 0; i < part->entries.size() && patience_of_it > 0; ++i, --patience_of_it) {
                const Event& event = part->entries[i].event;
                CHECK(may_see(s.ann, event));
                CHECK(seen.insert(event.id.to_string()).second);
                const int number = std::stoi(event.data.substr(5));
                int& before = last.try_emplace(event.subject, -1).first->second;
                CHECK(before < number);
                before = number;
                after = part->cursors[i];
            }
        }
    }
    CHECK(seen.size() == total * 3 / 5);
}

TEST_CASE_ON_BOTH("a cursor that is older than what is kept begins with a reset, and from now on",
                  "[events]") {
    Station s(dialect);
    s.publish(s.world.alpha, {s.ann.id});
    REQUIRE(s.bus->settle(patience));
    s.world.alpha.write_blocking([](db::Tx& tx) { return events::sweep(tx, -60'000); });
    const Stream stream = s.open(s.ann, Positions{0, 0});
    const auto part = s.told(stream);
    REQUIRE(part);
    CHECK(part->reset);
    CHECK(part->entries.empty());
    CHECK(part->next == Positions{1, 0});
    s.publish(s.world.alpha, {s.ann.id});
    CHECK(data_of(*s.told(stream)) == R"({"n":1})");
}

TEST_CASE_ON_BOTH("a cursor from the future, as of another database, begins with a reset", "[events]") {
    Station s(dialect);
    const Stream stream = s.open(s.ann, Positions{5, 0});
    CHECK(s.told(stream)->reset);
}

TEST_CASE_ON_BOTH("a heartbeat says how far a stream is, though nothing was for its caller", "[events]") {
    FeedSettings settings;
    settings.heartbeat_ms = 1;
    Station s(dialect, settings);
    const Stream stream = s.open(s.ann);
    s.publish(s.world.alpha, {s.bob.id, s.bob.id});
    REQUIRE(s.bus->settle(patience));
    std::optional<FeedPart> part;
    do part = s.next(stream);
    while (part && part->entries.empty() && part->next != Positions{2, 0});
    REQUIRE(part);
    CHECK(part->entries.empty());
    s.world.alpha.write_blocking([](db::Tx& tx) { return events::sweep(tx, -60'000); });
    s.publish(s.world.alpha, {s.ann.id});
    const Stream later = s.open(s.ann, part->next);
    CHECK(data_of(*s.told(later)) == R"({"n":2})");
}

TEST_CASE_ON_BOTH("a stream that is too slow is ended, and goes on by its cursor without a gap", "[events]") {
    FeedSettings settings;
    settings.queue = 10;
    Station s(dialect, settings);
    const Stream slow = s.open(s.ann);
    const Positions begin = s.next(slow)->next;
    s.publish(s.world.alpha, std::vector<events::Audience>(30, s.ann.id));
    const auto end = std::chrono::steady_clock::now() + patience;
    while (s.feed->statistics().dropped == 0 && std::chrono::steady_clock::now() < end)
        std::this_thread::yield();
    CHECK(s.feed->statistics().dropped == 1);
    CHECK_FALSE(s.next(slow).has_value());
    const Stream again = s.open(s.ann, begin);
    std::size_t heard = 0;
    while (heard < 30) heard += s.told(again)->entries.size();
    CHECK(heard == 30);
}

TEST_CASE_ON_BOTH("a stream hears only the types it asks for, also when it catches up", "[events]") {
    Station s(dialect);
    const Stream begin = s.open(s.ann);
    const Positions after = s.next(begin)->next;
    s.publish(s.world.alpha, {s.ann.id});
    s.world.alpha.write_blocking([&](db::Tx& tx) {
        events::publish(tx, "gamma.done", "s", R"({"other":1})", s.ann.id);
        return Unit{};
    });
    CHECK(data_of(*s.told(s.open(s.ann, after, "gamma.*"))) == R"({"other":1})");
    CHECK(data_of(*s.told(s.open(s.ann, after, "alpha.done"))) == R"({"n":0})");
}

TEST_CASE_ON_BOTH("streams are bounded, of one caller and of all, and their places free again", "[events]") {
    FeedSettings settings;
    settings.streams = 3;
    settings.streams_of_one = 2;
    Station s(dialect, settings);
    Stream one = s.open(s.ann);
    const Stream two = s.open(s.ann);
    CHECK(s.feed->open(s.ann, {}, {}, false).error().is(events::errors::too_many_streams));
    const Stream three = s.open(s.bob);
    CHECK(s.feed->open(s.admin, {}, {}, false).error().is(errors::overloaded));
    one.reset();
    CHECK(s.feed->open(s.admin, {}, {}, false).has_value());
    CHECK(s.feed->open(s.ann, {}, {}, false).has_value());
}

TEST_CASE_ON_BOTH("a stream ends when its caller may no longer listen", "[events]") {
    Station s(dialect);
    const Stream stream = s.open(s.ann);
    CHECK(s.next(stream).has_value());
    s.good = false;
    CHECK_FALSE(s.told(stream).has_value());
}

TEST_CASE_ON_BOTH("the journal is read on by its cursor, in parts of any size, without gap or repetition",
                  "[events]") {
    Station s(dialect);
    for (int i = 0; i < 20; ++i)
        s.publish(i % 3 == 0 ? s.world.beta : s.world.alpha, {s.ann.id, s.bob.id, s.ann.id});
    REQUIRE(s.bus->settle(patience));
    for (const int limit : {1, 7, 100}) {
        Positions after{-1, -1};
        std::set<std::string> seen;
        for (bool more = true; more;) {
            auto part = s.world.run(s.journal.read(s.ann, after, {}, limit));
            REQUIRE(part);
            CHECK(part->entries.size() <= static_cast<std::size_t>(limit));
            for (const auto& entry : part->entries) CHECK(seen.insert(entry.event.id.to_string()).second);
            after = part->next;
            more = part->more;
        }
        CHECK(seen.size() == 40);
        CHECK(after == Positions{39, 21});
    }
    CHECK_FALSE(s.world.run(s.journal.read(s.ann, Positions{40, 0}, {}, 1)).has_value());
}

TEST_CASE_ON_BOTH("a cursor is a text that only the journal reads", "[events]") {
    Station s(dialect);
    for (const Positions& positions :
         {Positions{0, 0}, Positions{12, 345}, Positions{-1, 7}, Positions{-1, -1}})
        CHECK(s.journal.from_text(s.journal.to_text(positions)) == positions);
    for (const char* text : {"", "x", "1;alpha", "1;alpha 1", "1;alpha x;", "1;alpha -1;", "1;gamma 1;",
                             "2;alpha 1;", "1;alpha 99999999999999999999;", "1; 1;", "1;alpha 1;;"})
        CHECK_FALSE(s.journal.from_text(text).has_value());
}

TEST_CASE("a stream hears what another process published and numbered (PostgreSQL)", "[events][postgresql]") {
    Station s(db::Dialect::postgresql);
    db::Database other(s.world.alpha_database.same_place(), system_clock());
    other.open();
    const Stream stream = s.open(s.ann);
    CHECK(s.next(stream).has_value());
    s.publish(other, {s.ann.id});
    other.write_blocking([](db::Tx& tx) { return events::number_unpublished(tx, 10); });
    CHECK(data_of(*s.told(stream)) == R"({"n":0})");
    other.close();
}
