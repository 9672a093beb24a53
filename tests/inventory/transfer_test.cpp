// Stock moves between warehouses, the ledger that tells of it, and who may see and do that, on both
// databases.
#include <audit/audit.hpp>

#include "warehouse.hpp"

using namespace cloudretail;
using namespace cloudretail::inventory;

namespace {

using Types = std::vector<std::string>;
using Numbers = std::vector<std::int64_t>;

json::Document parsed(const std::string& text) { return json::Document::parse(text).value(); }

std::string refusal(const Result<db::StoredAnswer>& answer) {
    return std::string(answer ? "" : answer.error().type->slug);
}

/// Deltas of a list of movements, and where they were.
std::vector<std::string> told(const Listing& listing) {
    std::vector<std::string> out;
    for (const auto& item : listing.items) {
        const auto d = parsed(item);
        out.push_back(std::string(*d.root()["kind"].text()) + " " +
                      std::to_string(*d.root()["delta"].integer()) + " " +
                      std::string(*d.root()["warehouseLocation"].text()));
    }
    return out;
}

}  // namespace

TEST_CASE_ON_BOTH("transfer: moves what is free, with a movement on either side", "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.stocked({20, 5});
    const OrderId order = OrderId::make();
    REQUIRE(w.reserve(order, {{id, 8}}));  // of A
    w.events_of(id);
    auto moved = w.run(w.service.transfer(w.vendor, id, {" A ", "B", 12}, {}));
    REQUIRE(moved);
    CHECK(moved->status == 200);
    CHECK(moved->etag == w.run(w.service.get(w.vendor, id))->etag);
    CHECK(moved->body == w.run(w.service.get(w.vendor, id))->body);
    CHECK(w.quantity_in_each(id) == Numbers{8, 17});
    CHECK(w.reserved_in_each(id) == Numbers{8, 0});
    CHECK(w.movements(id, "transferred") == Numbers{-12, 12});
    CHECK(w.events_of(id) == Types{stock_adjusted});
    auto too_many = w.run(w.service.transfer(w.vendor, id, {"A", "B", 1}, {}));
    CHECK(refusal(too_many) == "below-reserved");
    REQUIRE(w.ship(order, {id}));
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("transfer: a new warehouse begins with the default threshold, which may be crossed",
                  "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.stocked({15});
    w.events_of(id);
    REQUIRE(w.run(w.service.transfer(w.vendor, id, {"A", "0", 3}, {})));
    const auto rows = w.rows(id);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].warehouse == "0");
    CHECK(rows[0].vendor_id == w.vendor.id);
    CHECK(rows[0].low_stock_threshold == default_low_stock_threshold);
    CHECK(w.quantity_in_each(id) == Numbers{3, 12});
    CHECK(w.events_of(id) == Types{stock_adjusted, low_stock});  // 15 of now 20
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("transfer: who, where, and what is no transfer", "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.stocked({20, 5});
    const ProductId draft = w.product(product::Status::draft);
    const auto of = [&](const Caller& who, ProductId product, Transfer t) {
        return refusal(w.run(w.service.transfer(who, product, std::move(t), {})));
    };
    CHECK(of(w.vendor, id, {"A", "B", 1}).empty());
    CHECK(of(Warehouse::of(Role::admin), id, {"B", "A", 1}).empty());
    CHECK(of(Warehouse::of(Role::vendor), id, {"A", "B", 1}) == "not-your-stock");
    CHECK(of(Warehouse::of(Role::customer, w.vendor.id), id, {"A", "B", 1}) == "not-your-stock");
    CHECK(of(Warehouse::of(Role::vendor), draft, {"A", "B", 1}) == "not-found");
    CHECK(of(w.vendor, ProductId::make(), {"A", "B", 1}) == "not-found");
    CHECK(of(w.vendor, id, {"C", "B", 1}) == "not-found");
    CHECK(of(w.vendor, id, {"A", "A ", 1}) == "validation");
    CHECK(of(w.vendor, id, {" ", "B", 1}) == "validation");
    CHECK(of(w.vendor, id, {"A", "", 1}) == "validation");
    CHECK(of(w.vendor, id, {"A", "B", 21}) == "below-reserved");
    CHECK(w.quantity_in_each(id) == Numbers{20, 5});
    CHECK(w.faults().empty());
}

TEST_CASE_ON_BOTH("transfer: one key moves once, and a refusal is kept with nothing written", "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.stocked({20});
    const db::IdempotencyKey key{"scope", "body"};
    auto first = w.run(w.service.transfer(w.vendor, id, {"A", "B", 5}, key));
    auto second = w.run(w.service.transfer(w.vendor, id, {"A", "B", 5}, key));
    REQUIRE(first);
    REQUIRE(second);
    CHECK(second->replayed);
    CHECK(second->body == first->body);
    CHECK(w.quantity_in_each(id) == Numbers{15, 5});

    const db::IdempotencyKey other{"other", "body"};
    auto refused = w.run(w.service.transfer(w.vendor, id, {"A", "C", 16}, other));
    REQUIRE(refused);
    CHECK(refused->status == 409);
    CHECK(refused->body.find("/api/inventory/" + id.to_string() + "/transfer") != std::string::npos);
    REQUIRE(w.run(w.service.add(w.vendor, {id, 100, "A", std::nullopt}, {})));
    auto again = w.run(w.service.transfer(w.vendor, id, {"A", "C", 16}, other));
    REQUIRE(again);
    CHECK(again->status == 409);
    CHECK(again->replayed);
    CHECK(w.rows(id).size() == 2);
    // A full warehouse refuses before anything was taken out of the other.
    w.test_database.beside("UPDATE stock SET quantity = 1000000000 WHERE warehouse = 'B'");
    auto full = w.run(w.service.transfer(w.vendor, id, {"A", "B", 1}, {"full", "body"}));
    REQUIRE(full);
    CHECK(full->status == 422);
    CHECK(w.quantity_in_each(id) == Numbers{115, 1'000'000'000});
}

TEST_CASE_ON_BOTH(
    "movements: the ledger is listed newest first, by page and by cursor, in all or one warehouse",
    "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.stocked({20, 5});
    w.stocked({1});  // another product's are not among them
    Adjustment broken;
    broken.warehouse = "B";
    broken.delta = -1;
    broken.reason = "broken";
    REQUIRE(w.run(w.service.adjust(w.vendor, id, broken, "")));
    REQUIRE(w.run(w.service.transfer(w.vendor, id, {"A", "B", 2}, {})));
    const OrderId order = OrderId::make();
    const Uuid refund = make_uuid();
    REQUIRE(w.reserve(order, {{id, 18}}));
    REQUIRE(w.ship(order, {id}));
    REQUIRE(w.restock(order, refund, {{id, 3}}));

    const auto all = w.run(w.service.movements(w.vendor, id, "", {}));
    REQUIRE(all);
    CHECK(told(*all) == Types{"returned 3 A", "shipped -18 A", "transferred 2 B", "transferred -2 A",
                              "adjusted -1 B", "received 5 B", "received 20 A"});
    CHECK(all->total == 7);
    CHECK(all->next_keyset.empty());
    const auto newest = parsed(all->items[0]);
    CHECK(newest.root()["orderId"].text() == order.to_string());
    CHECK(newest.root()["refundId"].text() == refund.to_string());
    CHECK(newest.root()["actorId"].text() == w.vendor.id.to_string());
    CHECK(parsed(all->items[4]).root()["reason"].text() == "broken");

    const auto in_b = w.run(w.service.movements(Warehouse::of(Role::admin), id, "B", {}));
    REQUIRE(in_b);
    CHECK(told(*in_b) == Types{"transferred 2 B", "adjusted -1 B", "received 5 B"});
    CHECK(in_b->total == 3);
    MovementPart part;
    part.limit = 3;
    std::vector<std::string> by_cursor, by_page;
    for (int i = 0; i < 3; ++i) {
        const auto listing = w.run(w.service.movements(w.vendor, id, "", part));
        by_cursor.insert(by_cursor.end(), listing->items.begin(), listing->items.end());
        part.before = Uuid::parse(listing->next_keyset);
        const auto page = w.run(w.service.movements(w.vendor, id, "", {std::nullopt, i * 3, 3}));
        by_page.insert(by_page.end(), page->items.begin(), page->items.end());
    }
    CHECK_FALSE(part.before);
    CHECK(by_cursor == all->items);
    CHECK(by_page == all->items);

    const auto foreign = w.run(w.service.movements(Warehouse::of(Role::vendor), id, "", {}));
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().is(inventory::errors::not_your_stock));
    const auto missing = w.run(w.service.movements(w.vendor, ProductId::make(), "", {}));
    REQUIRE_FALSE(missing);
    CHECK(missing.error().is(cloudretail::errors::not_found));
}

TEST_CASE_ON_BOTH("audit: receiving, adjusting and transferring are in the trail, refusals are not",
                  "[inventory]") {
    Warehouse w(dialect);
    const ProductId id = w.stocked({20});
    Adjustment less;
    less.warehouse = "A";
    less.delta = -4;
    less.low_stock_threshold = 3;
    less.reason = "Jane took them";
    REQUIRE(w.run(w.service.adjust(w.vendor, id, less, "")));
    REQUIRE(w.run(w.service.transfer(w.vendor, id, {"A", "B", 6}, {})));
    REQUIRE_FALSE(w.run(w.service.transfer(w.vendor, id, {"A", "B", 600}, {})));
    const auto [entries, verdict] = w.database.read_blocking(
        [&](db::Session& s) { return std::pair(audit::page(s, 0, id.to_string(), 10), audit::verify(s)); });
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].action == "stock.transferred");
    CHECK(entries[0].details == R"({"quantity":6})");
    CHECK(entries[1].action == "stock.adjusted");
    CHECK(entries[1].details == R"({"quantity":-4,"lowStockThreshold":3})");
    CHECK(entries[2].action == "stock.received");
    for (const auto& entry : entries) CHECK(entry.actor == w.vendor.id.to_string());
    CHECK(verdict.fault.empty());
}
