// The catalogue's use-cases on both databases: ownership, versions, idempotency, events and caches.
#include <atomic>
#include <events/outbox.hpp>
#include <inventory/events.hpp>
#include <product/events.hpp>
#include <set>
#include <thread>

#include "catalogue.hpp"
#include "store.hpp"

using namespace cloudretail;
using namespace cloudretail::product;

namespace {

json::Document parsed(const std::string& text) { return json::Document::parse(text).value(); }

std::string text(const json::Document& d, std::string_view key) {
    return std::string(d.root()[key].text().value_or("?"));
}

/// Events of the outbox in the order they were written.
std::vector<events::Event> published(db::Database& database) {
    database.write_blocking([](db::Tx& tx) {
        events::number_unpublished(tx, 1000);
        return Unit{};
    });
    return database.read_blocking([](db::Session& s) { return events::read_after(s, 0, 1000); });
}

/// What the bus does with an event of inventory.
void deliver(Catalogue& c, ProductId id, const std::string& availability, std::int64_t position) {
    events::Event event;
    event.position = position;
    event.data = inventory::StockLevel{id, 5, availability}.to_json();
    c.database.write_blocking([&](db::Tx& tx) {
        c.service.take_stock(tx, event);
        return Unit{};
    });
    // The service's own job is behind the event's; another one behind that has seen both.
    c.database.write_blocking([](db::Tx&) { return Unit{}; });
}

}  // namespace

TEST_CASE_ON_BOTH("service: a new product has every field of the contract", "[product]") {
    Catalogue c(dialect);
    const Caller vendor = Catalogue::vendor();
    Change change = Catalogue::change("Gaming Laptop", {129'999}, "Home & Garden");
    change.sku.emplace("L-1");
    change.attributes = R"({"color":"black","weightKg":2.30,"new":true})";
    auto answer = c.run(c.service.create(vendor, change, {}));
    REQUIRE(answer);
    CHECK(answer->status == 201);
    const auto d = parsed(answer->body);
    CHECK(answer->location == "/api/products/" + text(d, "id"));
    CHECK(answer->etag == "\"1o\"");
    CHECK(text(d, "slug") == "gaming-laptop");
    CHECK(text(d, "name") == "Gaming Laptop");
    CHECK(text(d, "description") == "All about Gaming Laptop");
    CHECK(d.root()["price"].number_text() == "1299.99");
    CHECK(text(d, "currency") == "USD");
    CHECK(text(d, "category") == "home-garden");
    CHECK(text(d, "sku") == "L-1");
    CHECK(text(d, "status") == "active");
    CHECK(text(d, "vendorId") == vendor.id.to_string());
    CHECK(d.root()["attributes"].dump() == R"({"color":"black","weightKg":2.30,"new":true})");
    CHECK(d.root()["images"].is_array());
    CHECK(d.root()["images"].size() == 0);
    CHECK(text(d, "availability") == "out_of_stock");
    CHECK(text(d, "createdAt") == c.clock.now().to_string());
    CHECK(text(d, "updatedAt") == c.clock.now().to_string());
    auto shown = c.run(c.service.get({}, *ProductId::parse(text(d, "id"))));
    REQUIRE(shown);
    CHECK(*shown->body == answer->body);
    CHECK(shown->etag == answer->etag);
    CHECK(c.database.read_blocking([](db::Session& s) { return store::faults(s, 10).size(); }) == 0);
}

TEST_CASE_ON_BOTH("service: only vendors and admins create products", "[product]") {
    Catalogue c(dialect);
    for (const Role role : {Role::anonymous, Role::customer}) {
        auto answer =
            c.run(c.service.create(Catalogue::of(role, UserId::make()), Catalogue::change("x"), {}));
        REQUIRE_FALSE(answer);
        CHECK(answer.error().is(cloudretail::errors::forbidden));
    }
    c.add(Catalogue::admin(), Catalogue::change("by an admin"));
    auto blank = c.run(c.service.create(Catalogue::vendor(), Catalogue::change("  "), {}));
    REQUIRE_FALSE(blank);
    CHECK(blank.error().fields.at(0).pointer == "/name");
}

TEST_CASE_ON_BOTH("service: slugs are unique and stay when the name changes or the product goes",
                  "[product]") {
    Catalogue c(dialect);
    const Caller vendor = Catalogue::vendor();
    std::set<std::string> slugs;
    ProductId first{};
    for (int i = 0; i < 4; ++i) {
        const ProductId id = c.add(vendor, Catalogue::change("Laptop"));
        if (i == 0) first = id;
        if (i == 1) REQUIRE(c.run(c.service.remove(vendor, id, "")));
        if (i != 1) slugs.insert(text(parsed(*c.run(c.service.get({}, id))->body), "slug"));
    }
    CHECK(slugs.size() == 3);
    CHECK(slugs.count("laptop") == 1);
    Change name;
    name.name = "Notebook";
    auto changed = c.run(c.service.change(vendor, first, name, ""));
    REQUIRE(changed);
    CHECK(text(parsed(*changed->body), "slug") == "laptop");
    CHECK(text(parsed(*changed->body), "name") == "Notebook");
}

TEST_CASE_ON_BOTH("service: a vendor uses an SKU once, another vendor may use it too", "[product]") {
    Catalogue c(dialect);
    const Caller vendor = Catalogue::vendor();
    Change change = Catalogue::change("one");
    change.sku.emplace("S-1");
    const ProductId first = c.add(vendor, change);
    auto again = c.run(c.service.create(vendor, change, {}));
    REQUIRE_FALSE(again);
    CHECK(again.error().is(product::errors::sku_taken));
    c.add(Catalogue::vendor(), change);
    const ProductId other = c.add(vendor, Catalogue::change("two"));
    Change sku;
    sku.sku.emplace("S-1");
    auto taken = c.run(c.service.change(vendor, other, sku, ""));
    REQUIRE_FALSE(taken);
    CHECK(taken.error().is(product::errors::sku_taken));
    CHECK(c.run(c.service.change(vendor, first, sku, "")));  // its own
    REQUIRE(c.run(c.service.remove(vendor, first, "")));
    CHECK(c.run(c.service.change(vendor, other, sku, "")));  // free again
}

TEST_CASE_ON_BOTH("service: the database itself refuses a second SKU and a second slug", "[product]") {
    Catalogue c(dialect);
    Product p;
    p.id = ProductId::make();
    p.vendor_id = UserId::make();
    p.slug = "one";
    p.sku = "S-1";
    const auto insert = [&](Product product) {
        return c.database.write_blocking(
            [&](db::Tx& tx) { return store::insert(tx, std::span(&product, 1)); });
    };
    REQUIRE(insert(p));
    Product same_sku = p;
    same_sku.id = ProductId::make();
    same_sku.slug = "two";
    auto refused = insert(same_sku);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().is(product::errors::sku_taken));
    Product same_slug = p;
    same_slug.id = ProductId::make();
    same_slug.sku.reset();
    CHECK_THROWS_AS(insert(same_slug), Unavailable);
}

TEST_CASE_ON_BOTH("service: another vendor's product is seen but not touched, its drafts are not seen",
                  "[product]") {
    Catalogue c(dialect);
    const Caller owner = Catalogue::vendor();
    const Caller other = Catalogue::vendor();
    const ProductId id = c.add(owner, Catalogue::change("x"));
    Change price;
    price.price = Money{5};
    CHECK(c.run(c.service.get(other, id)));
    auto changed = c.run(c.service.change(other, id, price, ""));
    REQUIRE_FALSE(changed);
    CHECK(changed.error().is(product::errors::not_yours));
    auto removed = c.run(c.service.remove(other, id, ""));
    REQUIRE_FALSE(removed);
    CHECK(removed.error().is(product::errors::not_yours));

    Change draft;
    draft.status = Status::draft;
    REQUIRE(c.run(c.service.change(owner, id, draft, "")));
    CHECK(c.run(c.service.get(owner, id)));
    CHECK(c.run(c.service.get(Catalogue::admin(), id)));
    for (const Caller& who : {other, Caller{}}) {
        auto seen = c.run(c.service.get(who, id));
        REQUIRE_FALSE(seen);
        CHECK(seen.error().is(cloudretail::errors::not_found));
    }
    auto hidden = c.run(c.service.change(other, id, price, ""));
    REQUIRE_FALSE(hidden);
    CHECK(hidden.error().is(cloudretail::errors::not_found));
    CHECK(c.run(c.service.change(Catalogue::admin(), id, price, "")));
    CHECK(c.run(c.service.remove(Catalogue::admin(), id, "")));
}

TEST_CASE_ON_BOTH("service: a change with an old ETag is stale, one with any of several or * is not",
                  "[product]") {
    Catalogue c(dialect);
    const Caller vendor = Catalogue::vendor();
    const ProductId id = c.add(vendor, Catalogue::change("x"));
    Change price;
    price.price = Money{5};
    const std::string first = c.run(c.service.get(vendor, id))->etag;
    auto second = c.run(c.service.change(vendor, id, price, first));
    REQUIRE(second);
    CHECK(second->etag != first);
    auto stale = c.run(c.service.change(vendor, id, price, first));
    REQUIRE_FALSE(stale);
    CHECK(stale.error().is(cloudretail::errors::stale));
    CHECK_FALSE(c.run(c.service.remove(vendor, id, first)));
    deliver(c, id, "in_stock", 1);
    CHECK(c.run(c.service.get(vendor, id))->etag != second->etag);
    CHECK(c.run(c.service.change(vendor, id, price, second->etag)));  // stock moved, nobody edited
    const std::string third = c.run(c.service.get(vendor, id))->etag;
    CHECK(c.run(c.service.change(vendor, id, price, first + ", " + third)));
    CHECK(c.run(c.service.change(vendor, id, price, "*")));
    CHECK(c.run(c.service.remove(vendor, id, "")));
    CHECK_FALSE(c.run(c.service.get(vendor, id)));
    CHECK_FALSE(c.run(c.service.remove(vendor, id, "")));
}

TEST_CASE_ON_BOTH("service: the same idempotency key creates once, refusals are kept too", "[product]") {
    Catalogue c(dialect);
    const Caller vendor = Catalogue::vendor();
    Change change = Catalogue::change("x");
    change.sku.emplace("S-1");
    const db::IdempotencyKey key{"scope", "body"};
    auto first = c.run(c.service.create(vendor, change, key));
    auto second = c.run(c.service.create(vendor, change, key));
    REQUIRE(first);
    REQUIRE(second);
    CHECK_FALSE(first->replayed);
    CHECK(second->replayed);
    CHECK(second->status == 201);
    CHECK(second->body == first->body);
    CHECK(second->location == first->location);
    auto reused = c.run(c.service.create(vendor, change, {"scope", "another body"}));
    REQUIRE_FALSE(reused);
    CHECK(reused.error().is(cloudretail::errors::idempotency_key_reused));

    const db::IdempotencyKey other{"other scope", "body"};
    auto refused = c.run(c.service.create(vendor, change, other));
    REQUIRE(refused);
    CHECK(refused->status == 409);
    CHECK(refused->body.find("/problems/sku-taken") != std::string::npos);
    REQUIRE(c.run(c.service.remove(vendor, *ProductId::parse(first->subject), "")));
    auto replayed = c.run(c.service.create(vendor, change, other));
    REQUIRE(replayed);
    CHECK(replayed->status == 409);
    CHECK(replayed->replayed);
}

TEST_CASE_ON_BOTH("service: every change publishes its event", "[product]") {
    Catalogue c(dialect);
    Caller vendor = Catalogue::vendor();
    vendor.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const ProductId id = c.add(vendor, Catalogue::change("x", {500}));
    Change price;
    price.price = Money{700};
    price.status = Status::archived;
    REQUIRE(c.run(c.service.change(vendor, id, price, "")));
    REQUIRE(c.run(c.service.remove(vendor, id, "")));
    const auto events = published(c.database);
    REQUIRE(events.size() == 3);
    CHECK(events[0].type == product_created);
    CHECK(events[1].type == product_updated);
    CHECK(events[2].type == product_deleted);
    for (const auto& e : events) {
        CHECK(e.subject == id.to_string());
        CHECK(e.traceparent == vendor.traceparent);
        CHECK(text(parsed(e.data), "vendorId") == vendor.id.to_string());
    }
    CHECK(parsed(events[0].data).root()["price"].number_text() == "5.00");
    CHECK(parsed(events[1].data).root()["price"].number_text() == "7.00");
    CHECK(text(parsed(events[1].data), "status") == "archived");
    CHECK(text(parsed(events[2].data), "status") == "deleted");
}

TEST_CASE_ON_BOTH("service: the writer never reads what it has replaced", "[product]") {
    Catalogue c(dialect);
    const Caller vendor = Catalogue::vendor();
    const ProductId id = c.add(vendor, Catalogue::change("x", {0}));
    std::vector<ProductId> ids{id};
    for (int i = 1; i <= 200; ++i) {
        // Reading fills the caches with what is replaced next.
        c.run(c.service.get({}, id));
        c.run(c.service.find(ids));
        Change price;
        price.price = Money{i};
        REQUIRE(c.run(c.service.change(vendor, id, price, "")));
        const auto shown = c.run(c.service.get({}, id));
        REQUIRE(shown);
        REQUIRE(parsed(*shown->body).root()["price"].number_text() == Money{i}.to_string());
        const auto found = c.run(c.service.find(ids));
        REQUIRE(found.size() == 1);
        REQUIRE(found[0].price == Money{i});
        Filter all;
        REQUIRE(c.run(c.service.list(all, Sort::newest, {})).items.at(0) == *shown->body);
    }
    REQUIRE(c.run(c.service.remove(vendor, id, "")));
    CHECK(c.run(c.service.find(ids)).empty());
    CHECK(c.run(c.service.list({}, Sort::newest, {})).total == 0);
}

TEST_CASE_ON_BOTH("service: readers beside a writer never go back in time", "[product]") {
    Catalogue c(dialect);
    const Caller vendor = Catalogue::vendor();
    const ProductId id = c.add(vendor, Catalogue::change("x", {0}));
    std::atomic<std::int64_t> committed{0};
    std::atomic<bool> stale{false};
    runtime::Runtime more{1};
    more.start();
    std::thread reader([&] {
        while (committed.load() < 100) {
            const std::int64_t at_least = committed.load();
            std::vector<ProductId> ids{id};
            auto found = boost::asio::co_spawn(more.context(0), c.service.find(std::move(ids)),
                                               boost::asio::use_future)
                             .get();
            if (found.size() != 1 || found[0].price.minor < at_least) stale = true;
        }
    });
    bool all = true;
    for (int i = 1; i <= 100; ++i) {
        Change price;
        price.price = Money{i};
        all = c.run(c.service.change(vendor, id, price, "")).has_value() && all;
        committed = i;
    }
    reader.join();
    more.stop();
    CHECK(all);
    CHECK_FALSE(stale.load());
}

TEST_CASE_ON_BOTH("service: snapshots are found for every status but deleted", "[product]") {
    Catalogue c(dialect);
    const Caller vendor = Catalogue::vendor();
    std::vector<ProductId> ids;
    for (const Status s : {Status::active, Status::draft, Status::archived}) {
        Change change = Catalogue::change(std::string(to_text(s)), {250});
        change.status = s;
        ids.push_back(c.add(vendor, change));
    }
    ids.push_back(ProductId::make());          // never was
    for (int round = 0; round < 2; ++round) {  // from the database, from memory
        auto found = c.run(c.service.find(ids));
        REQUIRE(found.size() == 3);
        for (const Snapshot& s : found) {
            CHECK(s.name == to_text(s.status));
            CHECK(s.vendor_id == vendor.id);
            CHECK(s.price == Money{250});
        }
    }
    CHECK(c.run(c.service.find({})).empty());
}

TEST_CASE_ON_BOTH("service: availability comes from inventory's events and shows at once", "[product]") {
    Catalogue c(dialect);
    const ProductId id = c.add(Catalogue::vendor(), Catalogue::change("x"));
    const auto availability = [&] {
        return text(parsed(*c.run(c.service.get({}, id))->body), "availability");
    };
    Filter in_stock;
    in_stock.in_stock = true;
    CHECK(availability() == "out_of_stock");
    CHECK(c.run(c.service.list(in_stock, Sort::newest, {})).total == 0);
    std::int64_t position = 0;
    for (const char* now : {"in_stock", "low_stock", "low_stock", "out_of_stock", "in_stock"}) {
        deliver(c, id, now, ++position);
        CHECK(availability() == now);
        CHECK(c.run(c.service.list(in_stock, Sort::newest, {})).total ==
              (std::string(now) == "out_of_stock" ? 0 : 1));
    }
    for (std::int64_t late = 0; late <= position; ++late) deliver(c, id, "out_of_stock", late);
    CHECK(availability() == "in_stock");  // a dead letter that is retried is older than what is known
    deliver(c, ProductId::make(), "in_stock", ++position);  // of a product that is not ours
    events::Event broken;
    broken.data = R"({"productId":"x"})";
    CHECK_THROWS(c.database.write_blocking([&](db::Tx& tx) {
        c.service.take_stock(tx, broken);
        return Unit{};
    }));
}

TEST_CASE("service: on SQLite what is cached does not age, on PostgreSQL it does", "[product]") {
    ManualClock clock;
    for (const auto dialect : {db::Dialect::sqlite, db::Dialect::postgresql}) {
        Caches caches(dialect, clock);
        caches.counts.put("all", {5, nullptr}, 1, caches.counts.find("all").ticket);
        clock.advance_ms(60'000);
        CHECK(caches.counts.find("all").value.has_value() == (dialect == db::Dialect::sqlite));
    }
}
