// What is kept of events for the timeline of an order, on both databases.
#include "timeline.hpp"

#include <order/events.hpp>
#include <payment/events.hpp>

#include "counter.hpp"

namespace cloudretail::order {
namespace {

events::Event event(std::string type, std::string subject, std::string data, std::int64_t position,
                    std::int64_t at_ms) {
    return {make_uuid(), std::move(type), std::move(subject), std::move(data), "", "", {at_ms}, position};
}

events::Event payment_event(const Order& order, const char* type, const char* method, const char* status,
                            std::int64_t position) {
    payment::PaymentChanged changed{order.payment_id, order.id, Money{2'500}, "USD", method, status};
    return event(type, order.payment_id.to_string(), changed.to_json(), position, 1'000 + position);
}

template <class F>
void write(Counter& counter, F f) {
    counter.database.write_blocking([&](db::Tx& tx) {
        f(tx);
        return Unit{};
    });
}

void take_payment(db::Tx& tx, const events::Event& one) { take_payments(tx, std::span(&one, 1)); }

TEST_CASE_ON_BOTH("a timeline is in order of time, keeps an event once, and leaves out what the order says",
                  "[order]") {
    Counter counter(dialect);
    auto order = counter.row(counter.place());
    OrderChanged shipped{order.id, order.number, order.customer_id, order.total, "USD", "shipped", ""};
    shipped.vendor_id = counter.vendor_a.id;
    shipped.tracking_number = "1Z";
    auto later = event(order_shipped, order.id.to_string(), shipped.to_json(), 2, 3'000);
    OrderChanged made{order.id, order.number, order.customer_id, order.total, "USD", "confirmed", ""};
    auto created = event(order_created, order.id.to_string(), made.to_json(), 1, 1'001);
    write(counter, [&](db::Tx& tx) {
        const events::Event some[] = {later, created};
        note(tx, "order", some);
        note(tx, "order", std::span(&created, 1));
        take_payment(tx, payment_event(order, payment::payment_captured, "card", "captured", 1));
    });
    auto items = counter.run(counter.service->timeline(counter.customer, order.id)).value();
    REQUIRE(items.size() == 3);
    CHECK(items[0].type == "payment.captured");  // the payment first, within one millisecond
    CHECK(items[1].type == "order.created");
    CHECK(items[1].data == R"({"total":25.00,"status":"confirmed"})");
    CHECK(items[2].data == R"({"total":25.00,"status":"shipped","vendorId":")" +
                               counter.vendor_a.id.to_string() + R"(","trackingNumber":"1Z"})");
    CHECK(counter.run(counter.service->timeline(counter.vendor_b, order.id)).value().size() == 1);
    CHECK(counter.run(counter.service->timeline(Counter::of(Role::customer), order.id))
              .error()
              .is(cloudretail::errors::not_found));
}

TEST_CASE_ON_BOTH("an event that names no order is refused, so that it becomes a dead letter", "[order]") {
    Counter counter(dialect);
    for (const char* data : {"{}", "nonsense", R"({"orderId":"x"})"})
        CHECK_THROWS(write(counter, [&](db::Tx& tx) {
            const auto created = event("order.created", "x", data, 1, 1);
            note(tx, "order", std::span(&created, 1));
        }));
}

TEST_CASE_ON_BOTH("an order learns of money that came later or was given back elsewhere", "[order]") {
    Counter counter(dialect);
    auto order = counter.row(counter.place("cash_on_delivery"));
    REQUIRE(order.payment_status == "authorized");
    const auto told = [&](const char* type, const char* method, const char* status, std::int64_t position) {
        write(counter,
              [&](db::Tx& tx) { take_payment(tx, payment_event(order, type, method, status, position)); });
        return counter.row(order.id).payment_status;
    };
    CHECK(told(payment::payment_captured, "bank_transfer", "captured", 1) == "captured");
    CHECK(counter.row(order.id).version == order.version + 1);
    CHECK(told(payment::payment_refunded, "bank_transfer", "partially_refunded", 2) == "partially_refunded");
    CHECK(told(payment::payment_captured, "bank_transfer", "captured", 3) == "partially_refunded");
    CHECK(told(payment::payment_refunded, "bank_transfer", "refunded", 4) == "refunded");
}

TEST_CASE_ON_BOTH("money that comes before the order is confirmed is not forgotten by confirming it",
                  "[order]") {
    Counter counter(dialect);
    counter.till.silent = true;
    auto order = counter.row(counter.place("cash_on_delivery"));
    REQUIRE(order.status == Status::pending);
    write(counter, [&](db::Tx& tx) {
        take_payment(tx, payment_event(order, payment::payment_captured, "bank_transfer", "captured", 1));
    });
    CHECK(counter.row(order.id).payment_status == "captured");
    CHECK(counter.status(order.id) == "pending");
    counter.till.silent = false;
    CHECK(counter.eventually([&] { return counter.status(order.id) == "confirmed"; }));
    CHECK(counter.till.of(order.id).status == payment::Status::authorized);
    CHECK(counter.row(order.id).payment_status == "captured");
}

}  // namespace
}  // namespace cloudretail::order
