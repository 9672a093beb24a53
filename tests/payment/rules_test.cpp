// The payment's rules, as tables.
#include "rules.hpp"

#include <catch2/catch.hpp>
#include <payment/events.hpp>
#include <set>

namespace cloudretail::payment {

namespace {

constexpr Status all[] = {Status::pending, Status::authorized,         Status::captured,
                          Status::failed,  Status::partially_refunded, Status::refunded};

Payment payment_in(Status status) {
    Payment p;
    p.amount = Money{500};
    p.status = status;
    if (status == Status::captured || status == Status::partially_refunded || status == Status::refunded)
        p.captured = p.amount;
    if (status == Status::partially_refunded) p.refunded = Money{100};
    if (status == Status::refunded) p.refunded = p.amount;
    return p;
}

}  // namespace

TEST_CASE("a payment takes these steps and no others") {
    const std::set<std::pair<Status, Status>> edges{
        {Status::pending, Status::captured},
        {Status::pending, Status::failed},
        {Status::authorized, Status::captured},
        {Status::authorized, Status::failed},
        {Status::captured, Status::partially_refunded},
        {Status::captured, Status::refunded},
        {Status::partially_refunded, Status::partially_refunded},
        {Status::partially_refunded, Status::refunded},
    };
    for (const Status from : all)
        for (const Status to : all) {
            INFO(to_text(from) << " → " << to_text(to));
            CHECK(rules::may_become(from, to) == edges.contains({from, to}));
        }
}

TEST_CASE("every status of a payment has a text that reads back") {
    for (const Status status : all) CHECK(status_from_text(to_text(status)) == status);
    CHECK_FALSE(status_from_text("paid").has_value());
}

TEST_CASE("a captured payment holds its amount and a refunded one gave back all of it") {
    const Payment captured = rules::changed(payment_in(Status::pending), Status::captured, "", {7});
    CHECK(captured.captured == Money{500});
    CHECK(captured.refunded == Money{0});
    CHECK(captured.version == 2);
    CHECK(captured.updated_at == Timestamp{7});
    for (const Status from : {Status::captured, Status::partially_refunded})
        CHECK(rules::changed(payment_in(from), Status::refunded, "", {7}).refunded == Money{500});
    const Payment failed = rules::changed(payment_in(Status::pending), Status::failed, "card_declined", {7});
    CHECK(failed.captured == Money{0});
    CHECK(failed.reason == "card_declined");
}

TEST_CASE("undoing needs one step per status and ends at failed or refunded") {
    using rules::UndoStep;
    CHECK(rules::undo_step(Status::pending) == UndoStep::cancel_charge);
    CHECK(rules::undo_step(Status::authorized) == UndoStep::fail);
    CHECK(rules::undo_step(Status::captured) == UndoStep::refund);
    CHECK(rules::undo_step(Status::partially_refunded) == UndoStep::refund);
    CHECK(rules::undo_step(Status::failed) == UndoStep::nothing);
    CHECK(rules::undo_step(Status::refunded) == UndoStep::nothing);
}

TEST_CASE("paying answers only what its contract names") {
    CHECK(rules::pay_answer(payment_in(Status::pending)).status == Status::pending);
    CHECK(rules::pay_answer(payment_in(Status::authorized)).status == Status::authorized);
    CHECK(rules::pay_answer(payment_in(Status::captured)).status == Status::captured);
    CHECK(rules::pay_answer(payment_in(Status::partially_refunded)).status == Status::captured);
    CHECK(rules::pay_answer(payment_in(Status::refunded)).status == Status::failed);
    CHECK(rules::pay_answer(payment_in(Status::refunded)).reason == "cancelled");
    Payment declined = payment_in(Status::failed);
    declined.reason = "card_declined";
    CHECK(rules::pay_answer(declined).reason == "card_declined");
}

TEST_CASE("a payment by hand begins authorized, any other pending") {
    PayRequest request;
    request.method = "card";
    CHECK(rules::begun(request, {1}).status == Status::pending);
    request.method = "paypal";
    CHECK(rules::begun(request, {1}).status == Status::pending);
    request.method = "cash_on_delivery";
    CHECK(rules::begun(request, {1}).status == Status::authorized);
    CHECK(rules::never_begun(request, {1}).status == Status::failed);
    CHECK(rules::never_begun(request, {1}).reason == "cancelled");
}

TEST_CASE("only steps that move money or end a payment are events") {
    CHECK(std::string(rules::event_of(Status::captured)) == payment_captured);
    CHECK(std::string(rules::event_of(Status::failed)) == payment_failed);
    CHECK(std::string(rules::event_of(Status::refunded)) == payment_refunded);
    CHECK(std::string(rules::event_of(Status::partially_refunded)) == payment_refunded);
    CHECK(rules::event_of(Status::pending) == nullptr);
    CHECK(rules::event_of(Status::authorized) == nullptr);
}

TEST_CASE("a token is ours and never a card number") {
    for (const char* token : {"", "tok_ok", "tok_declined", "tok_error_once", "tok_1", "tok_123456789012",
                              "tok_visa_4242_4242_4242_4242"})
        CHECK(rules::is_acceptable_token(token));
    for (const char* token :
         {"4242424242424242", "4242 4242 4242 4242", "tok_", "tok_4242424242424242", "tok_x1234567890123",
          "TOK_OK", "tok_OK", "tok_a b", "tok_a-b", "tok_é", "card", "tok"})
        CHECK_FALSE(rules::is_acceptable_token(token));
    CHECK(rules::is_acceptable_token("tok_" + std::string(60, 'a')));
    CHECK_FALSE(rules::is_acceptable_token("tok_" + std::string(61, 'a')));
    CHECK_FALSE(rules::is_acceptable_token(std::string_view("tok_a\0b", 7)));
}

TEST_CASE("every known method has a title") {
    for (const char* method : {"card", "paypal", "cash_on_delivery"}) {
        CHECK(rules::is_known_method(method));
        CHECK_FALSE(rules::title_of_method(method).empty());
    }
    CHECK_FALSE(rules::is_known_method("cheque"));
}

}  // namespace cloudretail::payment
