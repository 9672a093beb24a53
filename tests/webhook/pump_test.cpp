// Sending: receivers that answer with everything there is; nothing is lost, nobody waits for another, and a
// process that dies leaves nothing that is not sent again.
#include "desk.hpp"

namespace cloudretail::webhook {

namespace {

constexpr std::int64_t second = 1'000, minute = 60 * second, hour = 60 * minute;

using test::http_answer;
using test::ReceivedCall;
using test::WebhookReceiver;

/// The moments, since now, at which the endpoint is asked, until nothing is pending any more.
std::vector<std::int64_t> moments(Desk& desk, WebhookId id) {
    const Timestamp begin = desk.clock.now();
    std::vector<std::int64_t> asked;
    while (true) {
        if (desk.send() > 0) asked.push_back(desk.clock.now().ms - begin.ms);
        const auto pending = desk.deliveries(id, State::pending);
        if (pending.empty()) return asked;
        REQUIRE(pending[0].next_at > desk.clock.now());
        desk.pass_ms(pending[0].next_at.ms - desk.clock.now().ms);
    }
}

const std::vector<std::int64_t> whole_schedule{0,
                                               5 * second,
                                               5 * minute + 5 * second,
                                               35 * minute + 5 * second,
                                               2 * hour + 35 * minute + 5 * second,
                                               7 * hour + 35 * minute + 5 * second,
                                               17 * hour + 35 * minute + 5 * second,
                                               24 * hour};

/// Nothing is held back, so that one delivery's schedule shows.
PumpSettings without_breaker() {
    auto settings = pumps_of_the_tests();
    settings.schedule.breaker_failures = 1'000;
    return settings;
}

std::string odd_answer(const std::string& what) {
    if (what == "garbage") return "not http at all\r\n\r\n";
    if (what == "cut") return "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n12";
    return http_answer(std::stoi(what), "no", what == "302" ? "Location: http://127.0.0.1:1/\r\n" : "");
}

}  // namespace

TEST_CASE_ON_BOTH("what is not taken is tried again on the schedule, then it is dead", "[webhook]") {
    Desk desk(dialect, without_breaker());
    WebhookReceiver receiver;
    receiver.answer_with([](const ReceivedCall& call) { return odd_answer(call.path.substr(1)); });
    int dead_before = 0;
    for (const std::string what : {"500", "302", "404", "garbage", "cut"}) {
        CAPTURE(what);
        const auto made = desk.make(Desk::person(Role::admin), receiver.url("/" + what));
        const auto event = desk.product_created();
        CHECK(moments(desk, made.id) == whole_schedule);
        const auto calls = receiver.calls("/" + what);
        REQUIRE(calls.size() == whole_schedule.size());
        for (const auto& call : calls) {
            CHECK(call.header("webhook-id") == event.id.to_string());
            CHECK(call.body == calls[0].body);
            CHECK(test::is_signed_with(call, made.secret));
        }
        CHECK(calls[0].header("webhook-timestamp") != calls[3].header("webhook-timestamp"));
        const auto dead = desk.deliveries(made.id, State::dead);
        REQUIRE(dead.size() == 1);
        CHECK(dead[0].attempts == static_cast<int>(whole_schedule.size()));
        CHECK_FALSE(dead[0].error.empty());
        CHECK(dead[0].latest.size() == whole_schedule.size());
        CHECK(dead[0].latest[0].number == static_cast<int>(whole_schedule.size()));
        CHECK(desk.run(desk.service().dead(desk.admin, {})).value().total == ++dead_before);
        Change off;
        off.active = false;
        REQUIRE(desk.run(desk.service().change(desk.admin, made.id, off, "")).has_value());
    }
}

TEST_CASE_ON_BOTH("who never answers is tried again too, and keeps nobody else waiting", "[webhook]") {
    auto clients = clients_of_the_tests();
    clients.timeout_ms = 500;
    Desk desk(dialect, without_breaker(), clients);
    WebhookReceiver silent, quick;
    silent.answer_with([](const ReceivedCall&) { return std::string(); });
    const auto never = desk.make(desk.admin, silent.url()), well = desk.make(desk.admin, quick.url());
    for (int i = 0; i < 6; ++i) desk.product_created();
    desk.send();
    const auto delivered = desk.deliveries(well.id, State::delivered);
    REQUIRE(delivered.size() == 6);
    const auto waiting = desk.deliveries(never.id, State::pending);
    REQUIRE(waiting.size() == 6);
    CHECK(waiting[0].latest[0].status == 0);
    CHECK(waiting[0].latest[0].error == "no answer in time");
    CHECK(waiting[0].next_at == desk.clock.now().plus_ms(5 * second));
    CHECK(quick.calls().size() == 6);
}

TEST_CASE_ON_BOTH("410 switches the webhook off, and what was still to be sent is dead", "[webhook]") {
    auto settings = pumps_of_the_tests();
    settings.per_webhook = 1;
    Desk desk(dialect, settings);
    WebhookReceiver receiver;
    receiver.answer_with(410);
    const auto made = desk.make(desk.admin, receiver.url());
    for (int i = 0; i < 3; ++i) desk.product_created();
    CHECK(desk.send() == 1);
    const Webhook webhook = desk.get(made.id);
    CHECK_FALSE(webhook.active);
    CHECK(webhook.disabled_reason == "gone");
    CHECK(desk.sql("SELECT details FROM audit WHERE action = 'webhook.switched_off'") ==
          R"({"reason":"gone"})");
    desk.tidy();
    CHECK(desk.deliveries(made.id, State::dead).size() == 3);
    desk.product_created();
    CHECK(desk.deliveries(made.id).size() == 3);
    CHECK(desk.metrics.render().find("cloudretail_webhook_switched_off_total 1") != std::string::npos);
    CHECK(desk.metrics.render().find("cloudretail_webhooks{state=\"disabled\"} 1") != std::string::npos);

    receiver.answer_with(200);
    Change on;
    on.active = true;
    auto changed = desk.run(desk.service().change(desk.admin, made.id, on, ""));
    REQUIRE(changed.has_value());
    CHECK(changed->disabled_reason.empty());
    CHECK(changed->standing == Standing{});
    for (const auto& dead : desk.deliveries(made.id))
        REQUIRE(desk.run(desk.service().send_again(desk.admin, made.id, dead.id)).has_value());
    CHECK(desk.send() == 3);
    CHECK(desk.deliveries(made.id, State::delivered).size() == 3);
}

TEST_CASE_ON_BOTH("429 with Retry-After holds the whole endpoint back for that long, others not",
                  "[webhook]") {
    auto settings = pumps_of_the_tests();
    settings.per_webhook = 1;
    Desk desk(dialect, settings);
    WebhookReceiver busy, well;
    busy.answer_with([](const ReceivedCall&) { return http_answer(429, "", "Retry-After: 600\r\n"); });
    const auto made = desk.make(desk.admin, busy.url()), other = desk.make(desk.admin, well.url());
    for (int i = 0; i < 3; ++i) desk.product_created();
    CHECK(desk.send() == 4);
    CHECK(busy.calls().size() == 1);
    CHECK(desk.deliveries(other.id, State::delivered).size() == 3);
    busy.answer_with(200);
    desk.pass_ms(600 * second - 1);
    CHECK(desk.send() == 0);
    desk.pass_ms(1);
    CHECK(desk.send() == 3);
    CHECK(desk.deliveries(made.id, State::delivered).size() == 3);
}

TEST_CASE_ON_BOTH("an endpoint that fails again and again is asked by one delivery at a time", "[webhook]") {
    Desk desk(dialect);
    WebhookReceiver receiver;
    receiver.answer_with(503);
    const auto made = desk.make(desk.admin, receiver.url());
    for (int i = 0; i < 20; ++i) desk.product_created();
    const int first = desk.send();
    CHECK(first >= 5);
    CHECK(first <= 8);
    CHECK(desk.get(made.id).standing.failing_since == desk.clock.now());
    desk.pass_ms(29 * second);
    CHECK(desk.send() == 0);
    desk.pass_ms(1 * second);
    CHECK(desk.send() == 1);
    receiver.answer_with(200);
    desk.pass_ms(30 * second);
    CHECK(desk.send() >= 20 - first);
    CHECK(desk.get(made.id).standing == Standing{});
    desk.pass_ms(6 * minute);
    desk.send();
    CHECK(desk.deliveries(made.id, State::delivered).size() == 20);
}

TEST_CASE_ON_BOTH("days of nothing but failures switch a webhook off, one success in between does not",
                  "[webhook]") {
    Desk desk(dialect, without_breaker());
    WebhookReceiver receiver;
    receiver.answer_with(500);
    const auto made = desk.make(desk.admin, receiver.url());
    const auto day_with = [&](int status) {
        receiver.answer_with(status);
        desk.product_created();
        desk.send();
        desk.pass_ms(24 * hour);
        return desk.get(made.id).active;
    };
    CHECK(day_with(500));
    CHECK(day_with(500));
    CHECK(day_with(200));
    CHECK(day_with(500));
    CHECK(day_with(500));
    CHECK(day_with(500));
    CHECK_FALSE(day_with(500));
    CHECK(desk.get(made.id).disabled_reason == "failing");
    CHECK(desk.sql("SELECT details FROM audit WHERE action = 'webhook.switched_off'") ==
          R"({"reason":"failing"})");
}

TEST_CASE_ON_BOTH("much that waits for one endpoint does not delay another", "[webhook]") {
    auto settings = pumps_of_the_tests();
    settings.at_once = 3;
    settings.per_webhook = 2;
    Desk desk(dialect, settings);
    WebhookReceiver receiver;
    desk.make(desk.admin, receiver.url("/much"));
    for (int i = 0; i < 30; ++i) desk.product_created();
    for (const char* path : {"/few1", "/few2"}) desk.make(desk.admin, receiver.url(path), {"order.*"});
    for (int i = 0; i < 2; ++i) desk.happen("order", "order.failed", OrderId::make().to_string(), "{}");
    for (const int expected : {3, 3, 2}) {
        CHECK(desk.run(Pump::turn(desk.process->pump)) == expected);
        REQUIRE(desk.runtime.drain(std::chrono::seconds(10)));
    }
    CHECK(receiver.calls("/few1").size() == 2);
    CHECK(receiver.calls("/few2").size() == 2);
    desk.send();
    CHECK(receiver.calls("/much").size() == 32);
}

TEST_CASE_ON_BOTH("only where all places are taken for minutes, health says so", "[webhook]") {
    auto settings = pumps_of_the_tests();
    settings.at_once = 2;
    Desk desk(dialect, settings);
    WebhookReceiver receiver;
    receiver.answer_with([](const ReceivedCall&) { return std::string(); });
    desk.make(desk.admin, receiver.url());
    for (int i = 0; i < 3; ++i) desk.product_created();
    Pump& pump = desk.process->pump;
    CHECK(desk.run(Pump::turn(pump)) == 2);
    CHECK(desk.run(Pump::turn(pump)) == 0);
    CHECK(pump.condition().good);
    desk.pass_ms(5 * minute);
    CHECK_FALSE(pump.condition().good);
    pump.stop();
    REQUIRE(desk.runtime.drain(std::chrono::seconds(10)));
    desk.run(Pump::turn(pump));
    CHECK(pump.condition().good);
}

TEST_CASE_ON_BOTH("a delivery is sent again with the same id, however it ended", "[webhook]") {
    Desk desk(dialect, without_breaker());
    WebhookReceiver receiver;
    const auto made = desk.make(desk.vendor, receiver.url());
    desk.product_created(desk.vendor.id);
    CHECK(desk.send() == 1);
    const Delivery delivered = desk.deliveries(made.id).at(0);
    CHECK(delivered.state == State::delivered);
    auto again = desk.run(desk.service().send_again(desk.vendor, made.id, delivered.id));
    REQUIRE(again.has_value());
    CHECK(again->state == State::pending);
    receiver.answer_with(500);
    CHECK(moments(desk, made.id) == whole_schedule);
    const auto calls = receiver.calls();
    CHECK(calls.size() == 1 + whole_schedule.size());
    for (const auto& call : calls) CHECK(call.header("webhook-id") == calls[0].header("webhook-id"));
    const Delivery dead = desk.deliveries(made.id).at(0);
    CHECK(dead.state == State::dead);
    CHECK(dead.attempts == static_cast<int>(calls.size()));
}

TEST_CASE_ON_BOTH("what was sent and not written down is sent again by the next process", "[webhook]") {
    Desk desk(dialect);
    WebhookReceiver receiver;
    desk.make(desk.admin, receiver.url());
    desk.product_created();
    const auto id = DeliveryId::parse(desk.sql("SELECT id FROM deliveries")).value();
    desk.test_database.database().write_blocking([&](db::Tx& tx) {
        return store::take(tx, id, "a process that died", tx.now().plus_ms(60 * second)).has_value();
    });
    if (dialect == db::Dialect::postgresql) {
        CHECK(desk.send() == 0);  // it may live on another machine
        desk.pass_ms(60 * second);
    }
    CHECK(desk.send() == 1);
    CHECK(desk.sql("SELECT state FROM deliveries") == "delivered");
    // The dead one's answer comes late: nothing is done.
    const bool settled = desk.test_database.database().write_blocking([&](db::Tx& tx) {
        return store::settle(tx, id, "a process that died", {State::dead, {}, {9, {}, 0, 500, "", ""}});
    });
    CHECK_FALSE(settled);
    CHECK(desk.sql("SELECT state FROM deliveries") == "delivered");
}

TEST_CASE_ON_BOTH("stopping gives back what is under way", "[webhook]") {
    Desk desk(dialect);
    WebhookReceiver receiver;
    receiver.answer_with([](const ReceivedCall&) { return std::string(); });
    const auto made = desk.make(desk.admin, receiver.url());
    desk.product_created();
    CHECK(desk.run(Pump::turn(desk.process->pump)) == 1);
    desk.process->pump.stop();
    REQUIRE(desk.runtime.drain(std::chrono::seconds(10)));
    CHECK(desk.run(Pump::turn(desk.process->pump)) == 0);
    const Delivery left = desk.deliveries(made.id).at(0);
    CHECK(left.state == State::pending);
    CHECK(left.attempts == 0);
    receiver.answer_with(200);
    desk.restart();
    CHECK(desk.send() == 1);
}

TEST_CASE_ON_BOTH("of an answer the beginning is kept", "[webhook]") {
    Desk desk(dialect);
    WebhookReceiver receiver;
    receiver.answer_with([](const ReceivedCall&) {
        return http_answer(500, std::string("bad\0\xff\n", 6) + std::string(1'000, 'x'));
    });
    const auto made = desk.make(desk.admin, receiver.url());
    desk.product_created();
    desk.send();
    const Attempt attempt = desk.deliveries(made.id).at(0).latest.at(0);
    CHECK(attempt.status == 500);
    CHECK(attempt.error == "the answer is 500");
    CHECK(attempt.response == "bad \uFFFD " + std::string(58, 'x'));
    CHECK(attempt.duration_ms >= 0);
}

TEST_CASE_ON_BOTH("an address that may not be connected to is a failure that is tried again", "[webhook]") {
    Desk desk(dialect);
    WebhookReceiver receiver;
    const auto made = desk.make(desk.admin, receiver.url());
    desk.client_settings.guard = {};  // the operator thought better of it
    desk.restart();
    desk.product_created();
    CHECK(desk.send() == 1);
    CHECK(receiver.connections() == 0);
    CHECK(desk.deliveries(made.id).at(0).state == State::pending);
    CHECK(desk.metrics.render().find("cloudretail_webhook_attempts_total{result=\"not_allowed\"} 1") !=
          std::string::npos);
}

TEST_CASE_ON_BOTH("ended deliveries go with their tries and messages, pending ones stay", "[webhook]") {
    Desk desk(dialect);
    WebhookReceiver receiver;
    const auto made = desk.make(desk.admin, receiver.url());
    desk.product_created();
    desk.send();
    receiver.answer_with(500);
    desk.product_created();
    desk.send();
    const auto swept = [&] {
        return desk.test_database.database().write_blocking([](db::Tx& tx) {
            return std::pair(store::sweep_deliveries(tx, hour, 100), store::sweep_messages(tx, hour, 100));
        });
    };
    CHECK(swept() == std::pair<std::int64_t, std::int64_t>(0, 0));
    desk.pass_ms(hour + 1);
    CHECK(swept() == std::pair<std::int64_t, std::int64_t>(1, 1));
    CHECK(desk.sql("SELECT COUNT(*) FROM attempts") == "1");
    const auto left = desk.deliveries(made.id);
    REQUIRE(left.size() == 1);
    CHECK(left[0].state == State::pending);
}

}  // namespace cloudretail::webhook
