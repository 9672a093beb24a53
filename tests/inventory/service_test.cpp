// What vendors and the public do with stock, on both databases.
#include "warehouse.hpp"

using namespace cloudretail;
using namespace cloudretail::inventory;

namespace {

using Types = std::vector<std::string>;

json::Document parsed(const std::string& text) { return json::Document::parse(text).value(); }

std::int64_t movements(Warehouse& w, ProductId id) {
    return w.database.read_blocking([&](db::Session& s) {
        return s.number("SELECT COUNT(*) FROM movements WHERE product_id = :product", id);
    });
}

}  // namespace

TEST_CASE_ON_BOTH("service: the first stock in a warehouse is made, more is added", "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.product();
    auto first = w.run(w.service.add(w.vendor, {id, 50, " Warehouse A ", std::nullopt}, {}));
    REQUIRE(first);
    CHECK(first->status == 201);
    CHECK(first->location == "/api/inventory/" + id.to_string());
    CHECK(first->body ==
          "{\"productId\":\"" + id.to_string() +
              "\",\"available\":50,\"availability\":\"in_stock\",\"warehouses\":[{\"warehouseLocation\":"
              "\"Warehouse A\",\"quantity\":50,\"reserved\":0,\"available\":50,\"lowStockThreshold\":10}]}");
    auto more = w.run(w.service.add(w.vendor, {id, 7, "Warehouse A", 20}, {}));
    REQUIRE(more);
    CHECK(more->status == 200);
    CHECK(more->etag != first->etag);
    auto other = w.run(w.service.add(Warehouse::of(Role::admin), {id, 0, "Annex", std::nullopt}, {}));
    REQUIRE(other);
    CHECK(other->status == 201);
    const auto rows = w.rows(id);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].warehouse == "Annex");
    CHECK(rows[0].vendor_id == w.vendor.id);  // the product's, not the admin's
    CHECK(rows[1].quantity == 57);
    CHECK(rows[1].low_stock_threshold == 20);
    CHECK(movements(w, id) == 3);
    CHECK(w.events_of(id) == Types{stock_adjusted, back_in_stock, stock_adjusted, stock_adjusted});
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("service: stock is added to own products that exist", "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.product();
    const ProductId draft = w.product(product::Status::draft);
    const Caller other = Warehouse::of(Role::vendor);
    const auto refusal = [&](const Caller& who, ProductId product, const std::string& warehouse = "A") {
        auto answer = w.run(w.service.add(who, {product, 1, warehouse, std::nullopt}, {}));
        return std::string(answer ? "" : answer.error().type->slug);
    };
    CHECK(refusal(other, id) == "not-your-stock");
    CHECK(refusal(Warehouse::of(Role::customer, w.vendor.id), id) == "not-your-stock");
    CHECK(refusal(w.vendor, ProductId::make()) == "not-found");
    CHECK(refusal(other, draft) == "not-found");
    CHECK(refusal(w.vendor, draft).empty());
    CHECK(refusal(w.vendor, id, "  ") == "validation");
    CHECK(refusal(w.vendor, id, "two\nlines") == "validation");
    CHECK(w.rows(id).empty());
}

TEST_CASE_ON_BOTH("service: no more than a billion in a warehouse, no more than 100 warehouses",
                  "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.product();
    REQUIRE(w.run(w.service.add(w.vendor, {id, max_quantity, "A", std::nullopt}, {})));
    auto over = w.run(w.service.add(w.vendor, {id, 1, "A", std::nullopt}, {}));
    REQUIRE_FALSE(over);
    CHECK(over.error().fields.at(0).pointer == "/quantity");
    w.database.write_blocking([&](db::Tx& tx) {
        for (int i = 1; i < 100; ++i) {
            store::insert(tx, {id, "W" + std::to_string(i), w.vendor.id, 0});
        }
        return Unit{};
    });
    auto one_more = w.run(w.service.add(w.vendor, {id, 1, "B", std::nullopt}, {}));
    REQUIRE_FALSE(one_more);
    CHECK(one_more.error().fields.at(0).pointer == "/warehouseLocation");
}

TEST_CASE_ON_BOTH("service: the same idempotency key adds once, an unknown product stays unknown",
                  "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.product();
    const db::IdempotencyKey key{"scope", "body"};
    auto first = w.run(w.service.add(w.vendor, {id, 5, "A", std::nullopt}, key));
    auto second = w.run(w.service.add(w.vendor, {id, 5, "A", std::nullopt}, key));
    REQUIRE(second);
    CHECK(second->replayed);
    CHECK(second->status == 201);
    CHECK(second->body == first->body);
    CHECK(w.available(id) == 5);
    auto reused = w.run(w.service.add(w.vendor, {id, 6, "A", std::nullopt}, {"scope", "other"}));
    REQUIRE_FALSE(reused);
    CHECK(reused.error().is(cloudretail::errors::idempotency_key_reused));

    const ProductId later = ProductId::make();
    const db::IdempotencyKey early{"early", "body"};
    auto unknown = w.run(w.service.add(w.vendor, {later, 5, "A", std::nullopt}, early));
    REQUIRE(unknown);
    CHECK(unknown->status == 404);
    CHECK(unknown->body.find("/problems/not-found") != std::string::npos);
    w.products.known[later] = {later, w.vendor.id, "P", Money{1}, product::Status::active};
    auto replayed = w.run(w.service.add(w.vendor, {later, 5, "A", std::nullopt}, early));
    REQUIRE(replayed);
    CHECK(replayed->status == 404);
    CHECK(replayed->replayed);
    CHECK(w.rows(later).empty());
}

TEST_CASE_ON_BOTH("service: adjusting sets, adds, takes away, and keeps the ledger", "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.stocked({20});
    w.events_of(id);
    const auto adjust = [&](Adjustment a, const std::string& if_match = "") {
        a.warehouse = "A";
        return w.run(w.service.adjust(w.vendor, id, std::move(a), if_match));
    };
    Adjustment a;
    a.delta = -5;
    a.reason = "broken";
    REQUIRE(adjust(a));
    CHECK(w.rows(id)[0].quantity == 15);
    CHECK(w.events_of(id) == Types{stock_adjusted});
    a = {};
    a.quantity = 8;
    auto shown = adjust(a);
    REQUIRE(shown);
    CHECK(parsed(shown->body).root()["availability"].text() == "low_stock");
    CHECK(w.events_of(id) == Types{stock_adjusted, low_stock});
    a = {};
    a.low_stock_threshold = 3;
    REQUIRE(adjust(a));
    CHECK(w.events_of(id) == Types{stock_adjusted});
    CHECK(w.last.availability == "in_stock");
    CHECK(movements(w, id) == 3);  // the threshold is no movement
    REQUIRE(w.reserve(OrderId::make(), {{id, 6}}));
    a = {};
    a.quantity = 5;
    auto below = adjust(a);
    REQUIRE_FALSE(below);
    CHECK(below.error().is(inventory::errors::below_reserved));
    a.quantity = 6;
    CHECK(adjust(a));
    CHECK(w.available(id) == 0);
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("service: editing a threshold crosses a border once, either way", "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.stocked({20, 5});  // thresholds 20 in all
    w.events_of(id);
    const auto edit = [&](const std::string& warehouse, std::int64_t threshold) {
        Adjustment a;
        a.warehouse = warehouse;
        a.low_stock_threshold = threshold;
        REQUIRE(w.run(w.service.adjust(w.vendor, id, std::move(a), "")));
        return w.events_of(id);
    };
    CHECK(edit("A", 14) == Types{stock_adjusted});
    CHECK(edit("B", 11) == Types{stock_adjusted, low_stock});  // 25 of 25
    CHECK(edit("B", 30) == Types{stock_adjusted});
    CHECK(w.last.availability == "low_stock");
    CHECK(edit("B", 10) == Types{stock_adjusted});
    CHECK(w.last.availability == "in_stock");
    REQUIRE(w.reserve(OrderId::make(), {{id, 25}}));
    CHECK(w.events_of(id) == Types{out_of_stock});
    CHECK(edit("A", 0) == Types{stock_adjusted});
    CHECK(w.last.availability == "out_of_stock");
}

TEST_CASE_ON_BOTH("service: who adjusts what, and where", "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.stocked({20});
    const ProductId draft = w.product(product::Status::draft);
    const auto refusal = [&](const Caller& who, ProductId product, const std::string& warehouse,
                             std::int64_t delta = 1) {
        Adjustment a;
        a.warehouse = warehouse;
        a.delta = delta;
        auto shown = w.run(w.service.adjust(who, product, std::move(a), ""));
        return std::string(shown ? "" : shown.error().type->slug);
    };
    const Caller other = Warehouse::of(Role::vendor);
    CHECK(refusal(w.vendor, id, "A").empty());
    CHECK(refusal(Warehouse::of(Role::admin), id, "A").empty());
    CHECK(refusal(other, id, "A") == "not-your-stock");
    CHECK(refusal(other, draft, "A") == "not-found");
    CHECK(refusal(w.vendor, draft, "A") == "not-found");  // nothing there
    CHECK(refusal(w.vendor, id, "B") == "not-found");
    CHECK(refusal(w.vendor, ProductId::make(), "A") == "not-found");
    CHECK(refusal(w.vendor, id, "") == "validation");
    CHECK(refusal(w.vendor, id, "A", max_quantity) == "validation");
}

TEST_CASE_ON_BOTH("service: an adjustment with an old ETag is stale", "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.stocked({20});
    const std::string mine = w.run(w.service.get(w.vendor, id))->etag;
    const std::string publics = w.run(w.service.get({}, id))->etag;
    CHECK(mine != publics);
    Adjustment a;
    a.warehouse = "A";
    a.delta = 1;
    auto shown = w.run(w.service.adjust(w.vendor, id, a, mine));
    REQUIRE(shown);
    CHECK(shown->etag == w.run(w.service.get(w.vendor, id))->etag);
    auto stale = w.run(w.service.adjust(w.vendor, id, a, mine));
    REQUIRE_FALSE(stale);
    CHECK(stale.error().is(cloudretail::errors::stale));
    REQUIRE(w.reserve(OrderId::make(), {{id, 1}}));
    CHECK_FALSE(w.run(w.service.adjust(w.vendor, id, a, shown->etag)));
    CHECK(w.run(w.service.adjust(w.vendor, id, a, "*")));
}

TEST_CASE_ON_BOTH("service: the public sees what is available, the owner sees where", "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.stocked({20, 5});
    REQUIRE(w.reserve(OrderId::make(), {{id, 4}}));
    const std::string open =
        "{\"productId\":\"" + id.to_string() + "\",\"available\":21,\"availability\":\"in_stock\"}";
    CHECK(w.run(w.service.get({}, id))->body == open);
    CHECK(w.run(w.service.get(Warehouse::of(Role::vendor), id))->body == open);
    for (const Caller& who : {w.vendor, Warehouse::of(Role::admin)}) {
        const auto d = parsed(w.run(w.service.get(who, id))->body);
        REQUIRE(d.root()["warehouses"].size() == 2);
        CHECK(d.root()["warehouses"].at(0)["reserved"].integer() == 4);
        CHECK(d.root()["warehouses"].at(0)["available"].integer() == 16);
    }
    const ProductId nothing = w.product();
    CHECK(w.run(w.service.get({}, nothing))->body ==
          "{\"productId\":\"" + nothing.to_string() +
              "\",\"available\":0,\"availability\":\"out_of_stock\"}");
    CHECK_FALSE(w.run(w.service.get({}, ProductId::make())));
    const ProductId draft = w.product(product::Status::draft);
    CHECK_FALSE(w.run(w.service.get({}, draft)));
    CHECK(w.run(w.service.get(w.vendor, draft)));
    CHECK(w.run(w.service.get({}, w.product(product::Status::archived))));
}

TEST_CASE_ON_BOTH("service: vendors list their own stock, admins all, by page and by cursor", "[inventory]") {
    Warehouse w(dialect);
    std::vector<ProductId> own;
    for (int i = 0; i < 7; ++i) own.push_back(w.stocked({i * 5, 1}));  // thresholds 20 in all
    const Caller me = w.vendor;
    w.vendor = Warehouse::of(Role::vendor);
    w.stocked({100});
    const auto total = [&](const Caller& who, std::optional<bool> low) {
        return w.run(w.service.list(who, low, {})).total;
    };
    CHECK(total(me, std::nullopt) == 7);
    CHECK(total(w.vendor, std::nullopt) == 1);
    CHECK(total(Warehouse::of(Role::admin), std::nullopt) == 8);
    CHECK(total(me, true) == 4);  // 1, 6, 11, 16 of 20
    CHECK(total(me, false) == 3);
    CHECK(total(w.vendor, true) == 0);

    const auto all = w.run(w.service.list(me, std::nullopt, {}));
    REQUIRE(all.items.size() == 7);
    CHECK(all.next_keyset.empty());
    CHECK(parsed(all.items[0]).root()["productId"].text() == own[6].to_string());
    CHECK(parsed(all.items[0]).root()["warehouses"].size() == 2);
    std::vector<std::string> by_cursor, by_page;
    Part part;
    part.limit = 3;
    for (int i = 0; i < 3; ++i) {
        const auto listing = w.run(w.service.list(me, std::nullopt, part));
        by_cursor.insert(by_cursor.end(), listing.items.begin(), listing.items.end());
        part.before = ProductId::parse(listing.next_keyset);
        const auto page = w.run(w.service.list(me, std::nullopt, {std::nullopt, i * 3, 3}));
        by_page.insert(by_page.end(), page.items.begin(), page.items.end());
    }
    CHECK_FALSE(part.before);
    CHECK(by_cursor == all.items);
    CHECK(by_page == all.items);
}

TEST_CASE_ON_BOTH("service: every level is told again, however many there are", "[inventory]") {
    Warehouse w(dialect);
    CHECK(w.run(w.service.republish()) == 0);
    const ProductId one = w.stocked({20, 5});
    const ProductId out = w.stocked({0});
    w.database.write_blocking([&](db::Tx& tx) {
        for (int i = 0; i < 199; ++i) store::insert(tx, {ProductId::make(), "A", w.vendor.id, 3});
        return Unit{};
    });
    w.events();
    CHECK(w.run(w.service.republish()) == 201);
    const auto told = w.events();
    CHECK(told.size() == 201);
    CHECK(told.at(one) == Types{stock_adjusted});
    CHECK(told.at(out) == Types{stock_adjusted});
    CHECK(w.last.product_id == one);  // the newest part first, so the oldest of 201 comes last
    CHECK(w.last.available == 25);
}
