// SQL of the order module, on both databases.
#include "store.hpp"

#include <catch2/catch.hpp>
#include <mutex>
#include <set>
#include <support/test_database.hpp>
#include <thread>

namespace cloudretail::order {
namespace {

using test::TestDatabase;

Order an_order(UserId customer, UserId vendor, Timestamp at = {1'800'000'000'000}) {
    Order o;
    o.id = OrderId::make();
    o.number = "1001";
    o.customer_id = customer;
    o.lines = {{ProductId::make(), vendor, "Laptop", Money{129'999}, 2},
               {ProductId::make(), vendor, "Bag", Money{5'000}, 1}};
    o.total = Money{264'998};
    o.currency = "USD";
    o.shipping_address = R"({"street":"1 Main St"})";
    o.payment_id = PaymentId::make();
    o.payment_method = "card";
    o.payment_status = "pending";
    o.created_at = o.updated_at = at;
    return o;
}

template <class F>
auto write(TestDatabase& db, F f) {
    return db.database().write_blocking(std::move(f));
}
bool confirm(db::Tx& tx, OrderId id) {
    const store::Confirmation one{id, "captured", std::nullopt};
    return store::confirm(tx, std::span(&one, 1)).front();
}
template <class F>
auto read(TestDatabase& db, F f) {
    return db.database().read_blocking(std::move(f));
}

void insert(TestDatabase& db, const Order& order, bool confirmed) {
    write(db, [&](db::Tx& tx) {
        const Order* const one = &order;
        store::insert(tx, std::span(&one, 1));
        if (confirmed) CHECK(confirm(tx, order.id));
        return Unit{};
    });
}

void index(TestDatabase& db) {
    while (write(db, [](db::Tx& tx) { return store::index_parties(tx, 2); }) > 0) {
    }
}

std::vector<OrderId> list(TestDatabase& db, std::optional<UserId> party, ListFilter filter = {},
                          std::optional<OrderId> before = {}, int limit = 10) {
    return read(db, [&](db::Session& s) { return store::list(s, party, filter, before, 0, limit).ids; });
}

TEST_CASE_ON_BOTH("an order reads back as it was written, with money beyond 32 bits", "[order]") {
    TestDatabase db(dialect, "order");
    auto order = an_order(UserId::make(), UserId::make());
    order.lines[0].unit_price = Money{5'000'000'000'000};
    order.total = Money{10'000'000'005'000};
    insert(db, order, false);
    auto found = read(db, [&](db::Session& s) { return store::find(s, order.id); });
    REQUIRE(found.has_value());
    CHECK(found->number == order.number);
    CHECK(found->total == order.total);
    CHECK(found->status == Status::pending);
    CHECK(found->created_at == order.created_at);
    REQUIRE(found->lines.size() == 2);
    CHECK(found->lines[0].unit_price == Money{5'000'000'000'000});
    CHECK(found->lines[1].name == "Bag");
    CHECK_FALSE(read(db, [](db::Session& s) { return store::find(s, OrderId::make()); }).has_value());
}

TEST_CASE_ON_BOTH("an order is settled once: confirming and failing take a pending order only", "[order]") {
    TestDatabase db(dialect, "order");
    auto a = an_order(UserId::make(), UserId::make()), b = an_order(UserId::make(), UserId::make());
    insert(db, a, true);
    insert(db, b, false);
    write(db, [&](db::Tx& tx) {
        CHECK_FALSE(confirm(tx, a.id));
        CHECK_FALSE(store::fail(tx, a.id, "payment-declined", "failed"));
        CHECK(store::fail(tx, b.id, "payment-declined", "failed"));
        CHECK_FALSE(confirm(tx, b.id));
        return Unit{};
    });
    auto confirmed = read(db, [&](db::Session& s) { return store::find(s, a.id); });
    CHECK(confirmed->updated_at == a.updated_at);  // the answer prepared at begin stays true
    CHECK(confirmed->version == 2);
    CHECK(read(db, [&](db::Session& s) { return store::find(s, b.id); })->reason == "payment-declined");
}

TEST_CASE_ON_BOTH("only one cancellation takes a confirmed order", "[order]") {
    TestDatabase db(dialect, "order");
    auto order = an_order(UserId::make(), UserId::make());
    insert(db, order, false);
    write(db, [&](db::Tx& tx) {
        CHECK_FALSE(store::begin_cancel(tx, order.id, ""));  // pending
        CHECK(confirm(tx, order.id));
        CHECK(store::begin_cancel(tx, order.id, ""));
        CHECK_FALSE(store::begin_cancel(tx, order.id, ""));
        store::end_cancel(tx, order.id, true, "cancelled-by-customer", "refunded");
        CHECK_FALSE(store::begin_cancel(tx, order.id, ""));
        return Unit{};
    });
    auto found = read(db, [&](db::Session& s) { return store::find(s, order.id); });
    CHECK(found->status == Status::cancelled);
    CHECK(found->payment_status == "refunded");
}

TEST_CASE_ON_BOTH("customers and vendors list what is theirs, newest first, each order once", "[order]") {
    TestDatabase db(dialect, "order");
    auto customer = UserId::make(), vendor = UserId::make();
    auto bought = an_order(customer, vendor), own = an_order(vendor, vendor),
         other = an_order(UserId::make(), UserId::make());
    auto pending = an_order(customer, vendor);
    for (const auto* o : {&bought, &own, &other}) insert(db, *o, true);
    insert(db, pending, false);
    CHECK(list(db, customer).empty());  // not indexed yet
    CHECK(read(db, [](db::Session& s) { return store::unindexed(s); }) == 1);
    index(db);
    CHECK(read(db, [](db::Session& s) { return store::unindexed(s); }) == 0);
    CHECK(list(db, customer) == std::vector{pending.id, bought.id});
    CHECK(list(db, vendor) == std::vector{own.id, bought.id});  // what is pending is its customer's alone
    CHECK(list(db, std::nullopt) == std::vector{pending.id, other.id, own.id, bought.id});
}

TEST_CASE_ON_BOTH("failed orders are listed only when asked for, and dates bound a list", "[order]") {
    TestDatabase db(dialect, "order");
    auto customer = UserId::make();
    auto failed = an_order(customer, UserId::make(), {1'000}),
         fine = an_order(customer, UserId::make(), {2'000});
    insert(db, failed, false);
    insert(db, fine, true);
    write(db, [&](db::Tx& tx) {
        CHECK(store::fail(tx, failed.id, "payment-declined", "failed"));
        return Unit{};
    });
    index(db);
    CHECK(list(db, customer) == std::vector{fine.id});
    CHECK(list(db, customer, {Status::failed, {}, {}}) == std::vector{failed.id});
    CHECK(list(db, customer, {{}, Timestamp{2'000}, Timestamp{2'001}}) == std::vector{fine.id});
    CHECK(list(db, customer, {{}, {}, Timestamp{2'000}}).empty());
}

TEST_CASE_ON_BOTH("walking a list by its keyset meets every order once", "[order]") {
    TestDatabase db(dialect, "order");
    auto customer = UserId::make();
    std::vector<OrderId> all;
    for (int i = 0; i < 7; ++i) {
        auto order = an_order(customer, UserId::make());
        insert(db, order, true);
        all.insert(all.begin(), order.id);
    }
    index(db);
    std::vector<OrderId> walked;
    for (std::optional<OrderId> before;;) {
        auto page = list(db, customer, {}, before, 3);
        if (page.empty()) break;
        walked.insert(walked.end(), page.begin(), page.end());
        before = page.back();
    }
    CHECK(walked == all);
}

TEST_CASE_ON_BOTH("order numbers are taken in blocks that never overlap", "[order]") {
    TestDatabase db(dialect, "order");
    auto take = [](db::Tx& tx) { return store::take_numbers(tx, 1'000); };
    auto first = write(db, take);
    CHECK(write(db, take) == first + 1'000);
    db.reopen();
    CHECK(write(db, take) == first + 2'000);
}

TEST_CASE_ON_BOTH("two processes on one database never give the same order number", "[order]") {
    TestDatabase db(dialect, "order");
    constexpr int blocks = 40;
    std::set<std::int64_t> firsts;
    std::mutex mutex;
    auto take = [&](db::Database& database) {
        for (int i = 0; i < blocks; ++i) {
            auto first = database.write_blocking([](db::Tx& tx) { return store::take_numbers(tx, 10); });
            const std::lock_guard lock(mutex);
            firsts.insert(first);
        }
    };
    // SQLite is one process's alone: there both threads share its writer.
    std::optional<db::Database> second;
    if (dialect == db::Dialect::postgresql) second.emplace(db.same_place(), system_clock()).open();
    std::thread other([&] { take(second ? *second : db.database()); });
    take(db.database());
    other.join();
    CHECK(firsts.size() == 2 * blocks);
    CHECK(*firsts.rbegin() - *firsts.begin() == (2 * blocks - 1) * 10);
}

}  // namespace
}  // namespace cloudretail::order
