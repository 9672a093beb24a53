// What payments show to whom, what is accepted, and the invariants, on both databases.
#include "render.hpp"
#include "store.hpp"
#include "till.hpp"

namespace cloudretail::payment {

TEST_CASE_ON_BOTH("only offered methods and tokens of ours are accepted", "[payment]") {
    Till till(dialect);
    CHECK(till.service.accepts("card", "tok_ok").has_value());
    CHECK(till.service.accepts("cash_on_delivery", "").has_value());
    for (const char* method : {"paypal", "cheque", ""}) {
        auto refused = till.service.accepts(method, "");
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().is(errors::method_not_offered));
    }
    const std::string number = "4242424242424242";
    auto refused = till.service.accepts("card", number);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().is(cloudretail::errors::validation));
    CHECK(refused.error().fields.at(0).pointer == "/paymentMethod/token");
    CHECK(refused.error().detail.find(number) == std::string::npos);
    CHECK(refused.error().fields.at(0).detail.find(number) == std::string::npos);
}

TEST_CASE_ON_BOTH("a payment is shown to its payer and to administrators, to nobody else", "[payment]") {
    Till till(dialect);
    auto request = Till::request();
    till.pay(request);
    for (const Caller& caller : {Till::caller(Role::customer, request.payer_id), Till::caller(Role::admin)}) {
        auto found = Till::run(till.service.get(caller, request.id));
        REQUIRE(found.has_value());
        CHECK(found->payment.order_id == request.order_id);
        CHECK(found->history.size() == 2);
        auto listed = Till::run(till.service.list(caller, request.order_id, {}, 0, 20));
        CHECK(listed.items.size() == 1);
        CHECK(listed.total == 1);
    }
    for (const Caller& caller : {Till::caller(Role::customer), Till::caller(Role::vendor), Caller{}}) {
        auto found = Till::run(till.service.get(caller, request.id));
        REQUIRE_FALSE(found.has_value());
        CHECK(found.error().is(cloudretail::errors::not_found));
        auto listed = Till::run(till.service.list(caller, request.order_id, {}, 0, 20));
        CHECK(listed.items.empty());
        CHECK(listed.total == 0);
    }
    auto missing = Till::run(till.service.get(Till::caller(Role::admin), PaymentId::make()));
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().is(cloudretail::errors::not_found));
}

TEST_CASE_ON_BOTH("administrators page through all payments", "[payment]") {
    Till till(dialect);
    std::vector<PayRequest> requests;
    for (int i = 0; i < 5; ++i) {
        requests.push_back(Till::request());
        till.pay(requests.back());
    }
    const Caller admin = Till::caller(Role::admin);
    std::vector<PaymentId> seen;
    std::optional<PaymentId> before;
    for (int page = 0; page < 3; ++page) {
        auto listed = Till::run(till.service.list(admin, {}, before, 0, 2));
        CHECK(listed.total == 5);
        CHECK(listed.more == (page < 2));
        for (const Detailed& item : listed.items) seen.push_back(item.payment.id);
        before = seen.back();
    }
    REQUIRE(seen.size() == 5);
    for (std::size_t i = 0; i < 5; ++i) CHECK(seen[i] == requests[4 - i].id);
    auto second_page = Till::run(till.service.list(admin, {}, {}, 2, 2));
    CHECK(second_page.items.front().payment.id == seen[2]);
    auto beyond = Till::run(till.service.list(admin, {}, {}, 10, 2));
    CHECK(beyond.items.empty());
}

TEST_CASE_ON_BOTH("a person pages through their own payments alone, and sees at once what they have paid",
                  "[payment]") {
    Till till(dialect);
    std::vector<PayRequest> mine;
    for (int i = 0; i < 3; ++i) {
        mine.push_back(Till::request());
        if (i > 0) mine.back().payer_id = mine.front().payer_id;
        till.pay(mine.back());
        till.pay(Till::request());  // somebody else's
    }
    const Caller me = Till::caller(Role::customer, mine.front().payer_id);
    auto first = Till::run(till.service.list(me, {}, {}, 0, 2));
    CHECK(first.total == 3);
    CHECK(first.more);
    REQUIRE(first.items.size() == 2);
    CHECK(first.items[0].payment.id == mine[2].id);
    auto rest = Till::run(till.service.list(me, {}, first.items[1].payment.id, 0, 2));
    REQUIRE(rest.items.size() == 1);
    CHECK(rest.items[0].payment.id == mine[0].id);
    CHECK_FALSE(rest.more);
    CHECK(Till::run(till.service.list(Till::caller(Role::vendor), {}, {}, 0, 20)).items.empty());
    CHECK(Till::run(till.service.list(me, {}, {}, 0, 20)).items.size() == 3);
    CHECK(till.sql("SELECT COUNT(*) FROM payment_payers") == "6");
}

TEST_CASE_ON_BOTH("payments are found by their orders, however many", "[payment]") {
    Till till(dialect);
    std::vector<OrderId> orders;
    for (int i = 0; i < 3; ++i) {
        auto request = Till::request();
        till.pay(request);
        orders.push_back(request.order_id);
    }
    for (int i = 0; i < 600; ++i) orders.push_back(OrderId::make());
    auto found = Till::run(till.service.find(orders));
    CHECK(found.size() == 3);
    CHECK(found.front().status == Status::captured);
    CHECK(found.front().amount == Money{259'998});
    CHECK(Till::run(till.service.find({})).empty());

    auto first = Till::run(till.service.orders_with_payment(OrderId{}, 2));
    REQUIRE(first == std::vector<OrderId>{orders[0], orders[1]});
    CHECK(Till::run(till.service.orders_with_payment(first.back(), 2)) == std::vector<OrderId>{orders[2]});
}

TEST_CASE_ON_BOTH("a payment is rendered as the contract says", "[payment]") {
    Till till(dialect);
    auto request = Till::request("tok_declined");
    till.pay(request);
    auto found = Till::run(till.service.get(Till::caller(Role::admin), request.id));
    REQUIRE(found.has_value());
    const std::string at = "\"at\":\"" + till.clock.now().to_string() + "\"";
    CHECK(to_json(*found) ==
          "{\"id\":\"" + request.id.to_string() + "\",\"orderId\":\"" + request.order_id.to_string() +
              "\",\"amount\":2599.98,\"capturedAmount\":0.00,\"refundedAmount\":0.00,\"currency\":\"USD\","
              "\"method\":\"card\",\"status\":\"failed\",\"reason\":\"card_declined\","
              "\"history\":[{\"status\":\"pending\"," +
              at + "},{\"status\":\"failed\"," + at + "}],\"createdAt\":\"" + till.clock.now().to_string() +
              "\"}");
    CHECK(etag_of(found->payment) == "\"2\"");
    CHECK(to_json(Till::run(till.service.offer())) ==
          "{\"items\":[{\"type\":\"card\",\"title\":\"Card\"},"
          "{\"type\":\"cash_on_delivery\",\"title\":\"Cash on delivery\"},"
          "{\"type\":\"bank_transfer\",\"title\":\"Bank transfer\"}],\"simulated\":true,\"trials\":[]}");
}

TEST_CASE_ON_BOTH("customers choose how a simulated payment ends where the store lets them", "[payment]") {
    Till till(dialect);
    const auto tokens = [&] {
        std::vector<std::string> all;
        for (const Trial& trial : Till::run(till.service.offer()).trials) all.emplace_back(trial.token);
        return all;
    };
    const auto kept = [&] { return till.database.read_blocking(store::trials_offered); };
    CHECK(tokens().empty());
    Till::run(till.service.offer_trials(true));
    CHECK(tokens() == std::vector<std::string>{"tok_ok", "tok_declined", "tok_timeout"});
    CHECK(kept());
    Till::run(till.service.offer_trials(false));
    CHECK(tokens().empty());
    CHECK_FALSE(kept());
}

TEST_CASE_ON_BOTH("the invariants of payments hold and a broken one is found", "[payment]") {
    Till till(dialect);
    auto check = [&](auto which) {
        return till.database.read_blocking([which](db::Session& s) { return which(s); });
    };
    auto refunded = Till::request(), kept = Till::request(),
         authorized = Till::request("", "cash_on_delivery");
    for (const auto& request : {refunded, kept, authorized, Till::request("tok_declined")}) till.pay(request);
    till.undo(refunded);
    CHECK(check(store::with_wrong_amounts).empty());
    CHECK(check(store::with_wrong_history).empty());
    till.sql("UPDATE payments SET captured_minor = amount_minor WHERE id = '" + authorized.id.to_string() +
             "'");
    CHECK(check(store::with_wrong_amounts) == std::vector<std::string>{authorized.id.to_string()});
    till.sql("UPDATE payment_history SET status = 'failed' WHERE version = 2 AND payment_id = '" +
             kept.id.to_string() + "'");
    CHECK(check(store::with_wrong_history) == std::vector<std::string>{kept.id.to_string()});
}

}  // namespace cloudretail::payment
