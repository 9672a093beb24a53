// The bounded cache: what it keeps, what it forgets, and that an invalidation beats a slow reader.
#include <atomic>
#include <cache/cache.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <thread>

using namespace cloudretail;

namespace {
using Strings = cache::Cache<int, std::shared_ptr<const std::string>>;

std::shared_ptr<const std::string> text(const std::string& s) {
    return std::make_shared<const std::string>(s);
}
}  // namespace

TEST_CASE("cache: a value that was put is found until it is erased", "[cache]") {
    ManualClock clock;
    Strings strings({100, 100'000}, clock);
    auto miss = strings.find(1);
    CHECK_FALSE(miss.value);
    CHECK(strings.put(1, text("one"), 3, miss.ticket));
    REQUIRE(strings.find(1).value);
    CHECK(**strings.find(1).value == "one");
    strings.erase(1);
    CHECK_FALSE(strings.find(1).value);
    const auto statistics = strings.statistics();
    CHECK(statistics.hits == 2);
    CHECK(statistics.misses == 2);
    CHECK(statistics.entries == 0);
    CHECK(statistics.bytes == 0);
}

TEST_CASE("cache: what was read before an erase or a clear is not kept", "[cache]") {
    ManualClock clock;
    Strings strings({100, 100'000}, clock);
    const auto before_erase = strings.find(1).ticket;
    strings.erase(1);
    CHECK_FALSE(strings.put(1, text("old"), 3, before_erase));
    const auto before_clear = strings.find(1).ticket;
    strings.clear();
    CHECK_FALSE(strings.put(1, text("old"), 3, before_clear));
    CHECK_FALSE(strings.find(1).value);
    CHECK(strings.put(1, text("new"), 3, strings.find(1).ticket));
}

TEST_CASE("cache: a clear forgets everything", "[cache]") {
    ManualClock clock;
    Strings strings({100, 100'000}, clock);
    for (int i = 0; i < 50; ++i) strings.put(i, text("x"), 1, strings.find(i).ticket);
    strings.clear();
    for (int i = 0; i < 50; ++i) CHECK_FALSE(strings.find(i).value);
    CHECK(strings.statistics().bytes == 0);
}

TEST_CASE("cache: putting a key again replaces its value", "[cache]") {
    ManualClock clock;
    Strings strings({100, 100'000}, clock);
    strings.put(1, text("one"), 3, strings.find(1).ticket);
    strings.put(1, text("uno"), 3, strings.find(1).ticket);
    CHECK(**strings.find(1).value == "uno");
    CHECK(strings.statistics().entries == 1);
}

TEST_CASE("cache: neither the number of entries nor their bytes go past the limits", "[cache]") {
    ManualClock clock;
    Strings by_number({160, 100'000'000}, clock);
    for (int i = 0; i < 10'000; ++i) by_number.put(i, text("x"), 1, by_number.find(i).ticket);
    CHECK(by_number.statistics().entries <= 160 + 16);
    Strings by_bytes({1'000'000, 160'000}, clock);
    for (int i = 0; i < 10'000; ++i) by_bytes.put(i, text("x"), 1'000, by_bytes.find(i).ticket);
    CHECK(by_bytes.statistics().bytes <= 160'016);
    CHECK(by_bytes.statistics().entries > 0);
    CHECK_FALSE(by_bytes.put(1, text("larger than a shard"), 100'000, by_bytes.find(1).ticket));
}

TEST_CASE("cache: what was used last stays longest", "[cache]") {
    ManualClock clock;
    Strings strings({160, 100'000'000}, clock);
    strings.put(-1, text("kept"), 1, strings.find(-1).ticket);
    for (int i = 0; i < 10'000; ++i) {
        strings.put(i, text("x"), 1, strings.find(i).ticket);
        REQUIRE(strings.find(-1).value);
    }
}

TEST_CASE("cache: a value is gone when it is older than the limit", "[cache]") {
    ManualClock clock;
    Strings strings({100, 100'000, 1'000}, clock);
    strings.put(1, text("one"), 3, strings.find(1).ticket);
    clock.advance_ms(999);
    CHECK(strings.find(1).value);
    clock.advance_ms(1);
    CHECK_FALSE(strings.find(1).value);
}

TEST_CASE("cache: readers beside a writer never find what the writer has replaced", "[cache]") {
    ManualClock clock;
    cache::Cache<int, int> numbers({100, 100'000}, clock);
    std::atomic<int> truth{0};
    std::atomic<int> announced{0};
    std::atomic<bool> stale{false};
    std::thread reader([&] {
        while (announced.load() < 20'000) {
            const int at_least = announced.load();
            auto found = numbers.find(7);
            int value = 0;
            if (found.value) {
                value = *found.value;
            } else {
                value = truth.load();
                numbers.put(7, value, 4, found.ticket);
            }
            if (value < at_least) stale = true;
        }
    });
    for (int i = 1; i <= 20'000; ++i) {
        truth = i;
        numbers.erase(7);
        announced = i;
    }
    reader.join();
    CHECK_FALSE(stale.load());
}
