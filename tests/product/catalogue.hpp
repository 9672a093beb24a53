// A catalogue on a database of its own, for the tests of store, service and routes. One io thread runs the
// coroutines.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <runtime/runtime.hpp>
#include <support/test_database.hpp>

#include <support/result_text.hpp>
#include "caches.hpp"
#include "categories.hpp"
#include "service.hpp"

namespace cloudretail::product {

struct Catalogue {
    explicit Catalogue(db::Dialect dialect)
        : test_database(dialect, "product", clock),
          database(test_database.database()),
          caches(dialect, clock),
          search({}, clock),
          service(database, caches, search, {}),
          categories(database, caches, {}) {
        threads.start();
    }
    ~Catalogue() {
        threads.drain(std::chrono::seconds(5));
        threads.stop();
        database.close();
    }

    /// Runs a coroutine to its end on the io thread.
    template <class T>
    T run(Task<T> task) {
        return boost::asio::co_spawn(threads.context(0), std::move(task), boost::asio::use_future).get();
    }

    static Caller vendor(UserId id = UserId::make()) { return of(Role::vendor, id); }
    static Caller admin() { return of(Role::admin, UserId::make()); }
    static Caller of(Role role, UserId id) {
        Caller caller;
        caller.id = id;
        caller.role = role;
        caller.request_id = "test";
        return caller;
    }

    static Change change(const std::string& name, Money price = {1'000},
                         const std::string& category = "things") {
        Change c;
        c.name = name;
        c.description = "All about " + name;
        c.price = price;
        c.category = category;
        c.sku.emplace(std::nullopt);
        c.attributes = "{}";
        c.status = Status::active;
        return c;
    }

    /// Adds a product through the service and answers its id.
    ProductId add(const Caller& who, const Change& what) {
        auto answer = run(service.create(who, what, {}));
        REQUIRE(answer);
        REQUIRE(answer->status == 201);
        return *ProductId::parse(answer->subject);
    }

    ManualClock clock;
    test::TestDatabase test_database;
    db::Database& database;
    runtime::Runtime threads{1};
    Caches caches;
    Search search;
    Service service;
    Categories categories;
};

}  // namespace cloudretail::product
