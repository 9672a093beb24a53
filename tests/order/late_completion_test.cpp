// What a step of the module's sagas learns reaches its state through its result alone: a completion that
// comes after its attempt has run out of time changes nothing. Both the steps and what undoes them.
#include "counter.hpp"

namespace cloudretail::order {
namespace {

using saga::StepResult;

/// Keeps completions until told to answer them.
class HeldTill final : public payment::Payments {
  public:
    [[nodiscard]] bool available() const override { return true; }
    [[nodiscard]] Result<> accepts(std::string_view, std::string_view) const override { return {}; }
    void pay(payment::PayRequest, Then<payment::Outcome> then) override { held = std::move(then); }
    void undo(payment::PayRequest, Then<payment::Outcome> then) override { held = std::move(then); }
    void capture(PaymentId, std::string, Then<payment::Outcome> then) override { held = std::move(then); }
    void refund(payment::RefundRequest, Then<Result<payment::Outcome>> then) override {
        held_refund = std::move(then);
    }
    Task<std::vector<payment::Summary>> find(std::vector<OrderId>) override {
        co_return std::vector<payment::Summary>();
    }
    Task<std::vector<OrderId>> orders_with_payment(OrderId, int) override {
        co_return std::vector<OrderId>();
    }
    Then<payment::Outcome> held;
    Then<Result<payment::Outcome>> held_refund;
};

TEST_CASE_ON_BOTH("a late answer of the payments changes nothing by itself", "[order]") {
    test::TestDatabase database(dialect, "order");
    Shelf shelf;
    HeldTill till;
    auto process = std::make_shared<Process>();
    saga::Instance instance;
    instance.state = process;
    auto checkout = checkout_saga(database.database(), shelf, till, 1'000);
    StepResult got;
    auto keep = [&got](Outcome<StepResult> outcome) { got = outcome.get(); };
    using Answer = payment::Status;
    for (auto answer : {Answer::captured, Answer::pending, Answer::failed}) {
        for (auto* start : {&checkout.steps[1].action, &checkout.steps[1].compensation}) {
            *process = {};
            (*start)(instance, saga::Done(keep));
            till.held(payment::Outcome{answer, ""});
            CHECK(process->payment_status.empty());
            CHECK_FALSE(process->failure);
            REQUIRE(got.learned);
            got.learned(instance);
            CHECK(process->payment_status == payment::to_text(answer));
        }
    }
    (checkout.steps[1].action)(instance, saga::Done(keep));
    till.held(payment::Outcome{Answer::failed, ""});
    got.learned(instance);
    REQUIRE(process->failure);
    CHECK(process->failure->is(payment::errors::payment_declined));
}

TEST_CASE_ON_BOTH("a late answer about a refund, a capture or a shipment changes nothing by itself",
                  "[order]") {
    test::TestDatabase database(dialect, "order");
    Shelf shelf;
    HeldTill till;
    auto work = std::make_shared<AfterSale>();
    work->amount = Money{100};
    saga::Instance instance;
    instance.state = work;
    StepResult got;
    auto keep = [&got](Outcome<StepResult> outcome) { got = outcome.get(); };
    auto refunding = refund_saga(database.database(), shelf, till);
    refunding.steps.front().action(instance, saga::Done(keep));
    till.held_refund(Result<payment::Outcome>(payment::Outcome{payment::Status::refunded, ""}));
    CHECK(work->payment_status.empty());
    got.learned(instance);
    CHECK(work->payment_status == "refunded");
    refunding.steps.front().action(instance, saga::Done(keep));
    till.held_refund(Result<payment::Outcome>(Error(payment::errors::refund_declined)));
    CHECK_FALSE(work->failure);
    got.learned(instance);
    CHECK(work->failure);
    *work = {};
    auto collecting = collect_saga(database.database(), till);
    collecting.steps.front().action(instance, saga::Done(keep));
    till.held(payment::Outcome{payment::Status::captured, ""});
    CHECK(work->payment_status.empty());
    got.learned(instance);
    CHECK(work->payment_status == "captured");
    shelf.carrier = Shelf::Carrier::gone;
    auto shipping = ship_saga(database.database(), shelf);
    shipping.steps.front().action(instance, saga::Done(keep));
    CHECK_FALSE(work->failure);
    got.learned(instance);
    CHECK(work->failure);
}

}  // namespace
}  // namespace cloudretail::order
