// The payment's rules, as tables.
#include "rules.hpp"

#include <catch2/catch.hpp>
#include <map>
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

TEST_CASE("a captured payment holds its amount, less what was taken off before, and a failed one nothing") {
    const Payment captured = rules::changed(payment_in(Status::pending), Status::captured, "", {7});
    CHECK(captured.captured == Money{500});
    CHECK(captured.refunded == Money{0});
    CHECK(captured.version == 2);
    CHECK(captured.updated_at == Timestamp{7});
    const Payment less = rules::lowered(payment_in(Status::authorized), Money{200}, {6});
    CHECK(rules::changed(less, Status::captured, "", {7}).captured == Money{300});
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
    for (const Status status : {Status::captured, Status::partially_refunded}) {
        const Payment payment = payment_in(status);
        CHECK(rules::pay_answer(rules::claimed(payment, rules::refundable(payment))).status ==
              Status::failed);
        CHECK(rules::pay_answer(rules::claimed(payment, Money{1})).status == Status::captured);
    }
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
    for (const char* method : {"card", "paypal", "cash_on_delivery", "bank_transfer"}) {
        CHECK(rules::is_known_method(method));
        CHECK_FALSE(rules::title_of_method(method).empty());
    }
    CHECK_FALSE(rules::is_known_method("cheque"));
}

TEST_CASE("what can be given back is what was captured less what was given back or is claimed") {
    const std::map<Status, std::int64_t> left{
        {Status::pending, 0}, {Status::authorized, 500},         {Status::captured, 500},
        {Status::failed, 0},  {Status::partially_refunded, 400}, {Status::refunded, 0}};
    for (const Status status : all) {
        INFO(to_text(status));
        CHECK(rules::refundable(payment_in(status)) == Money{left.at(status)});
    }
    const Payment claimed = rules::claimed(payment_in(Status::partially_refunded), Money{150});
    CHECK(rules::refundable(claimed) == Money{250});
    CHECK(rules::refundable(rules::unclaimed(claimed, Money{150})) == Money{400});
    CHECK(rules::refundable(rules::lowered(payment_in(Status::authorized), Money{1}, {7})) == Money{499});
}

TEST_CASE("a refund begins by asking the gateway, by hand, by lowering, or not at all") {
    using rules::RefundStep;
    struct Row {
        Status status;
        const char* method;
        std::int64_t amount;
        RefundStep step;
    };
    for (const Row& row : {Row{Status::captured, "card", 500, RefundStep::ask_gateway},
                           Row{Status::captured, "card", 501, RefundStep::refuse},
                           Row{Status::captured, "card", 0, RefundStep::refuse},
                           Row{Status::captured, "card", -1, RefundStep::refuse},
                           Row{Status::captured, "cash_on_delivery", 500, RefundStep::by_hand},
                           Row{Status::captured, "bank_transfer", 1, RefundStep::by_hand},
                           Row{Status::partially_refunded, "card", 400, RefundStep::ask_gateway},
                           Row{Status::partially_refunded, "card", 401, RefundStep::refuse},
                           Row{Status::authorized, "cash_on_delivery", 500, RefundStep::lower},
                           Row{Status::authorized, "cash_on_delivery", 501, RefundStep::refuse},
                           Row{Status::pending, "card", 1, RefundStep::refuse},
                           Row{Status::failed, "card", 1, RefundStep::refuse},
                           Row{Status::refunded, "card", 1, RefundStep::refuse}}) {
        Payment payment = payment_in(row.status);
        payment.method = row.method;
        INFO(to_text(row.status) << " " << row.method << " " << row.amount);
        CHECK(rules::refund_step(payment, Money{row.amount}) == row.step);
    }
}

TEST_CASE("giving back goes on until nothing is left, lowering until nothing is to be captured") {
    Payment payment = rules::given_back(payment_in(Status::captured), Money{200}, {7});
    CHECK(payment.status == Status::partially_refunded);
    CHECK(payment.version == 2);
    payment = rules::given_back(payment, Money{299}, {8});
    CHECK(payment.status == Status::partially_refunded);
    payment = rules::given_back(payment, Money{1}, {9});
    CHECK(payment.status == Status::refunded);
    CHECK(payment.refunded == Money{500});
    CHECK(payment.updated_at == Timestamp{9});

    Payment to_collect = rules::lowered(payment_in(Status::authorized), Money{499}, {7});
    CHECK(to_collect.status == Status::authorized);
    to_collect = rules::lowered(to_collect, Money{1}, {8});
    CHECK(to_collect.status == Status::failed);
    CHECK(to_collect.reason == "cancelled");
}

TEST_CASE("a refund that is done never answers pending, and capture answers what was captured") {
    for (const Status status : all) {
        if (status == Status::pending) continue;
        INFO(to_text(status));
        const Status answer = rules::refund_answer(payment_in(status)).status;
        CHECK(answer == (status == Status::captured ? Status::authorized : status));
    }
    for (const Status status : {Status::captured, Status::partially_refunded, Status::refunded})
        CHECK(rules::capture_answer(payment_in(status)).status == Status::captured);
    for (const Status status : {Status::pending, Status::authorized, Status::failed})
        CHECK(rules::capture_answer(payment_in(status)).status == status);
}

TEST_CASE("only cash on delivery is paid by delivering, and only what comes by hand needs no gateway") {
    for (const char* method : {"card", "paypal", "cash_on_delivery", "bank_transfer", "cheque"}) {
        const std::string name(method);
        CHECK(rules::is_paid_on_delivery(name) == (name == "cash_on_delivery"));
        CHECK(rules::is_settled_by_hand(name) == (name == "cash_on_delivery" || name == "bank_transfer"));
    }
}

TEST_CASE("a payment that was given up and captured all the same can be given back whole") {
    const Payment taken = rules::taken_late(payment_in(Status::failed), {7});
    CHECK(taken.status == Status::captured);
    CHECK(taken.version == 2);
    CHECK(rules::refundable(taken) == Money{500});
}

TEST_CASE("the pause after a declined undoing refund doubles up to an hour") {
    CHECK(rules::undo_pause_ms(1) == 2'000);
    CHECK(rules::undo_pause_ms(5) == 32'000);
    CHECK(rules::undo_pause_ms(11) == 2'048'000);
    for (const std::int64_t many : {12, 63, 10'000}) CHECK(rules::undo_pause_ms(many) == 3'600'000);
}

TEST_CASE("every undoing refund of a payment has an id of its own, told from those of the order") {
    const PaymentId id = PaymentId::make();
    CHECK(rules::undo_refund_id(id, 0) == id.to_string() + ":undo");
    CHECK(rules::undo_refund_id(id, 1) != rules::undo_refund_id(id, 2));
    CHECK(rules::is_undo_refund({rules::undo_refund_id(id, 1), id}));
    CHECK_FALSE(rules::is_undo_refund({make_uuid().to_string(), id}));
    for (const auto status : {RefundStatus::begun, RefundStatus::done, RefundStatus::declined})
        CHECK(refund_status_from_text(to_text(status)) == status);
    CHECK_FALSE(refund_status_from_text("pending").has_value());
}

}  // namespace cloudretail::payment
