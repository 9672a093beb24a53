// Rules of carts, as tables.
#include "cart.hpp"

#include <catch2/catch.hpp>
#include <support/result_text.hpp>
#include "rules.hpp"

namespace cloudretail::order {
namespace {

const UserId vendor = UserId::make();
const ProductId laptop = ProductId::make(), bag = ProductId::make(), gone = ProductId::make(),
                draft = ProductId::make();

rules::Catalogue catalogue() {
    return {{laptop, vendor, "Laptop", Money{1'000}, product::Status::active},
            {bag, vendor, "Bag", Money{500}, product::Status::active},
            {draft, vendor, "Secret", Money{1}, product::Status::draft}};
}

std::vector<std::string> codes(const CheckedLine& line) {
    std::vector<std::string> all;
    for (const auto& message : line.messages) all.push_back(message.code);
    return all;
}

TEST_CASE("a new line of a cart remembers what it cost, by the client or by the catalogue") {
    auto lines = rules::replaced({}, {{laptop, 2, {}}, {bag, 1, Money{450}}}, catalogue()).value();
    CHECK(lines == std::vector<CartLine>{{laptop, 2, Money{1'000}, "Laptop"}, {bag, 1, Money{450}, "Bag"}});
}

TEST_CASE("replacing a cart keeps the price a line was put in at, unless one is sent") {
    const std::vector<CartLine> before{{laptop, 1, Money{900}, "Laptop"}, {bag, 1, Money{400}, "Bag"}};
    auto lines = rules::replaced(before, {{bag, 3, Money{500}}, {laptop, 2, {}}}, catalogue()).value();
    CHECK(lines == std::vector<CartLine>{{bag, 3, Money{500}, "Bag"}, {laptop, 2, Money{900}, "Laptop"}});
    CHECK(rules::replaced(before, {}, catalogue()).value().empty());
}

TEST_CASE("what is not sold does not come into a cart, and stays where it was") {
    for (const auto id : {gone, draft}) {
        auto refused = rules::replaced({}, {{laptop, 1, {}}, {laptop, 1, {}}, {id, 1, {}}}, catalogue());
        REQUIRE_FALSE(refused);
        CHECK(refused.error().is(cloudretail::errors::validation));
        CHECK(refused.error().fields.front().pointer == "/items/2/productId");
        const std::vector<CartLine> before{{id, 1, Money{7}, "Old"}};
        CHECK(rules::replaced(before, {{id, 2, {}}}, catalogue()).value() ==
              std::vector<CartLine>{{id, 2, Money{7}, "Old"}});
    }
}

TEST_CASE("lines of one product become one, within what an order may hold") {
    auto lines = rules::replaced({}, {{bag, 1, {}}, {laptop, 1, {}}, {bag, 2, {}}}, catalogue()).value();
    REQUIRE(lines.size() == 2);
    CHECK(lines.front().quantity == 3);
    CHECK_FALSE(rules::replaced({}, {{bag, rules::max_quantity, {}}, {bag, 1, {}}}, catalogue()));
}

TEST_CASE("merging takes the larger quantity, and the same again changes nothing") {
    const std::vector<CartLine> before{{laptop, 2, Money{900}, "Laptop"}, {gone, 1, Money{7}, "Old"}};
    struct Case {
        std::int64_t sent, kept;
    };
    for (const auto& [sent, kept] : {Case{1, 2}, Case{2, 2}, Case{3, 3}, Case{10'000, 10'000}}) {
        auto merged =
            rules::merged(before, {{laptop, sent, Money{1}}, {bag, 1, {}}, {draft, 1, {}}}, catalogue())
                .value();
        CHECK(merged.lines == std::vector<CartLine>{{laptop, kept, Money{900}, "Laptop"},
                                                    {gone, 1, Money{7}, "Old"},
                                                    {bag, 1, Money{500}, "Bag"}});
        CHECK(merged.left_out == std::vector{draft});
        auto again = rules::merged(merged.lines, {{laptop, sent, {}}, {bag, 1, {}}}, catalogue()).value();
        CHECK(again.lines == merged.lines);
    }
}

TEST_CASE("a cart has at most as many lines as an order") {
    rules::Catalogue all;
    std::vector<CartLine> full;
    for (std::size_t i = 0; i <= rules::max_lines; ++i) {
        all.push_back({ProductId::make(), vendor, "P", Money{1}, product::Status::active});
        if (i < rules::max_lines) full.push_back({all.back().id, 1, Money{1}, "P"});
    }
    CHECK(rules::merged(full, {{full.front().product_id, 2, {}}}, all));
    CHECK(rules::merged(full, {{all.back().id, 1, {}}}, all).error().is(cloudretail::errors::validation));
}

TEST_CASE("what is bought leaves the cart, as much of it as was bought") {
    const std::vector<CartLine> lines{{laptop, 3, Money{1}, "L"}, {bag, 1, Money{1}, "B"}};
    CHECK(rules::without(lines, {{laptop, 1}, {gone, 5}}) ==
          std::vector<CartLine>{{laptop, 2, Money{1}, "L"}, {bag, 1, Money{1}, "B"}});
    CHECK(rules::without(lines, {{laptop, 3}, {bag, 2}}).empty());
}

TEST_CASE("a line is looked at again: price, stock, and whether it is sold") {
    using Codes = std::vector<std::string>;
    struct Case {
        CartLine line;
        std::int64_t available;
        Codes expected;
    };
    const std::vector<Case> table{
        {{laptop, 2, Money{1'000}, "Old name"}, 2, {}},
        {{laptop, 2, Money{1'000}, ""}, 1, {"insufficient-stock"}},
        {{laptop, 2, Money{1'000}, ""}, 0, {"out-of-stock"}},
        {{laptop, 2, Money{1'000}, ""}, -1, {"out-of-stock"}},
        {{laptop, 1, Money{999}, ""}, 5, {"price-changed"}},
        {{laptop, 7, Money{1'001}, ""}, 5, {"price-changed", "insufficient-stock"}},
        {{gone, 1, Money{7}, "Old"}, 5, {"no-longer-sold"}},
        {{draft, 1, Money{7}, "Old"}, 5, {"no-longer-sold"}},
    };
    for (const auto& c : table) {
        const std::vector<inventory::StockLevel> levels{{c.line.product_id, c.available, "in_stock"}};
        auto line = rules::checked({c.line}, catalogue(), &levels, "USD").front();
        CHECK(codes(line) == c.expected);
        CHECK(line.sold == (c.line.product_id == laptop));
        CHECK(line.unit_price == (line.sold ? Money{1'000} : Money{7}));
        CHECK(line.line.name == (line.sold ? "Laptop" : "Old"));
        CHECK(line.stock.has_value() == line.sold);
        CHECK(codes(rules::checked({c.line}, catalogue(), nullptr, "USD").front()).size() <=
              c.expected.size());
    }
    const std::vector<inventory::StockLevel> three{{laptop, 3, "low_stock"}};
    auto line = rules::checked({{laptop, 4, Money{900}, ""}}, catalogue(), &three, "EUR").front();
    CHECK(line.messages[0].detail == "It costs 10.00 EUR now; it was 9.00 EUR when it was put in.");
    CHECK(line.messages[1].detail == "Only 3 left.");
}

TEST_CASE("a cart's subtotal is that of what is sold, and never more than money holds") {
    auto lines = rules::checked({{laptop, 2, {}, ""}, {gone, 1, Money{7}, ""}, {bag, 1, {}, ""}}, catalogue(),
                                nullptr, "USD");
    CHECK(rules::subtotal(lines) == Money{2'500});
    rules::Catalogue dear{{laptop, vendor, "L", Money{Money::max_minor}, product::Status::active},
                          {bag, vendor, "B", Money{Money::max_minor}, product::Status::active}};
    auto too_much = rules::checked({{laptop, 10'000, {}, ""}, {bag, 10'000, {}, ""}}, dear, nullptr, "USD");
    CHECK(too_much.front().total() == Money{Money::max_minor});
    CHECK(rules::subtotal(too_much) == Money{Money::max_minor});
}

}  // namespace
}  // namespace cloudretail::order
