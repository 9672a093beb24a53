// Orders that reserve in one transaction: each gets what those before it left, on both databases.
#include <support/writes.hpp>

#include "reservations.hpp"
#include "warehouse.hpp"

using namespace cloudretail;
using namespace cloudretail::inventory;

namespace {

/// What became of reservations that were begun while the writer was held.
struct Together {
    explicit Together(Warehouse& w) : warehouse(w), gate(w.database) {}
    void reserve(OrderId order, std::vector<Line> lines) {
        answers.push_back(warehouse.begin_reserve(order, std::move(lines)));
    }
    void release(OrderId order) { answers.push_back(warehouse.begin_release(order)); }
    /// "+" reserved, "s" short of stock, "r" released before.
    std::string end() {
        gate.open();
        std::string text;
        for (auto& answer : answers) {
            const Result<> got = answer.get().get();
            if (got) {
                text += '+';
            } else {
                text += got.error().is(inventory::errors::insufficient_stock) ? 's' : 'r';
            }
        }
        return text;
    }
    Warehouse& warehouse;
    test::Gate gate;
    std::vector<Warehouse::Answer> answers{};
};

std::int64_t reserved_of(Warehouse& w, ProductId product) {
    std::int64_t sum = 0;
    for (const std::int64_t reserved : w.reserved_in_each(product)) sum += reserved;
    return sum;
}

}  // namespace

TEST_CASE_ON_BOTH("together: the last units go to the first who want them, and to nobody twice",
                  "[inventory]") {
    Warehouse w(dialect);
    const ProductId last = w.stocked({3}, 0);
    w.events();
    Together together(w);
    for (int i = 0; i < 64; ++i) together.reserve(OrderId::make(), {{last, 1}});
    CHECK(together.end() == "+++" + std::string(61, 's'));
    CHECK(reserved_of(w, last) == 3);
    CHECK(w.events_of(last) == std::vector<std::string>{out_of_stock});
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("together: who cannot have all lines leaves them to those who come after", "[inventory]") {
    Warehouse w(dialect);
    const ProductId a = w.stocked({2}), b = w.stocked({1});
    Together together(w);
    together.reserve(OrderId::make(), {{b, 1}, {a, 1}});
    together.reserve(OrderId::make(), {{a, 1}, {b, 1}});  // b is gone
    together.reserve(OrderId::make(), {{a, 2}});          // more than is left
    together.reserve(OrderId::make(), {{a, 1}});
    CHECK(together.end() == "+ss+");
    CHECK(reserved_of(w, a) == 2);
    CHECK(reserved_of(w, b) == 1);
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("together: lines are split over warehouses as far as those before left them",
                  "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.stocked({4, 3, 2});
    const OrderId first = OrderId::make(), second = OrderId::make();
    Together together(w);
    together.reserve(first, {{id, 3}});
    together.reserve(second, {{id, 5}});
    together.reserve(OrderId::make(), {{id, 2}});
    CHECK(together.end() == "++s");
    CHECK(reserved_of(w, id) == 8);
    CHECK(w.release(second));
    CHECK(reserved_of(w, id) == 3);
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("together: an order that reserves twice holds its goods once", "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.stocked({5});
    const OrderId order = OrderId::make(), held = OrderId::make(), given_up = OrderId::make();
    REQUIRE(w.reserve(held, {{id, 1}}));
    REQUIRE(w.release(given_up));
    Together together(w);
    together.reserve(order, {{id, 2}});
    together.reserve(held, {{id, 1}});
    together.reserve(order, {{id, 2}});
    together.reserve(given_up, {{id, 1}});
    together.reserve(OrderId::make(), {{id, 2}});
    CHECK(together.end() == "+++r+");
    CHECK(reserved_of(w, id) == 5);
    CHECK(w.faults().empty());
}

TEST_CASE("together: two processes whose groups want the same units share them", "[inventory][postgresql]") {
    Warehouse w(db::Dialect::postgresql);
    db::Database database(w.test_database.same_place(), w.clock);
    database.open();
    Service other(database, w.products);
    constexpr int rounds = 10, buyers = 20;
    for (int round = 0; round < rounds; ++round) {
        const ProductId a = w.stocked({5}), b = w.stocked({5});
        std::vector<Warehouse::Answer> answers;
        {
            test::Gate gate(w.database), other_gate(database);
            for (int i = 0; i < buyers; ++i) {
                answers.push_back(w.begin_reserve(OrderId::make(), {{a, 1}, {b, 1}}));
                answers.push_back(w.begin_reserve(OrderId::make(), {{b, 1}, {a, 1}}, &other));
            }
        }
        int sold = 0;
        for (auto& answer : answers) sold += answer.get().get() ? 1 : 0;
        CHECK(sold == 5);
        CHECK(reserved_of(w, a) == 5);
        CHECK(reserved_of(w, b) == 5);
    }
    CHECK(w.faults().empty());
    database.close();
}
