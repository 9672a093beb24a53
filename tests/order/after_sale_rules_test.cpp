// Rules of what becomes of a confirmed order, as tables.
#include "rules.hpp"

#include <catch2/catch.hpp>
#include <support/result_text.hpp>

namespace cloudretail::order {
namespace {

const UserId vendor_a = UserId::make(), vendor_b = UserId::make();
const ProductId laptop = ProductId::make(), bag = ProductId::make();

Caller caller(Role role, UserId id = UserId::make()) {
    Caller c;
    c.id = id;
    c.role = role;
    return c;
}

/// Two laptops of A's at 10.00, three bags of B's at 5.00.
Order an_order(Progress a, Progress b, Status status = Status::confirmed) {
    Order o;
    o.id = OrderId::make();
    o.status = status;
    o.lines = {{laptop, vendor_a, "Laptop", Money{1'000}, 2}, {bag, vendor_b, "Bag", Money{500}, 3}};
    o.total = rules::total(o.lines);
    o.payment_status = "captured";
    o.fulfilments = {{vendor_a, a, "", "", ""}, {vendor_b, b, "", "", ""}};
    return o;
}

TEST_CASE("an order has one fulfilment per vendor, pending until it moved") {
    auto order = an_order(Progress::shipped, Progress::pending);
    order.lines.push_back({ProductId::make(), vendor_a, "Mouse", Money{1}, 1});
    order.fulfilments.pop_back();
    auto all = rules::fulfilments(order);
    REQUIRE(all.size() == 2);
    CHECK(all[0].vendor_id == vendor_a);
    CHECK(all[0].status == Progress::shipped);
    CHECK(all[1].status == Progress::pending);
    for (auto off : {Status::cancelled, Status::failed}) {
        order.status = off;
        for (const auto& f : rules::fulfilments(order)) CHECK(f.status == Progress::cancelled);
    }
}

TEST_CASE("an order's status is that of its slowest live fulfilment") {
    using P = Progress;
    const std::vector<std::tuple<P, P, Status>> table{
        {P::pending, P::pending, Status::confirmed},     {P::shipped, P::pending, Status::confirmed},
        {P::delivered, P::pending, Status::confirmed},   {P::shipped, P::shipped, Status::shipped},
        {P::shipped, P::delivered, Status::shipped},     {P::delivered, P::delivered, Status::delivered},
        {P::cancelled, P::pending, Status::confirmed},   {P::cancelled, P::shipped, Status::shipped},
        {P::cancelled, P::delivered, Status::delivered}, {P::cancelled, P::cancelled, Status::cancelled},
    };
    for (const auto& [a, b, expected] : table) {
        INFO(to_text(a) << " and " << to_text(b));
        CHECK(rules::status_of(rules::fulfilments(an_order(a, b))) == expected);
        CHECK(rules::status_of(rules::fulfilments(an_order(b, a))) == expected);
    }
}

TEST_CASE("a fulfilment takes one step at a time, and none while another is under way") {
    const auto vendor = caller(Role::vendor, vendor_a);
    for (auto from : {Progress::pending, Progress::shipped, Progress::delivered, Progress::cancelled})
        for (auto to : {Progress::shipped, Progress::delivered}) {
            INFO(to_text(from) << " to " << to_text(to));
            auto order = an_order(from, Progress::pending);
            const bool allowed = (from == Progress::pending && to == Progress::shipped) ||
                                 (from == Progress::shipped && to == Progress::delivered);
            CHECK(rules::movable(vendor, order, to).has_value() == allowed);
            order.fulfilments[0].step = "shipping";
            CHECK_FALSE(rules::movable(vendor, order, to).has_value());
            order.fulfilments[0].step = "";
            order.cancelling = true;
            CHECK_FALSE(rules::movable(vendor, order, to).has_value());
        }
}

TEST_CASE("an administrator's step moves every fulfilment that can take it") {
    const auto admin = caller(Role::admin);
    using P = Progress;
    struct Case {
        P a, b, to;
        std::size_t moved;  // 0: illegal
    };
    const std::vector<Case> table{
        {P::pending, P::pending, P::shipped, 2},     {P::shipped, P::pending, P::shipped, 1},
        {P::cancelled, P::pending, P::shipped, 1},   {P::shipped, P::shipped, P::shipped, 0},
        {P::shipped, P::shipped, P::delivered, 2},   {P::delivered, P::shipped, P::delivered, 1},
        {P::shipped, P::pending, P::delivered, 0},   {P::cancelled, P::shipped, P::delivered, 1},
        {P::cancelled, P::cancelled, P::shipped, 0}, {P::delivered, P::delivered, P::delivered, 0},
    };
    for (const auto& c : table) {
        INFO(to_text(c.a) << " and " << to_text(c.b) << " to " << to_text(c.to));
        auto moved = rules::movable(admin, an_order(c.a, c.b), c.to);
        CHECK((moved ? moved->size() : 0) == c.moved);
        if (!moved) CHECK(moved.error().is(errors::illegal_transition));
    }
    for (auto status : {Status::pending, Status::failed, Status::cancelled})
        CHECK_FALSE(rules::movable(admin, an_order(P::pending, P::pending, status), P::shipped).has_value());
}

TEST_CASE("only vendors with lines and administrators may take a step") {
    auto order = an_order(Progress::pending, Progress::pending);
    auto own = rules::movable(caller(Role::vendor, vendor_b), order, Progress::shipped);
    REQUIRE(own);
    CHECK(*own == std::vector{vendor_b});
    for (const auto& who : {caller(Role::vendor), caller(Role::customer, vendor_a), Caller{}})
        CHECK(rules::movable(who, order, Progress::shipped).error().is(cloudretail::errors::forbidden));
}

TEST_CASE("a cancellation takes what is not shipped, all of it where nothing is") {
    using P = Progress;
    struct Case {
        P a, b;
        bool whole;
        std::size_t taken;  // 0: illegal
    };
    const std::vector<Case> table{
        {P::pending, P::pending, true, 2},    {P::pending, P::shipped, false, 1},
        {P::pending, P::delivered, false, 1}, {P::shipped, P::shipped, false, 0},
        {P::cancelled, P::shipped, false, 0}, {P::cancelled, P::pending, false, 1},
    };
    for (const auto& c : table) {
        INFO(to_text(c.a) << " and " << to_text(c.b));
        auto taken = rules::cancellable(an_order(c.a, c.b));
        CHECK((taken ? taken->vendors.size() : 0) == c.taken);
        if (taken) CHECK(taken->whole == c.whole);
    }
    auto shipping = an_order(P::pending, P::pending);
    shipping.fulfilments[0].step = "shipping";
    CHECK_FALSE(rules::cancellable(shipping).value().whole);
    shipping.refunds.push_back({make_uuid(), "refund", "pending", Money{1}, "", {}, {}});
    CHECK(rules::cancellable(shipping).error().is(errors::illegal_transition));
    for (auto status :
         {Status::pending, Status::shipped, Status::delivered, Status::failed, Status::cancelled})
        CHECK_FALSE(rules::cancellable(an_order(P::pending, P::pending, status)).has_value());
}

TEST_CASE("what is left is the total less refunds done or under way") {
    auto order = an_order(Progress::shipped, Progress::shipped);
    for (const char* status : {"done", "pending", "failed"})
        order.refunds.push_back({make_uuid(), "refund", status, Money{100}, "", {}, {}});
    CHECK(rules::left(order) == Money{3'300});
    CHECK(rules::price_of(order, {vendor_b}) == Money{1'500});
    CHECK(rules::price_of(order, {vendor_a, vendor_b}) == order.total);
}

TEST_CASE("a refund gives back the amount, the lines' price, or all that is left") {
    auto order = an_order(Progress::shipped, Progress::pending);
    auto amount = [&](const WantedRefund& wanted) { return rules::refundable(order, wanted); };
    CHECK(amount({}).value() == Money{3'500});
    CHECK(amount({Money{1}, {}, ""}).value() == Money{1});
    CHECK(amount({{}, {{laptop, 2, true}}, ""}).value() == Money{2'000});
    CHECK(amount({Money{1'500}, {{laptop, 2, true}}, ""}).value() == Money{1'500});
    CHECK(amount({Money{3'501}, {}, ""}).error().is(errors::refund_too_large));
    CHECK(amount({Money{0}, {}, ""}).error().is(cloudretail::errors::validation));
    CHECK(amount({{}, {{bag, 1, false}}, ""}).error().is(errors::illegal_transition));  // not shipped
    CHECK(amount({{}, {{laptop, 3, false}}, ""}).error().is(errors::refund_too_large));
    CHECK(amount({{}, {{ProductId::make(), 1, false}}, ""}).error().is(cloudretail::errors::validation));
    CHECK(amount({{}, {{laptop, 1, false}, {laptop, 1, false}}, ""}).error().fields.at(0).pointer ==
          "/items/1/productId");
    order.refunds.push_back({make_uuid(), "refund", "done", Money{1'000}, "", {}, {{laptop, 1, false}}});
    CHECK(amount({{}, {{laptop, 2, false}}, ""}).error().is(errors::refund_too_large));
    CHECK(amount({{}, {{laptop, 1, false}}, ""}).value() == Money{1'000});
    order.payment_status = "authorized";
    CHECK(amount({}).error().is(errors::illegal_transition));
    order.payment_status = "captured";
    order.fulfilments[1].step = "cancelling";
    CHECK(amount({}).error().is(errors::illegal_transition));
    order.fulfilments[1].step = "";
    for (auto status : {Status::pending, Status::failed, Status::cancelled}) {
        order.status = status;
        CHECK(amount({}).error().is(errors::illegal_transition));
    }
}

TEST_CASE("of a payment's statuses the later one is kept, in whatever order they are told") {
    CHECK(rules::later_of("captured", "partially_refunded") == "partially_refunded");
    CHECK(rules::later_of("refunded", "partially_refunded") == "refunded");
    CHECK(rules::later_of("authorized", "captured") == "captured");
    CHECK(rules::later_of("captured", "") == "captured");
}

TEST_CASE("tracking numbers are plain") {
    for (const char* fine : {"", "1Z999AA10123456784", "RR 12-34/5.6"})
        CHECK(rules::is_tracking_number(fine));
    for (const char* wrong : {"<b>", "a@b", "Grüße", "a\nb"}) CHECK_FALSE(rules::is_tracking_number(wrong));
    CHECK_FALSE(rules::is_tracking_number(std::string(65, '1')));
}

TEST_CASE("a vendor sees of a timeline what concerns the order or its own fulfilment, without amounts") {
    struct Case {
        std::string type, data, shown;  // empty: not at all
    };
    const auto own = R"("vendorId":")" + vendor_a.to_string() + R"(")",
               other = R"("vendorId":")" + vendor_b.to_string() + R"(")";
    const std::vector<Case> table{
        {"order.created", R"({"total":35.00,"status":"confirmed"})", R"({"status":"confirmed"})"},
        {"order.shipped", R"({"total":35.00,"status":"shipped",)" + own + R"(,"trackingNumber":"1Z"})",
         R"({"status":"shipped",)" + own + R"(,"trackingNumber":"1Z"})"},
        {"order.shipped", R"({"status":"shipped",)" + other + "}", ""},
        {"order.refunded", R"({"amount":1.00})", ""},
        {"payment.captured", R"({"amount":35.00})", ""},
    };
    for (const auto& c : table) {
        TimelineItem item{c.type, {}, c.data};
        INFO(c.type << " " << c.data);
        CHECK(rules::visible_to_vendor(item, vendor_a) == !c.shown.empty());
        if (!c.shown.empty()) CHECK(item.data == c.shown);
    }
}

}  // namespace
}  // namespace cloudretail::order
