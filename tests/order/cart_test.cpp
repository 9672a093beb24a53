// Carts as they are kept and shown, on both databases.
#include "carts.hpp"

#include "cart_render.hpp"
#include "cart_store.hpp"
#include "counter.hpp"

namespace cloudretail::order {
namespace {

struct Basket {
    explicit Basket(db::Dialect dialect)
        : counter(dialect), carts(counter.database, counter.products, counter.shelf, "USD") {}
    ShownCart get(const Caller& caller) { return counter.run(carts.get(caller)).value(); }
    ShownCart get() { return get(counter.customer); }
    Result<ShownCart> put(std::vector<WantedLine> lines, const std::string& if_match = "") {
        return counter.run(carts.replace(counter.customer, std::move(lines), if_match));
    }
    Cart kept() {
        return counter.database.read_blocking(
            [&](db::Session& s) { return store::find_cart(s, counter.customer.id); });
    }
    std::string rows() { return counter.test_database.beside("SELECT COUNT(*) FROM carts"); }

    Counter counter;
    Carts carts;
};

TEST_CASE_ON_BOTH("everybody signed in has a cart, empty at first, and sees no other", "[cart]") {
    Basket b(dialect);
    CHECK(b.get().body == R"({"items":[],"subtotal":0.00,"currency":"USD","updatedAt":null})");
    CHECK(b.rows() == "0");
    REQUIRE(b.put({{b.counter.a, 2, {}}}));
    CHECK(b.kept().lines == std::vector<CartLine>{{b.counter.a, 2, Money{1'000}, "P"}});
    CHECK(b.get(b.counter.admin).body == b.get(b.counter.vendor_a).body);
    CHECK(b.get(b.counter.admin).body.starts_with(R"({"items":[],)"));
    for (auto refused : {b.counter.run(b.carts.get(Caller{})), b.counter.run(b.carts.merge(Caller{}, {}))})
        CHECK(refused.error().is(cloudretail::errors::unauthenticated));
    CHECK(b.counter.run(b.carts.clear(Caller{}, "")).error().is(cloudretail::errors::unauthenticated));
}

TEST_CASE_ON_BOTH("the tag of a cart moves with all it shows, and guards what was put in alone", "[cart]") {
    Basket b(dialect);
    std::map<std::string, std::string> bodies;
    const auto look = [&] {
        auto shown = b.get();
        CHECK(bodies.try_emplace(shown.etag, shown.body).first->second == shown.body);
        return shown.etag;
    };
    const auto empty = look();
    REQUIRE(b.put({{b.counter.a, 2, {}}}, empty));
    const auto filled = look();
    CHECK(look() == filled);
    b.counter.products.known[b.counter.a].price = Money{1'100};
    const auto dearer = look();
    CHECK(dearer != filled);
    b.counter.shelf.on_hand[b.counter.a] = 1;
    const auto scarce = look();
    CHECK(scarce != dearer);
    CHECK(b.put({{b.counter.a, 1, {}}}, empty).error().is(cloudretail::errors::stale));
    CHECK(b.put({{b.counter.a, 1, {}}}, "W/" + scarce).error().is(cloudretail::errors::stale));
    CHECK(b.put({{b.counter.a, 1, {}}}, "\"other\", " + filled));  // put in alike; only the price moved
    CHECK(b.counter.run(b.carts.clear(b.counter.customer, scarce)).error().is(cloudretail::errors::stale));
    REQUIRE(b.counter.run(b.carts.clear(b.counter.customer, look())));
    look();
    REQUIRE(b.put({{b.counter.a, 2, {}}}, "*"));
    CHECK(look() != scarce);
}

TEST_CASE_ON_BOTH("merging the same again changes nothing", "[cart]") {
    Basket b(dialect);
    REQUIRE(b.put({{b.counter.a, 2, {}}}));
    const auto stranger = ProductId::make();
    auto merge = [&] {
        return b.counter
            .run(b.carts.merge(b.counter.customer,
                               {{b.counter.a, 1, {}}, {b.counter.b, 3, {}}, {stranger, 1, {}}}))
            .value();
    };
    auto first = merge();
    CHECK(first.body.find("\"leftOut\":[{\"productId\":\"" + stranger.to_string()) != std::string::npos);
    const auto version = b.kept().version;
    CHECK(merge().body == first.body);
    CHECK(b.kept().version == version);
    CHECK(b.kept().lines ==
          std::vector<CartLine>{{b.counter.a, 2, Money{1'000}, "P"}, {b.counter.b, 3, Money{500}, "P"}});
    CHECK(b.get().body.find("leftOut") == std::string::npos);
}

TEST_CASE_ON_BOTH("a cart is shown while the stock is not known", "[cart]") {
    Basket b(dialect);
    REQUIRE(b.put({{b.counter.a, 2, {}}}));
    CHECK(b.get().body.find("\"availability\":\"in_stock\"") != std::string::npos);
    b.counter.shelf.unknown = true;
    CHECK(b.get().body.find("availab") == std::string::npos);
    CHECK(b.get().body.find("\"messages\":[]") != std::string::npos);
}

TEST_CASE_ON_BOTH("an order leaves the cart alone unless it comes from it, and then takes what was bought",
                  "[cart]") {
    Basket b(dialect);
    REQUIRE(b.put({{b.counter.a, 5, {}}, {b.counter.b, 1, {}}}));
    b.counter.place();
    CHECK(b.kept().lines.size() == 2);
    b.counter.place("card", "", true);
    CHECK(b.kept().lines == std::vector<CartLine>{{b.counter.a, 3, Money{1'000}, "P"}});
    b.counter.till.silent = true;
    auto id = b.counter.place("card", "", true);
    CHECK(b.kept().lines.front().quantity == 3);  // not before it is confirmed
    b.counter.crash();
    b.counter.till.silent = false;
    CHECK(b.counter.eventually([&] { return b.counter.status(id) == "confirmed"; }));
    CHECK(b.kept().lines.front().quantity == 1);
}

TEST_CASE_ON_BOTH("a cart nobody came back to is swept, and a new one has a new tag", "[cart]") {
    Basket b(dialect);
    auto first = b.put({{b.counter.a, 2, {}}}).value();
    const auto sweep = [&](std::int64_t retention_ms) {
        return b.counter.database.write_blocking(
            [&](db::Tx& tx) { return store::sweep_carts(tx, retention_ms, 10); });
    };
    b.counter.clock.ms += 1'000;
    CHECK(sweep(1'000) == 0);
    CHECK(sweep(999) == 1);
    CHECK(b.get().body.starts_with(R"({"items":[],)"));
    CHECK(b.put({{b.counter.a, 2, {}}}).value().etag != first.etag);
}

TEST_CASE_ON_BOTH("of changes at the same time each is whole, and with a tag the first wins", "[cart]") {
    Basket b(dialect);
    const auto tag = b.get().etag;
    std::atomic<int> won{0}, stale{0};
    std::vector<std::thread> threads;
    for (int i = 1; i <= 4; ++i)
        threads.emplace_back([&, i] {
            auto put = b.put({{b.counter.a, i, {}}, {b.counter.b, i, {}}}, tag);
            ++(put ? won : stale);
        });
    for (auto& thread : threads) thread.join();
    CHECK(won == 1);
    CHECK(stale == 3);
    const auto lines = b.kept().lines;
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].quantity == lines[1].quantity);
}

}  // namespace
}  // namespace cloudretail::order
