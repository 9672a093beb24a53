// Money that comes by hand, on both databases: who may say so, once, and what becomes of it.
#include <audit/audit.hpp>
#include "till.hpp"

namespace cloudretail::payment {

TEST_CASE_ON_BOTH("a bank transfer is awaited until an administrator says that it has come", "[payment]") {
    Till till(dialect);
    auto transfer = Till::request("", "bank_transfer");
    CHECK(till.pay(transfer).status == Status::authorized);
    for (const Role role : {Role::anonymous, Role::customer, Role::vendor}) {
        auto refused = till.receive(Till::caller(role, transfer.payer_id), transfer.id);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().is(cloudretail::errors::forbidden));
    }
    const Caller admin = Till::caller(Role::admin);
    auto received = till.receive(admin, transfer.id);
    REQUIRE(received.has_value());
    CHECK(received->status == 200);
    CHECK(received->etag == "\"2\"");
    CHECK(received->body.find("\"capturedAmount\":2599.98,\"refundedAmount\":0.00,") != std::string::npos);
    CHECK(till.history(transfer.id) == "authorized captured");
    CHECK(till.events_of(transfer.id, "payment.captured") == "1");
    CHECK(till.unreliable.charges == 0);
    auto trail = till.database.read_blocking(
        [&](db::Session& s) { return audit::page(s, 0, transfer.id.to_string(), 10); });
    REQUIRE(trail.size() == 1);
    CHECK(trail[0].action == "payment.captured");
    CHECK(trail[0].actor == admin.id.to_string());

    CHECK(till.refunded(Till::part(transfer, 259'998)) == "done: refunded");  // by hand, too
    CHECK(till.unreliable.refunds == 0);
    CHECK(till.sound());
}

TEST_CASE_ON_BOTH("money that is not awaited is not received", "[payment]") {
    Till till(dialect);
    auto card = Till::request(), lost = Till::request("tok_timeout"),
         given_up = Till::request("", "bank_transfer");
    for (const auto& request : {card, lost, given_up}) till.pay(request);
    till.undo(given_up);
    for (const auto& request : {card, lost, given_up}) {
        auto refused = till.receive(Till::caller(Role::admin), request.id);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().is(errors::payment_not_awaited));
    }
    auto missing = till.receive(Till::caller(Role::admin), PaymentId::make());
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().is(cloudretail::errors::not_found));
    CHECK(till.sound());
}

TEST_CASE_ON_BOTH("money is received once per idempotency key, and the answer is kept", "[payment]") {
    Till till(dialect);
    auto transfer = Till::request("", "bank_transfer");
    till.pay(transfer);
    const db::IdempotencyKey key{"scope-of-a-key", "fingerprint"};
    const Caller admin = Till::caller(Role::admin);
    auto first = till.receive(admin, transfer.id, key), again = till.receive(admin, transfer.id, key);
    REQUIRE(first.has_value());
    REQUIRE(again.has_value());
    CHECK_FALSE(first->replayed);
    CHECK(again->replayed);
    CHECK(again->body == first->body);
    auto other = till.receive(admin, transfer.id, {"scope-of-a-key", "another body"});
    REQUIRE_FALSE(other.has_value());
    CHECK(other.error().is(cloudretail::errors::idempotency_key_reused));
    CHECK(till.receive(admin, transfer.id).error().is(errors::payment_not_awaited));
    CHECK(till.history(transfer.id) == "authorized captured");
}

TEST_CASE_ON_BOTH("that no money is awaited is kept under the idempotency key, whatever comes after",
                  "[payment]") {
    Till till(dialect);
    const Caller admin = Till::caller(Role::admin);
    auto transfer = Till::request("", "bank_transfer");
    const db::IdempotencyKey early{"too early", "{}"}, late{"too late", "{}"};
    auto missing = till.receive(admin, transfer.id, early);
    REQUIRE(missing.has_value());
    CHECK(missing->status == 404);
    CHECK_FALSE(missing->replayed);
    till.pay(transfer);
    auto still_missing = till.receive(admin, transfer.id, early);
    REQUIRE(still_missing.has_value());
    CHECK(still_missing->status == 404);
    CHECK(still_missing->replayed);
    CHECK(still_missing->body == missing->body);

    till.capture(transfer.id);
    REQUIRE(till.receive(admin, transfer.id).has_value());
    auto conflict = till.receive(admin, transfer.id, late);
    REQUIRE(conflict.has_value());
    CHECK(conflict->status == 409);
    CHECK(conflict->body.find("/problems/payment-not-awaited") != std::string::npos);
    CHECK(till.receive(admin, transfer.id, late).value().replayed);
    CHECK(till.history(transfer.id) == "authorized captured");
    CHECK(till.events_of(transfer.id, "payment.captured") == "1");
}

TEST_CASE_ON_BOTH("every refund that ended is in the audit trail", "[payment]") {
    Till till(dialect);
    auto paid = Till::request();
    till.pay(paid);
    auto part = Till::part(paid, 500);
    till.refund(part);
    till.unreliable.next = UnreliableGateway::Fault::declined;
    till.refund(Till::part(paid, 600));
    till.undo(paid);
    auto trail = till.database.read_blocking(
        [&](db::Session& s) { return audit::page(s, 0, paid.id.to_string(), 10); });
    REQUIRE(trail.size() == 3);
    CHECK(trail[2].details ==
          "{\"refund\":\"" + part.refund_id.to_string() + "\",\"amount\":5.00,\"status\":\"done\"}");
    CHECK(trail[1].details.find("declined") != std::string::npos);
    CHECK(trail[0].details.find(":undo") != std::string::npos);
}

}  // namespace cloudretail::payment
