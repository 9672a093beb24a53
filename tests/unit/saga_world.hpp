// What the saga tests share: a world with a real database, an engine and its own threads. Steps follow a
// script and keep a journal; they assert nothing themselves, because they run on other threads. A crash is an
// engine that is destroyed in the middle.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <saga/saga.hpp>
#include <support/test_database.hpp>
#include <thread>
#include <variant>

namespace cloudretail::saga_test {

using namespace std::chrono_literals;
using saga::Definition;
using saga::Done;
using saga::Ending;
using saga::Engine;
using saga::Instance;
using saga::StepResult;

inline constexpr auto patience = 20s;
using Kind = StepResult::Kind;

class AtomicClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override { return {ms.load()}; }
    std::atomic<std::int64_t> ms{1'800'000'000'000};
};

/// What happened, in order; others can wait for an entry.
class Journal {
  public:
    void add(const std::string& entry) {
        const std::lock_guard lock(mutex_);
        entries_.push_back(entry);
        changed_.notify_all();
    }
    bool wait_for(const std::string& entry) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience,
                                 [&] { return std::ranges::find(entries_, entry) != entries_.end(); });
    }
    std::string text() {
        const std::lock_guard lock(mutex_);
        std::string all;
        for (const std::string& entry : entries_) all += (all.empty() ? "" : " ") + entry;
        return all;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> entries_;
};

/// What each call of a step or compensation answers, by name; without an entry: done.
struct Script {
    enum class Special { throws, silent };
    using Answer = std::variant<StepResult, Special>;
    std::mutex mutex;
    std::map<std::string, std::deque<Answer>> answers;
    std::vector<Done> held;  // of silent attempts
    Answer next(const std::string& name) {
        const std::lock_guard lock(mutex);
        auto& left = answers[name];
        if (left.empty()) return StepResult::ok();
        Answer answer = left.front();
        left.pop_front();
        return answer;
    }
    bool holds() {
        const std::lock_guard lock(mutex);
        return !held.empty();
    }
    Done take_held() {
        const std::lock_guard lock(mutex);
        Done done = std::move(held.back());
        held.pop_back();
        return done;
    }
};

inline StepResult retry() { return {Kind::retry, "busy"}; }
inline StepResult unknown() { return {Kind::unknown, "no answer"}; }
inline StepResult failed() { return {Kind::failed, "declined"}; }
inline constexpr auto silent = Script::Special::silent;
inline constexpr auto throws = Script::Special::throws;

struct World {
    AtomicClock clock;
    Journal journal;
    Script script;
    runtime::Runtime runtime{1};
    test::TestDatabase test_database;
    db::Database& database;
    std::unique_ptr<Engine> engine;
    std::int64_t timeout_ms = 10'000;
    bool restore_throws = false;

    explicit World(db::Dialect dialect)
        : test_database(dialect, "alpha", clock, [](db::Settings& s) { s.readers = 1; }),
          database(test_database.database()) {
        runtime.start();
    }
    ~World() {
        if (engine) engine->stop();
        while (!script.held.empty()) script.take_held()(StepResult::ok());
        runtime.drain(patience);
        engine.reset();
        runtime.stop();
    }

    std::function<void(Instance&, Done)> scripted(std::string name) {
        return [this, name](Instance&, Done done) {
            const Script::Answer answer = script.next(name);
            if (std::holds_alternative<StepResult>(answer)) {
                journal.add(name);
                return done(std::get<StepResult>(answer));
            }
            if (std::get<Script::Special>(answer) == throws) {
                journal.add(name);
                throw Unavailable("away");
            }
            {
                const std::lock_guard lock(script.mutex);
                script.held.push_back(std::move(done));
            }
            journal.add(name);
        };
    }
    Definition definition() {
        Definition d;
        d.type = "buy";
        d.database = &database;
        for (const std::string name : {"reserve", "ship", "pay"}) {
            auto undo = name == "ship" ? nullptr : scripted("undo-" + name);
            d.steps.push_back(
                {.name = name, .action = scripted(name), .compensation = undo, .timeout_ms = timeout_ms});
        }
        d.restore = [this](const Instance& instance) -> std::shared_ptr<void> {
            if (restore_throws) throw std::runtime_error("unreadable");
            journal.add("restored:" + instance.data);
            return nullptr;
        };
        d.finish = [this](db::Tx&, Instance& instance, bool completed) {
            journal.add(completed ? "completed" : "compensated:" + instance.reason);
        };
        return d;
    }
    void start(saga::EngineSettings settings = {.first_delay_ms = 1, .max_delay_ms = 2, .scan_ms = 2}) {
        engine = std::make_unique<Engine>(runtime, settings);
        engine->define(definition());
        engine->start();
    }
    /// Destroys the engine in the middle; the row stays as it is, and its lease runs out.
    void crash() {
        engine.reset();
        clock.ms += saga::EngineSettings().lease_ms + 1;
    }
    std::future<Ending> run(std::optional<Uuid> id = std::nullopt) {
        Instance instance;
        instance.id = id.value_or(make_uuid());
        instance.type = "buy";
        instance.data = "{}";
        database.write_blocking([&](db::Tx& tx) {
            engine->begin(tx, instance);
            return Unit{};
        });
        auto promise = std::make_shared<std::promise<Ending>>();
        engine->run(std::move(instance), [promise](Outcome<Ending> told) { promise->set_value(told.get()); });
        return promise->get_future();
    }
    Ending wait(std::future<Ending> told) {
        if (told.wait_for(patience) != std::future_status::ready) throw std::runtime_error("never told");
        return told.get();
    }
    /// After everything that was queued before is committed.
    std::int64_t rows() {
        return database.write_blocking([](db::Tx& tx) { return tx->number("SELECT count(*) FROM sagas"); });
    }
    std::string row(const std::string& column) {
        return database.read_blocking([&](db::Session& s) {
            auto text = [](const db::Row& r) { return r.text(0); };
            return s.query_one("t", "SELECT " + column + " FROM sagas", text).value_or("none");
        });
    }
};

}  // namespace cloudretail::saga_test
