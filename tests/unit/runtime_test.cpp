// The io threads: spawned work is counted, its failures are logged and survived, and waits end where they
// should.
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <log/log.hpp>
#include <runtime/runtime.hpp>

using namespace cloudretail;
using namespace std::chrono_literals;
using runtime::Runtime;

namespace {

/// Log lines are not what these tests look at.
struct Silence {
    Silence() {
        log::capture([](std::string_view) {});
    }
    ~Silence() { log::capture(nullptr); }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
};

Task<int> answer_of(UniqueFunction<void(Then<int>)> start) {
    Task<int> waiting = runtime::await_then<int>(std::move(start));
    co_return co_await std::move(waiting);
}

/// Runs `start` through await_then on an io thread; the promise gets the answer or the exception.
Task<void> report(UniqueFunction<void(Then<int>)> start, std::promise<int>* out,
                  std::thread::id* resumed_on) {
    try {
        const int answer = co_await answer_of(std::move(start));
        *resumed_on = std::this_thread::get_id();
        out->set_value(answer);
    } catch (...) {
        *resumed_on = std::this_thread::get_id();
        out->set_exception(std::current_exception());
    }
}

struct Answer {
    std::future<int> value;
    bool on_io_thread = false;
};

/// `other` is joined before the runtime goes away, as await_then demands.
Answer run_await(UniqueFunction<void(Then<int>)> start, std::thread* other = nullptr) {
    Runtime runtime(1);
    runtime.start();
    std::promise<std::thread::id> io;
    boost::asio::post(runtime.context(0), [&io] { io.set_value(std::this_thread::get_id()); });
    const auto io_thread = io.get_future().get();
    std::promise<int> out;
    std::thread::id resumed_on;
    Answer answer{out.get_future()};
    runtime.spawn(runtime.context(0), "test",
                  [&, s = std::move(start)]() mutable { return report(std::move(s), &out, &resumed_on); });
    runtime.drain(10s);
    runtime.stop();
    if (other) other->join();
    answer.on_io_thread = resumed_on == io_thread;
    return answer;
}

Task<void> throwing() {
    throw std::runtime_error("on purpose");
    co_return;
}

Task<void> sleeping(std::int64_t ms, std::atomic<bool>* ended) {
    co_await runtime::sleep_ms(ms);
    *ended = true;
}

}  // namespace

TEST_CASE("await_then resumes on the io thread with the value another thread gave") {
    std::thread other;
    auto start = [&other](Then<int> then) {
        other = std::thread([t = std::move(then)]() mutable { t(Outcome<int>(42)); });
    };
    auto answer = run_await(start, &other);
    CHECK(answer.value.get() == 42);
    CHECK(answer.on_io_thread);
}

TEST_CASE("await_then takes an answer that is given before start returns") {
    auto answer = run_await([](Then<int> then) { then(Outcome<int>(7)); });
    CHECK(answer.value.get() == 7);
    CHECK(answer.on_io_thread);
}

TEST_CASE("await_then throws the exception it is given") {
    auto answer =
        run_await([](Then<int> then) { then(Outcome<int>(std::make_exception_ptr(Unavailable("away")))); });
    CHECK_THROWS_AS(answer.value.get(), Unavailable);
    CHECK(answer.on_io_thread);
}

TEST_CASE("a task that throws is counted and the loop goes on",
          "[pitfall-detached][pitfall-handler-throws]") {
    const Silence silence;
    Runtime runtime(2);
    runtime.start();
    runtime.spawn(runtime.background(), "bad", [] { return throwing(); });
    boost::asio::post(runtime.context(0), [] { throw std::logic_error("a handler throws"); });
    REQUIRE(runtime.drain(10s));
    std::promise<void> alive;
    boost::asio::post(runtime.context(0), [&alive] { alive.set_value(); });
    CHECK(alive.get_future().wait_for(10s) == std::future_status::ready);
    CHECK(runtime.task_failures() == 2);
    CHECK(runtime.running() == 0);
}

TEST_CASE("drain says whether everything ended in time") {
    Runtime runtime(1);
    std::atomic<bool> ended{false};
    runtime.spawn(runtime.context(0), "sleeper", [&ended] { return sleeping(1, &ended); });
    CHECK(runtime.running() == 1);
    CHECK_FALSE(runtime.drain(0ms));
    runtime.start();
    CHECK(runtime.drain(10s));
    CHECK(ended);
}

TEST_CASE("a runtime can be destroyed while a task is waiting") {
    std::atomic<bool> ended{false};
    {
        Runtime runtime(1);
        runtime.start();
        runtime.spawn(runtime.context(0), "sleeper", [&ended] { return sleeping(3'600'000, &ended); });
    }
    CHECK_FALSE(ended);
}
