// Orders that are begun in one transaction: each is its own, with its own answer.
#include <boost/asio/post.hpp>
#include <support/writes.hpp>

#include "counter.hpp"

namespace cloudretail::order {
namespace {

using Placed = std::future<Result<Answer>>;

/// Places orders while the writer is held, so that all are begun together.
struct Crowd {
    explicit Crowd(Counter& c) : counter(c) {
        counter.place();  // takes a block of order numbers
        gate.emplace(counter.database);
    }
    Placed place(const std::string& key, std::vector<WantedLine> lines, const std::string& token = "") {
        PlaceOrder command;
        command.lines = std::move(lines);
        command.address = {"1 Main St", "London", "", "SW1A", "UK"};
        command.payment_method = "card";
        command.payment_token = token;
        db::IdempotencyKey idempotency;
        if (!key.empty()) idempotency = {key, std::to_string(command.lines.front().quantity)};
        auto placed = boost::asio::co_spawn(counter.threads.context(0),
                                            counter.service->place(counter.customer, command, idempotency),
                                            boost::asio::use_future);
        // The thread is free again when the order waits for the writer.
        boost::asio::post(counter.threads.context(0), boost::asio::use_future([] {})).get();
        return placed;
    }
    void let_in() { gate->open(); }

    Counter& counter;
    std::optional<test::Gate> gate{};
};

std::string orders(Counter& counter, const std::string& status) {
    return counter.test_database.beside("SELECT COUNT(*) FROM orders WHERE status = '" + status + "'");
}

TEST_CASE_ON_BOTH("one idempotency key twice in one transaction makes one order", "[order]") {
    Counter counter(dialect);
    Crowd crowd(counter);
    std::vector<Placed> same;
    for (int i = 0; i < 3; ++i) same.push_back(crowd.place("key", {{counter.a, 2, {}}}));
    auto other_body = crowd.place("key", {{counter.a, 1, {}}});
    auto other_key = crowd.place("other", {{counter.a, 2, {}}});
    auto no_key = crowd.place("", {{counter.a, 2, {}}});
    crowd.let_in();
    auto first = same[0].get();
    REQUIRE(first);
    CHECK(first->status == 201);
    CHECK_FALSE(first->replayed);
    for (std::size_t i = 1; i < same.size(); ++i) {
        // The order of the key, or word that it is on its way.
        auto again = same[i].get();
        if (again) {
            CHECK(again->subject == first->subject);
        } else {
            CHECK(again.error().is(cloudretail::errors::idempotency_in_progress));
        }
    }
    auto reused = other_body.get();
    REQUIRE_FALSE(reused);
    CHECK(reused.error().is(cloudretail::errors::idempotency_key_reused));
    CHECK(other_key.get()->status == 201);
    CHECK(no_key.get()->status == 201);
    CHECK(orders(counter, "confirmed") == "4");  // with the one that was placed before
    CHECK(counter.test_database.beside("SELECT COUNT(*) FROM sagas") == "0");
}

TEST_CASE_ON_BOTH("past so many at the same time orders are sent away at once, and the others are placed",
                  "[order]") {
    Counter counter(dialect);
    Crowd crowd(counter);
    std::vector<Placed> let_in;
    for (int i = 0; i < checkouts; ++i) let_in.push_back(crowd.place("", {{counter.a, 1, {}}}));
    for (int i = 0; i < 2; ++i) {
        auto sent_away = crowd.place("", {{counter.a, 1, {}}});
        REQUIRE(sent_away.wait_for(patience) == std::future_status::ready);
        try {
            sent_away.get();
            CHECK(false);
        } catch (const Unavailable& why) {
            CHECK(why.retry_after_s == 1);
        }
    }
    crowd.let_in();
    for (auto& placed : let_in) CHECK(placed.get()->status == 201);
    CHECK(counter.status(counter.place()) == "confirmed");  // the seats are free again
    CHECK(orders(counter, "confirmed") == std::to_string(checkouts + 2));
}

TEST_CASE_ON_BOTH("orders that are refused among good ones have their own answers", "[order]") {
    Counter counter(dialect);
    const ProductId rare = counter.product(counter.vendor_a.id, 700);
    counter.shelf.sold_out = rare;
    Crowd crowd(counter);
    std::vector<Placed> good, short_of, declined;
    for (int i = 0; i < 4; ++i) {
        const std::string n = std::to_string(i);
        good.push_back(crowd.place("good" + n, {{counter.a, 1, {}}}));
        short_of.push_back(crowd.place("short" + n, {{rare, 1, {}}}));
        declined.push_back(crowd.place("declined" + n, {{counter.a, 1, {}}}, "declined"));
    }
    crowd.let_in();
    for (auto& placed : good) CHECK(placed.get()->status == 201);
    for (auto& placed : short_of) {
        auto answer = placed.get();
        REQUIRE_FALSE(answer);
        CHECK(answer.error().is(inventory::errors::insufficient_stock));
        CHECK(answer.error().members.find("orderId") != std::string::npos);
    }
    for (auto& placed : declined) {
        auto answer = placed.get();
        REQUIRE_FALSE(answer);
        CHECK(answer.error().is(payment::errors::payment_declined));
    }
    CHECK(orders(counter, "confirmed") == "5");
    CHECK(orders(counter, "failed") == "8");
    CHECK(counter.test_database.beside("SELECT COUNT(*) FROM outbox WHERE type = 'order.created'") == "5");
    CHECK(counter.test_database.beside("SELECT COUNT(*) FROM outbox WHERE type = 'order.failed'") == "8");
    // The refusals are kept under their keys, the good end was kept from the beginning.
    CHECK(counter.test_database.beside("SELECT COUNT(*) FROM idempotency WHERE status <> 0") == "8");
}

TEST_CASE_ON_BOTH("an order that cannot be written among good ones fails alone", "[order]") {
    Counter counter(dialect);
    Crowd crowd(counter);
    auto before = crowd.place("a", {{counter.a, 1, {}}});
    auto bad = crowd.place(std::string("b\0b", 3), {{counter.a, 1, {}}});  // no text of a database
    auto after = crowd.place("c", {{counter.a, 1, {}}});
    crowd.let_in();
    CHECK(before.get()->status == 201);
    CHECK_THROWS(bad.get());
    CHECK(after.get()->status == 201);
    CHECK(orders(counter, "confirmed") == "3");
}

}  // namespace
}  // namespace cloudretail::order
