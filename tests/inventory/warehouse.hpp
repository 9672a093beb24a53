// Inventory on a database of its own with a catalogue made of a map, for the tests of service and
// reservations. One io thread runs the coroutines.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <events/outbox.hpp>
#include <future>
#include <inventory/events.hpp>
#include <map>
#include <runtime/runtime.hpp>
#include <support/test_database.hpp>

#include <support/result_text.hpp>
#include "service.hpp"

namespace cloudretail::inventory {

class FewProducts final : public product::Products {
  public:
    Task<std::vector<product::Snapshot>> find(std::vector<ProductId> ids) override {
        std::vector<product::Snapshot> found;
        for (const ProductId id : ids) {
            if (auto it = known.find(id); it != known.end()) found.push_back(it->second);
        }
        co_return found;
    }
    Task<std::vector<product::Snapshot>> find_by_sku(UserId vendor, std::vector<std::string> skus) override {
        std::vector<product::Snapshot> found;
        for (const auto& [id, product] : known)
            if (product.vendor_id == vendor && product.sku && std::ranges::count(skus, *product.sku) > 0)
                found.push_back(product);
        co_return found;
    }
    Task<std::vector<product::Snapshot>> walk(std::optional<UserId>, std::optional<product::Snapshot>,
                                              int) override {
        co_return std::vector<product::Snapshot>();
    }
    std::map<ProductId, product::Snapshot> known;
};

struct Warehouse {
    explicit Warehouse(db::Dialect dialect)
        : test_database(dialect, "inventory", clock),
          database(test_database.database()),
          service(database, products) {
        threads.start();
    }
    ~Warehouse() {
        threads.drain(std::chrono::seconds(5));
        threads.stop();
        database.close();
    }

    template <class T>
    T run(Task<T> task) {
        return boost::asio::co_spawn(threads.context(0), std::move(task), boost::asio::use_future).get();
    }

    static Caller of(Role role, UserId id = UserId::make()) {
        Caller caller;
        caller.id = id;
        caller.role = role;
        caller.request_id = "test";
        return caller;
    }

    /// A product of `vendor`, without stock.
    ProductId product(product::Status status = product::Status::active) {
        const ProductId id = ProductId::make();
        products.known[id] = {id, vendor.id, "P", Money{100}, status};
        return id;
    }
    /// A product with so much in each warehouse ("A", "B", …).
    ProductId stocked(std::vector<std::int64_t> quantities, std::int64_t threshold = 10) {
        const ProductId id = product();
        char name = 'A';
        for (const auto quantity : quantities) {
            REQUIRE(run(service.add(vendor, {id, quantity, std::string(1, name++), threshold}, {})));
        }
        return id;
    }

    using Answer = std::future<Outcome<Result<>>>;
    /// Starts an operation of inventory::Stock with a completion that fulfils the answer.
    static Answer begin(auto start) {
        auto promise = std::make_shared<std::promise<Outcome<Result<>>>>();
        start(Then<Result<>>([promise](Outcome<Result<>> o) { promise->set_value(std::move(o)); }));
        return promise->get_future();
    }
    // `by`: another process's service.
    Answer begin_reserve(OrderId order, std::vector<Line> lines, Service* by = nullptr) {
        return begin(
            [&](auto then) { (by ? *by : service).reserve(order, std::move(lines), "", std::move(then)); });
    }
    Answer begin_release(OrderId order, Service* by = nullptr) {
        return begin([&](auto then) { (by ? *by : service).release(order, "", std::move(then)); });
    }
    Answer begin_ship(OrderId order, std::vector<ProductId> ids, Service* by = nullptr) {
        return begin([&](auto then) {
            (by ? *by : service).ship(order, std::move(ids), vendor.id, "", std::move(then));
        });
    }
    Answer begin_release_lines(OrderId order, std::vector<ProductId> ids) {
        return begin([&](auto then) { service.release_lines(order, std::move(ids), "", std::move(then)); });
    }
    Answer begin_restock(OrderId order, Uuid refund, std::vector<Line> lines) {
        return begin([&](auto then) {
            service.restock(order, refund, std::move(lines), vendor.id, "", std::move(then));
        });
    }
    Result<> reserve(OrderId order, std::vector<Line> lines) {
        return begin_reserve(order, std::move(lines)).get().get();
    }
    Result<> release(OrderId order) { return begin_release(order).get().get(); }
    Result<> release_lines(OrderId order, std::vector<ProductId> ids) {
        return begin_release_lines(order, std::move(ids)).get().get();
    }
    Result<> ship(OrderId order, std::vector<ProductId> ids) {
        return begin_ship(order, std::move(ids)).get().get();
    }
    Result<> restock(OrderId order, Uuid refund, std::vector<Line> lines) {
        return begin_restock(order, refund, std::move(lines)).get().get();
    }

    std::vector<StockRow> rows(ProductId id) {
        return database.read_blocking(
            [id](db::Session& s) { return store::stock_of(s, std::span(&id, 1), false); });
    }
    std::int64_t available(ProductId id) { return level_of(rows(id)).available; }
    std::vector<std::int64_t> quantity_in_each(ProductId id) {
        std::vector<std::int64_t> out;
        for (const auto& row : rows(id)) out.push_back(row.quantity);
        return out;
    }
    /// Deltas of one kind, in the ledger's order.
    std::vector<std::int64_t> movements(ProductId id, const std::string& kind) {
        return database.read_blocking([&](db::Session& s) {
            return s.query(
                "i", "SELECT delta FROM movements WHERE product_id = :p AND kind = :k ORDER BY id",
                [](const db::Row& row) { return row.integer(0); }, id, kind);
        });
    }
    std::vector<std::int64_t> reserved_in_each(ProductId id) {
        std::vector<std::int64_t> out;
        for (const auto& row : rows(id)) out.push_back(row.reserved);
        return out;
    }
    /// What check --deep would say.
    std::vector<std::string> faults() {
        return database.read_blocking([](db::Session& s) {
            std::vector<std::string> out;
            for (const auto& f : store::faults(s, 10)) out.push_back(f.rule + ": " + f.id);
            return out;
        });
    }
    /// Types of the events of each product since the last call, in order.
    std::map<ProductId, std::vector<std::string>> events() {
        database.write_blocking([](db::Tx& tx) {
            events::number_unpublished(tx, 1000);
            return Unit{};
        });
        auto all =
            database.read_blocking([this](db::Session& s) { return events::read_after(s, seen, 1000); });
        std::map<ProductId, std::vector<std::string>> types;
        for (const auto& e : all) {
            seen = e.position;
            const auto level = StockLevel::from_json(e.data);
            REQUIRE(level);
            CHECK(level->product_id.to_string() == e.subject);
            last = *level;
            types[level->product_id].push_back(e.type);
        }
        return types;
    }
    std::vector<std::string> events_of(ProductId id) { return events()[id]; }

    ManualClock clock;
    test::TestDatabase test_database;
    db::Database& database;
    runtime::Runtime threads{1};
    FewProducts products;
    Service service;
    Caller vendor = of(Role::vendor);
    std::int64_t seen = 0;
    StockLevel last{};
};

}  // namespace cloudretail::inventory
