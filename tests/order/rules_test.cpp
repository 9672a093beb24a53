// Rules of ordering, as tables.
#include "rules.hpp"

#include <catch2/catch.hpp>

namespace cloudretail::order {
namespace {

product::Snapshot on_sale(std::int64_t price_minor, UserId vendor = UserId::make()) {
    return {ProductId::make(), vendor, "Laptop", Money{price_minor}, product::Status::active};
}

TEST_CASE("an order takes exactly the steps of its state machine") {
    const std::vector<Status> all{Status::pending,   Status::confirmed, Status::shipped,
                                  Status::delivered, Status::failed,    Status::cancelled};
    const std::vector<std::pair<Status, Status>> allowed{
        {Status::pending, Status::confirmed}, {Status::pending, Status::failed},
        {Status::confirmed, Status::shipped}, {Status::confirmed, Status::cancelled},
        {Status::shipped, Status::delivered},
    };
    for (auto from : all)
        for (auto to : all) {
            bool expected = std::find(allowed.begin(), allowed.end(), std::pair(from, to)) != allowed.end();
            INFO(to_text(from) << " to " << to_text(to));
            CHECK(rules::may_become(from, to) == expected);
        }
}

TEST_CASE("an address of blanks or control characters cannot be delivered to") {
    const Address good{"1 Main St", "London", "", "SW1A", "UK"};
    CHECK(rules::deliverable(good).has_value());
    const std::vector<std::pair<std::string Address::*, const char*>> fields{
        {&Address::street, "/shippingAddress/street"},
        {&Address::city, "/shippingAddress/city"},
        {&Address::state, "/shippingAddress/state"},
        {&Address::zip_code, "/shippingAddress/zipCode"},
        {&Address::country, "/shippingAddress/country"}};
    for (const auto& [field, pointer] : fields)
        for (const char* text : {"  ", "a\nb", "\x7f"}) {
            auto address = good;
            address.*field = text;
            auto refused = rules::deliverable(address);
            REQUIRE_FALSE(refused.has_value());
            REQUIRE(refused.error().fields.size() == 1);
            CHECK(refused.error().fields.front().pointer == pointer);
        }
    CHECK(rules::deliverable(Address{}).error().fields.size() == 4);
}

TEST_CASE("every status has a text that reads back") {
    for (auto s : {Status::pending, Status::confirmed, Status::shipped, Status::delivered, Status::failed,
                   Status::cancelled})
        CHECK(status_from_text(to_text(s)) == s);
    CHECK_FALSE(status_from_text("paid").has_value());
}

TEST_CASE("lines of the same product are merged at the place of the first") {
    auto a = ProductId::make(), b = ProductId::make();
    auto merged = rules::merge({{a, 1, Money{100}}, {b, 5, std::nullopt}, {a, 2, std::nullopt}});
    REQUIRE(merged.has_value());
    REQUIRE(merged->size() == 2);
    CHECK(merged->at(0).product_id == a);
    CHECK(merged->at(0).quantity == 3);
    CHECK(merged->at(0).price == Money{100});
    CHECK(merged->at(1).quantity == 5);
}

TEST_CASE("a price sent with the second line of a product is checked too") {
    auto a = ProductId::make();
    auto merged = rules::merge({{a, 1, std::nullopt}, {a, 1, Money{100}}});
    REQUIRE(merged.has_value());
    CHECK(merged->at(0).price == Money{100});
    CHECK(rules::merge({{a, 1, Money{100}}, {a, 1, Money{99}}}).has_error());
}

TEST_CASE("merged lines stay within the quantity of one line") {
    auto a = ProductId::make();
    CHECK(rules::merge({{a, 10'000, std::nullopt}}).has_value());
    auto refused = rules::merge({{a, 9'999, std::nullopt}, {a, 2, std::nullopt}});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().fields.at(0).pointer == "/items/1/quantity");
}

TEST_CASE("the catalogue's price is the only one charged") {
    auto laptop = on_sale(129'999);
    auto priced = rules::price({{laptop.id, 2, std::nullopt}}, {laptop});
    REQUIRE(priced.has_value());
    CHECK(rules::total(*priced) == Money{259'998});
    CHECK(rules::price({{laptop.id, 2, Money{129'999}}}, {laptop}).has_value());

    auto changed = rules::price({{laptop.id, 2, Money{1}}}, {laptop});
    REQUIRE_FALSE(changed.has_value());
    CHECK(changed.error().is(errors::price_changed));
    CHECK(changed.error().members.find("1299.99") != std::string::npos);
}

TEST_CASE("only products on sale can be ordered, and all that are not are named") {
    auto draft = on_sale(100), archived = on_sale(100), fine = on_sale(100);
    draft.status = product::Status::draft;
    archived.status = product::Status::archived;
    auto refused =
        rules::price({{draft.id, 1, {}}, {fine.id, 1, {}}, {archived.id, 1, {}}, {ProductId::make(), 1, {}}},
                     {draft, archived, fine});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().type->kind == ErrorKind::invalid);
    std::vector<std::string> pointers;
    for (const auto& f : refused.error().fields) pointers.push_back(f.pointer);
    CHECK(pointers ==
          std::vector<std::string>{"/items/0/productId", "/items/2/productId", "/items/3/productId"});
}

TEST_CASE("a total past the limit of money is refused, not wrapped") {
    std::vector<WantedLine> wanted;
    std::vector<product::Snapshot> catalogue;
    for (int i = 0; i < 100; ++i) {
        catalogue.push_back(on_sale(Money::max_minor));
        wanted.push_back({catalogue.back().id, 10'000, std::nullopt});
    }
    CHECK(rules::price(wanted, catalogue).has_error());
}

TEST_CASE("customers see their whole order, vendors their lines, admins everything, others nothing") {
    auto vendor = UserId::make(), other_vendor = UserId::make(), customer = UserId::make();
    Order order;
    order.customer_id = customer;
    order.status = Status::confirmed;
    order.lines = {{ProductId::make(), vendor, "A", Money{100}, 1},
                   {ProductId::make(), other_vendor, "B", Money{50}, 3}};
    auto caller = [](UserId id, Role role) {
        Caller c;
        c.id = id;
        c.role = role;
        return c;
    };
    using rules::Sight;
    CHECK(rules::sight(caller(customer, Role::customer), order) == Sight::whole);
    CHECK(rules::sight(caller(UserId::make(), Role::admin), order) == Sight::whole);
    CHECK(rules::sight(caller(vendor, Role::vendor), order) == Sight::own_lines);
    CHECK(rules::sight(caller(UserId::make(), Role::vendor), order) == Sight::none);
    CHECK(rules::sight(caller(UserId::make(), Role::customer), order) == Sight::none);
    CHECK(rules::sight(Caller{}, order) == Sight::none);
    for (auto early : {Status::pending, Status::failed}) {
        order.status = early;
        CHECK(rules::sight(caller(vendor, Role::vendor), order) == Sight::none);
        CHECK(rules::sight(caller(customer, Role::customer), order) == Sight::whole);
    }
    auto own = rules::own_lines(order, other_vendor);
    REQUIRE(own.lines.size() == 1);
    CHECK(own.total == Money{150});
}

}  // namespace
}  // namespace cloudretail::order
