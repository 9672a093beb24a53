// 20 000 events through the outbox, relay and two subscribers of a process that is killed 20 times on the
// way, while one subscriber throws, hangs and recovers: each event has its effect once, and in order. The
// process is a fork of this one, so that only core is in it; the parent keeps no thread and no connection
// while it forks.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <events/bus.hpp>
#include <events/outbox.hpp>
#include <log/log.hpp>
#include <random>
#include <set>
#include <support/test_database.hpp>
#include <thread>

using namespace cloudretail;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t total = 20'000;
constexpr int kills = 20;
constexpr std::int64_t subjects = 97;
constexpr std::int64_t ahead = 3'000;  // how far the publisher runs before the subscriber
constexpr auto patience = 120s;

enum class Mood { well, throwing, hanging };

/// What the processes tell each other, in memory that outlives them.
struct Shared {
    std::atomic<std::int64_t> moody{0}, steady{0};  // events handled, as far as they know
    std::atomic<std::int64_t> throws{0}, hangs{0};
    std::atomic<std::int64_t> lead{0};  // most events that steady was before moody
};

Shared& shared_memory() {
    void* const place =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) throw std::runtime_error("no shared memory");
    return *new (place) Shared;
}

/// One module's database, closed while processes are made.
struct Place {
    test::TestDatabase database;
    explicit Place(db::Dialect dialect, const std::string& module, bool effects)
        : database(dialect, module, system_clock(), [](db::Settings& s) { s.readers = 1; }) {
        const std::string id =
            dialect == db::Dialect::sqlite ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "BIGSERIAL";
        if (effects) {
            database.database().write_blocking([&](db::Tx& tx) {
                tx->script("CREATE TABLE effects (id " + id + ", subject TEXT NOT NULL, n BIGINT NOT NULL)");
                return Unit{};
            });
        }
        database.database().close();
    }
};

std::int64_t number_of(const events::Event& event) {
    return std::stoll(event.data.substr(event.data.find(':') + 1));
}

void note(db::Tx& tx, const events::Event& event) {
    tx->exec("INSERT INTO effects (subject, n) VALUES (:subject, :n)", event.subject, number_of(event));
}

/// The process: publishes what is missing and hands it on, until it is killed or all is done.
class Process {
  public:
    Process(Place& alpha, Place& beta, Place& gamma, Shared& shared, Mood mood)
        : shared_(shared),
          mood_(mood),
          alpha_(alpha.database.same_place(), system_clock()),
          beta_(beta.database.same_place(), system_clock()),
          gamma_(gamma.database.same_place(), system_clock()),
          bus_(runtime_, {.first_delay_ms = 5, .max_delay_ms = 20}) {}

    int run() {
        for (db::Database* database : {&alpha_, &beta_, &gamma_}) database->open();
        runtime_.start();
        bus_.add_source("alpha", alpha_);
        bus_.subscribe(
            subscription("moody", beta_, [this](db::Tx& tx, const events::Event& e) { moody(tx, e); }));
        bus_.subscribe(
            subscription("steady", gamma_, [this](db::Tx& tx, const events::Event& e) { steady(tx, e); }));
        bus_.start();
        publish();
        const bool settled = bus_.settle(patience);
        bus_.stop();
        const bool ended = runtime_.drain(10s);
        return settled && ended ? 0 : 1;
    }

  private:
    static events::Subscription subscription(std::string name, db::Database& database,
                                             events::Handler handler) {
        return {.name = std::move(name),
                .source = "alpha",
                .types = {"thing.done"},
                .database = &database,
                .handler = std::move(handler)};
    }
    void publish() {
        for (;;) {
            const std::int64_t there =
                alpha_.read_blocking([](db::Session& s) { return s.number("SELECT count(*) FROM outbox"); });
            if (there >= total) return;
            if (there > shared_.moody + ahead) {
                std::this_thread::sleep_for(1ms);
                continue;
            }
            alpha_.write_blocking([there](db::Tx& tx) {
                for (std::int64_t n = there; n < std::min(total, there + 200); ++n) {
                    events::publish(tx, "thing.done", "s" + std::to_string(n % subjects),
                                    R"({"n":)" + std::to_string(n) + "}", {});
                }
                return Unit{};
            });
        }
    }
    void moody(db::Tx& tx, const events::Event& event) {
        const std::int64_t n = number_of(event);
        if (mood_ == Mood::throwing && n % 499 == 0 && ++failed_[n] < 4) {
            ++shared_.throws;
            throw std::runtime_error("not in the mood");
        }
        if (mood_ == Mood::hanging && n % 499 == 0 && hung_.insert(n).second) {
            ++shared_.hangs;
            std::this_thread::sleep_for(100ms);  // this is the hanging, not a wait for anybody
        }
        note(tx, event);
        shared_.moody = std::max<std::int64_t>(shared_.moody, n + 1);
    }
    void steady(db::Tx& tx, const events::Event& event) {
        note(tx, event);
        shared_.steady = std::max<std::int64_t>(shared_.steady, number_of(event) + 1);
        shared_.lead = std::max<std::int64_t>(shared_.lead, shared_.steady - shared_.moody);
    }

    Shared& shared_;
    const Mood mood_;
    std::map<std::int64_t, int> failed_;
    std::set<std::int64_t> hung_;
    runtime::Runtime runtime_{1};
    db::Database alpha_, beta_, gamma_;
    events::Bus bus_;
};

/// Forks a process; the child never returns from here.
template <class F>
pid_t in_a_process(F work) {
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("no process");
    if (child > 0) return child;
    int status = 1;
    try {
        status = work();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "the process failed: %s\n", e.what());
    }
    std::_Exit(status);
}

/// Kills the process once moody has handled `until` events, `late` after.
bool kill_at(pid_t child, const Shared& shared, std::int64_t until, std::chrono::microseconds late) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (shared.moody < until && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(200us);
    std::this_thread::sleep_for(late);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) && shared.moody >= until;
}

/// The numbers as they took effect: exactly 0, 1, 2, …: each once, and in order (so in order per subject
/// too).
void check_effects(Place& place) {
    place.database.reopen();
    const auto numbers = place.database.database().read_blocking([](db::Session& s) {
        return s.query("i", "SELECT n FROM effects ORDER BY id",
                       [](const db::Row& row) { return row.integer(0); });
    });
    CHECK(numbers.size() == static_cast<std::size_t>(total));
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i)
        wrong += numbers[i] == static_cast<std::int64_t>(i) ? 0 : 1;
    CHECK(wrong == 0);
    CHECK(place.database.beside("SELECT count(*) FROM dead_letters") == "0");
}

}  // namespace

TEST_CASE_ON_BOTH(
    "20 000 events have their effect once and in order through 20 kills and a subscriber that throws and "
    "hangs",
    "[crash]") {
    log::configure(log::Format::text, log::Level::error);
    const unsigned seed = std::random_device()();
    CAPTURE(seed);
    std::mt19937 random(seed);
    Place alpha(dialect, "alpha", false), beta(dialect, "beta", true), gamma(dialect, "gamma", true);
    Shared& shared = shared_memory();
    for (int round = 0; round < kills; ++round) {
        CAPTURE(round);
        const Mood mood = round % 3 == 0 ? Mood::throwing : round % 3 == 1 ? Mood::hanging : Mood::well;
        const pid_t child = in_a_process([&] { return Process(alpha, beta, gamma, shared, mood).run(); });
        const std::int64_t share = 2 * (total - shared.moody) / (kills - round + 1);
        const std::int64_t some =
            std::uniform_int_distribution<std::int64_t>(1, std::max<std::int64_t>(1, share))(random);
        const std::chrono::microseconds late(std::uniform_int_distribution<int>(0, 3000)(random));
        REQUIRE(kill_at(child, shared, std::min(total - 1, shared.moody + some), late));
    }
    const pid_t last = in_a_process([&] { return Process(alpha, beta, gamma, shared, Mood::well).run(); });
    int status = 0;
    REQUIRE(::waitpid(last, &status, 0) == last);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
    check_effects(beta);
    check_effects(gamma);
    CHECK(shared.throws > 0);
    CHECK(shared.hangs > 0);
    CHECK(shared.lead > 0);  // who was well did not wait for who was not
    WARN(total << " events, " << kills << " kills, thrown " << shared.throws << " times, hung "
               << shared.hangs << " times, at most " << shared.lead << " events between the two subscribers");
}
