// Letters to customers: their words, which event asks for which, to whom, and the pump that sends them.
#include "letters.hpp"

#include <mail/sender.hpp>
#include <metrics/metrics.hpp>
#include <order/events.hpp>
#include "desk.hpp"
#include "mail_pump.hpp"
#include "mail_store.hpp"
#include "order_letters.hpp"

namespace cloudretail::user {

namespace {

/// Ends as it is told, and remembers what it was given.
struct FakeSender final : mail::Sender {
    mail::Sent send(const mail::Message& message) override {
        messages.push_back(message);
        return answer;
    }
    [[nodiscard]] bool available() const override { return there; }
    void forget(std::string_view, Timestamp) override {}
    void tidy(Timestamp) override {}
    std::vector<mail::Message> messages;
    mail::Sent answer{};
    bool there = true;
};

order::OrderChanged change(UserId customer, const std::string& status = "confirmed") {
    order::OrderChanged c;
    c.order_id = OrderId::make();
    c.number = "1001";
    c.customer_id = customer;
    c.total = Money{129'999};
    c.currency = "EUR";
    c.status = status;
    return c;
}

events::Event event_of(const char* type, const order::OrderChanged& c) {
    events::Event event;
    event.id = make_uuid();
    event.type = type;
    event.subject = c.order_id.to_string();
    event.data = c.to_json();
    return event;
}

void hear(Desk& desk, const events::Event& event, const std::string& url = "https://shop.example/") {
    desk.test_database.database().write_blocking([&](db::Tx& tx) {
        write_order_letters(tx, std::span(&event, 1), url);
        return Unit{};
    });
}

UserId customer(Desk& desk) {
    REQUIRE(desk.enrol(Desk::account("ann@example.com")).has_value());
    desk.test_database.database().write_blocking([](db::Tx& tx) {
        tx->script("DELETE FROM mails");  // what registering may have posted
        return Unit{};
    });
    return *UserId::parse(desk.sql("SELECT id FROM users"));
}

struct Post {
    explicit Post(Desk& desk, int attempts = 3)
        : pump(desk.test_database.database(), sender,
               {{"Shop", "shop@example.com"}, 20, attempts, 1'000, 60'000, 5'000}, metrics) {}
    FakeSender sender;
    metrics::Registry metrics;
    MailPump pump;
};

}  // namespace

TEST_CASE("amounts in letters have their thousands apart and two decimals", "[mail]") {
    struct Row {
        std::int64_t minor;
        const char* text;
    };
    for (const Row& row : {Row{0, "0.00 USD"}, Row{5, "0.05 USD"}, Row{99'999, "999.99 USD"},
                           Row{100'000, "1,000.00 USD"}, Row{12'345'678'901, "123,456,789.01 USD"}})
        CHECK(letters::amount(Money{row.minor}, "USD") == row.text);
}

TEST_CASE("a letter links to its order only where the shop has an address", "[mail]") {
    const letters::Order order{"0192", "1001", Money{129'999}, "EUR"};
    auto with = letters::confirmed("Ann", order, "https://shop.example");
    CHECK(with.subject == "Your order 1001 is confirmed");
    CHECK(with.text.starts_with("Hello Ann,\n\n"));
    CHECK(with.text.find("Total: 1,299.99 EUR\n") != std::string::npos);
    CHECK(with.text.find("https://shop.example/orders/0192\n") != std::string::npos);
    CHECK(letters::confirmed("Ann", order, "").text.find("http") == std::string::npos);
    auto shipped = letters::shipped("Ann", order, "1Z 999\nBcc: x", "");
    CHECK(shipped.text.find("Tracking number: 1Z 999 Bcc: x\n") != std::string::npos);
    CHECK(letters::shipped("Ann", order, "", "").text.find("Tracking") == std::string::npos);
}

TEST_CASE_ON_BOTH("the buyer gets one letter for each thing that became of an order", "[mail]") {
    Desk desk(dialect);
    const UserId ann = customer(desk);
    auto shipped = change(ann, "shipped");
    shipped.vendor_id = UserId::make();
    shipped.tracking_number = "TRACK-7";
    auto refunded = change(ann, "shipped");
    refunded.refund_id = make_uuid();
    refunded.amount = Money{2'550};
    auto part = change(ann, "confirmed");
    part.vendor_id = UserId::make();
    const std::vector<events::Event> events{
        event_of(order::order_created, change(ann)), event_of(order::order_shipped, shipped),
        event_of(order::order_refunded, refunded), event_of(order::order_cancelled, change(ann, "cancelled")),
        event_of(order::order_cancelled, part)};
    for (int twice = 0; twice < 2; ++twice)
        for (const auto& event : events) hear(desk, event);
    Post post(desk);
    CHECK(post.pump.turn() == 4);
    CHECK(post.pump.turn() == 0);
    std::string subjects, texts;
    for (const auto& m : post.sender.messages) {
        CHECK(m.to == "ann@example.com");
        CHECK(m.text.find("https://shop.example/orders/") != std::string::npos);
        subjects += m.subject + "\n";
        texts += m.text;
    }
    for (const char* subject : {"is confirmed\n", "is on its way\n", "was refunded\n", "is cancelled\n"})
        CHECK(subjects.find(subject) != std::string::npos);
    CHECK(texts.find("TRACK-7") != std::string::npos);
    CHECK(texts.find("25.50 EUR") != std::string::npos);
}

TEST_CASE_ON_BOTH("nobody is written to whose account is gone, and an event that is no event is refused",
                  "[mail]") {
    Desk desk(dialect);
    hear(desk, event_of(order::order_created, change(UserId::make())));
    CHECK(desk.sql("SELECT COUNT(*) FROM mails") == "0");
    auto broken = event_of(order::order_created, change(UserId::make()));
    broken.data = "{}";
    CHECK_THROWS_AS(hear(desk, broken), std::runtime_error);
}

TEST_CASE_ON_BOTH("a mail that fails is tried again later, and given up after its tries", "[mail]") {
    Desk desk(dialect);
    const UserId ann = customer(desk);
    hear(desk, event_of(order::order_created, change(ann)));
    Post post(desk);
    post.sender.answer = {mail::Sent::Kind::away, "no answer"};
    CHECK(post.pump.turn() == 1);
    CHECK(post.pump.turn() == 0);  // not yet
    desk.clock.advance_ms(1'000);
    CHECK(post.pump.turn() == 1);
    desk.clock.advance_ms(2'000);
    CHECK(post.pump.turn() == 1);
    desk.clock.advance_ms(60'000);
    CHECK(post.pump.turn() == 0);
    CHECK(desk.sql("SELECT state FROM mails") == "dead");
    CHECK(post.metrics.render().find("cloudretail_mails_total{result=\"given_up\"} 1") != std::string::npos);
}

TEST_CASE_ON_BOTH("of many mails no more go out in a second than are allowed", "[mail]") {
    Desk desk(dialect);
    const UserId ann = customer(desk);
    for (int i = 0; i < 30; ++i) hear(desk, event_of(order::order_created, change(ann)));
    Post post(desk);  // 20 a second, 10 a turn
    CHECK(post.pump.turn() == 10);
    CHECK(post.pump.turn() == 10);
    CHECK(post.pump.turn() == 0);
    desk.clock.advance_ms(100);
    CHECK(post.pump.turn() == 2);
    desk.clock.advance_ms(3'600'000);  // idle time is not saved up
    CHECK(post.pump.turn() == 8);
    CHECK(desk.sql("SELECT COUNT(*) FROM mails WHERE state = 'sent'") == "30");
    CHECK(post.pump.turn() == 0);
}

TEST_CASE_ON_BOTH("a mail that is refused is given up at once, and a sender that is away is left alone",
                  "[mail]") {
    Desk desk(dialect);
    const UserId ann = customer(desk);
    hear(desk, event_of(order::order_created, change(ann)));
    Post post(desk);
    post.sender.there = false;
    CHECK(post.pump.turn() == 0);
    CHECK(desk.sql("SELECT attempts FROM mails") == "0");
    post.sender.there = true;
    post.sender.answer = {mail::Sent::Kind::refused, "SMTP 550"};
    CHECK(post.pump.turn() == 1);
    CHECK(desk.sql("SELECT state FROM mails") == "dead");
}

}  // namespace cloudretail::user
