// UUIDs: text form, version 7, order, repeatability, threads; and the typed ids and roles built beside them.
#include <base/caller.hpp>
#include <base/id.hpp>
#include <catch2/catch.hpp>
#include <set>
#include <thread>
#include <unordered_set>

using namespace cloudretail;

TEST_CASE("a uuid's text is read in either case and written in lower case") {
    const auto id = Uuid::parse("01902D4E-5F6A-7B8C-9D0E-1F2A3B4C5D6E");
    REQUIRE(id);
    CHECK(id->to_string() == "01902d4e-5f6a-7b8c-9d0e-1f2a3b4c5d6e");
    CHECK(Uuid{}.is_nil());
    CHECK(Uuid{}.to_string() == "00000000-0000-0000-0000-000000000000");
}

TEST_CASE("anything but canonical uuid text is refused") {
    for (const char* text :
         {"", "01902d4e", "01902d4e5f6a7b8c9d0e1f2a3b4c5d6e", "{01902d4e-5f6a-7b8c-9d0e-1f2a3b4c5d6e}",
          "01902d4e-5f6a-7b8c-9d0e-1f2a3b4c5d6", "01902d4e-5f6a-7b8c-9d0e-1f2a3b4c5d6e0",
          "01902d4e-5f6a-7b8c-9d0e-1f2a3b4c5d6g", "01902d4e_5f6a-7b8c-9d0e-1f2a3b4c5d6e",
          "-1902d4e-5f6a-7b8c-9d0e-1f2a3b4c5d6e", "01902d4e-5f6a-7b8c-9d0e-1f2a3b4c5d6\xe9"}) {
        INFO(text);
        CHECK_FALSE(Uuid::parse(text));
    }
}

TEST_CASE("made uuids are of version 7 and the RFC's variant, and carry the time") {
    const ManualClock clock({1'800'000'000'123});
    const UuidSeed seed(clock, 1);
    const Uuid id = make_uuid();
    CHECK(id.to_string().substr(0, 13) == "01a3185c-507b");
    CHECK((id.bytes[6] >> 4) == 7);
    CHECK((id.bytes[8] >> 6) == 2);
}

TEST_CASE("uuids strictly increase, within a millisecond and when the clock goes back") {
    ManualClock clock;
    const UuidSeed seed(clock, 7);
    Uuid last = make_uuid();
    int not_greater = 0;
    for (int i = 0; i < 20'000; ++i) {
        if (i == 10'000) clock.advance_ms(-5'000);
        if (i % 1000 == 0) clock.advance_ms(1);
        const Uuid next = make_uuid();
        if (!(last < next)) ++not_greater;
        last = next;
    }
    CHECK(not_greater == 0);
}

TEST_CASE("the same seed and clock make the same uuids") {
    const ManualClock clock;
    const auto some = [&clock] {
        const UuidSeed seed(clock, 99);
        return std::vector<Uuid>{make_uuid(), make_uuid(), make_uuid()};
    };
    CHECK(some() == some());
}

TEST_CASE("threads never make the same uuid") {
    std::vector<std::vector<Uuid>> made(4);
    std::vector<std::thread> threads;
    for (auto& mine : made) {
        threads.emplace_back([&mine] {
            for (int i = 0; i < 5'000; ++i) mine.push_back(make_uuid());
        });
    }
    for (auto& thread : threads) thread.join();
    std::unordered_set<Uuid> all;
    for (const auto& mine : made) {
        all.insert(mine.begin(), mine.end());
        CHECK(std::is_sorted(mine.begin(), mine.end()));
    }
    CHECK(all.size() == 20'000);
}

TEST_CASE("ids of different kinds are different types") {
    STATIC_REQUIRE_FALSE(std::is_convertible_v<OrderId, ProductId>);
    const OrderId id = OrderId::make();
    CHECK(OrderId::parse(id.to_string()) == id);
}

TEST_CASE("roles have names and come back from them") {
    for (const Role role : {Role::anonymous, Role::customer, Role::vendor, Role::admin})
        CHECK(role_from_text(to_text(role)) == role);
    CHECK_FALSE(role_from_text("Admin"));
    CHECK_FALSE(role_from_text(""));
}
