// From events to deliveries: who gets which, once, and what becomes of an owner's webhooks.
#include "desk.hpp"
#include "person.hpp"

namespace cloudretail::webhook {

namespace {

const std::string nowhere = "http://127.0.0.1:9/hook";

std::vector<std::string> types(const std::vector<Delivery>& deliveries) {
    std::vector<std::string> all;
    for (const Delivery& one : deliveries) all.insert(all.begin(), one.type);
    return all;
}

}  // namespace

using Types = std::vector<std::string>;

TEST_CASE_ON_BOTH("vendors are sent what they may see, administrators everything", "[webhook]") {
    Desk desk(dialect);
    const Caller other = Desk::person(Role::vendor);
    const auto mine = desk.make(desk.vendor, nowhere), theirs = desk.make(other, nowhere),
               all = desk.make(desk.admin, nowhere);
    desk.product_created(desk.vendor.id);
    desk.product_created(other.id);
    desk.product_created();
    events::Audience both(UserId::make());
    both.add(desk.vendor.id).add(other.id);
    desk.happen("order", "order.created", OrderId::make().to_string(),
                R"({"customerId":"c","total":5,"x":1})", both);
    CHECK(types(desk.deliveries(mine.id)) == Types{"product.created", "order.created"});
    CHECK(types(desk.deliveries(theirs.id)) == Types{"product.created", "order.created"});
    CHECK(desk.deliveries(all.id).size() == 4);
}

TEST_CASE_ON_BOTH("of an order a vendor is sent what concerns the own lines", "[webhook]") {
    Desk desk(dialect);
    test::WebhookReceiver receiver;
    desk.make(desk.vendor, receiver.url("/vendor"));
    desk.make(desk.admin, receiver.url("/admin"));
    events::Audience audience(UserId::make());
    audience.add(desk.vendor.id);
    const auto event = desk.happen("order", "order.created", OrderId::make().to_string(),
                                   R"({"orderId":"o","customerId":"c","total":5.00})", audience);
    CHECK(desk.send() == 2);
    const auto data = [&](const char* path) {
        const auto calls = receiver.calls(path);
        REQUIRE(calls.size() == 1);
        auto body = json::Document::parse(calls[0].body);
        CHECK(body.value().root()["id"].text() == event.id.to_string());
        return body.value().root()["data"].dump();
    };
    CHECK(data("/vendor") == R"({"orderId":"o"})");
    CHECK(data("/admin") == R"({"orderId":"o","customerId":"c","total":5.00})");
}

TEST_CASE_ON_BOTH("a message is a CloudEvent with ids and amounts, signed and traced", "[webhook]") {
    Desk desk(dialect);
    test::WebhookReceiver receiver;
    const auto made = desk.make(desk.vendor, receiver.url());
    const auto event = desk.product_created(desk.vendor.id);
    CHECK(desk.send() == 1);
    REQUIRE(receiver.calls().size() == 1);
    const auto call = receiver.calls()[0];
    CHECK(call.method == "POST");
    CHECK(call.header("content-type") == "application/cloudevents+json; charset=utf-8");
    CHECK(call.header("webhook-id") == event.id.to_string());
    CHECK(call.header("webhook-timestamp") == std::to_string(desk.clock.now().ms / 1'000));
    CHECK(test::is_signed_with(call, made.secret));
    CHECK(call.header("traceparent").starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
    CHECK(call.header("traceparent") != event.traceparent);
    auto body = json::Document::parse(call.body);
    const auto root = body.value().root();
    CHECK(root["specversion"].text() == "1.0");
    CHECK(root["id"].text() == event.id.to_string());
    CHECK(root["source"].text() == "/cloudretail/product");
    CHECK(root["type"].text() == "product.created");
    CHECK(root["subject"].text() == event.subject);
    CHECK(root["time"].text() == event.at.to_string());
    CHECK(root["datacontenttype"].text() == "application/json");
    CHECK(root["data"].dump() == R"({"price":12.99})");
}

TEST_CASE_ON_BOTH("an event that is handled again makes no second delivery", "[webhook]") {
    Desk desk(dialect);
    const auto made = desk.make(desk.vendor, nowhere);
    const auto event = desk.product_created(desk.vendor.id);
    desk.tell("product", event);
    desk.tell("product", event);
    CHECK(desk.deliveries(made.id).size() == 1);
    CHECK(desk.sql("SELECT COUNT(*) FROM messages") == "1");
}

TEST_CASE_ON_BOTH("what happened before a webhook was made is not sent to it", "[webhook]") {
    Desk desk(dialect);
    events::Event before;
    before.id = make_uuid();
    before.type = "product.created";
    before.data = "{}";
    before.audience = desk.vendor.id.to_string();
    before.at = desk.clock.now();
    desk.pass_ms(1);
    const auto made = desk.make(desk.vendor, nowhere);
    desk.tell("product", before);
    CHECK(desk.deliveries(made.id).empty());
}

TEST_CASE_ON_BOTH("changes of webhooks count from the next event on", "[webhook]") {
    Desk desk(dialect);
    const auto made = desk.make(desk.vendor, nowhere, {"order.*"});
    desk.product_created(desk.vendor.id);
    CHECK(desk.deliveries(made.id).empty());
    Change change;
    change.events = std::vector<std::string>{"product.created"};
    REQUIRE(desk.run(desk.service().change(desk.vendor, made.id, change, "")).has_value());
    desk.product_created(desk.vendor.id);
    CHECK(desk.deliveries(made.id).size() == 1);
    change.active = false;
    REQUIRE(desk.run(desk.service().change(desk.vendor, made.id, change, "")).has_value());
    desk.product_created(desk.vendor.id);
    CHECK(desk.deliveries(made.id).size() == 1);
    desk.restart();
    desk.product_created(desk.vendor.id);
    CHECK(desk.deliveries(made.id).size() == 1);
}

TEST_CASE_ON_BOTH("another process's new webhooks are heard for", "[webhook]") {
    Desk desk(dialect);
    desk.product_created(desk.vendor.id);  // our process has looked
    const auto other = desk.make_process();
    auto answer = desk.run(other->service.create(desk.vendor, Desk::named(nowhere), {}));
    REQUIRE(answer.has_value());
    desk.pass_ms(1);
    desk.product_created(desk.vendor.id);
    CHECK(desk.sql("SELECT COUNT(*) FROM deliveries") == "1");
}

TEST_CASE_ON_BOTH("an owner who is disabled or sells no more is sent nothing", "[webhook]") {
    Desk desk(dialect);
    test::WebhookReceiver receiver;
    const auto made = desk.make(desk.vendor, receiver.url());
    const auto sent_after = [&](const std::string& type, Role role) {
        desk.user_event(type, desk.vendor.id, role);
        desk.send();
        const auto before = receiver.calls().size();
        desk.product_created(desk.vendor.id);
        desk.send();
        return receiver.calls().size() - before;
    };
    CHECK(sent_after("user.disabled", Role::vendor) == 0);
    CHECK(sent_after("user.enabled", Role::vendor) == 1);
    CHECK(sent_after("user.role_changed", Role::customer) == 0);
    CHECK(sent_after("user.role_changed", Role::admin) == 1);
    CHECK(sent_after("user.role_changed", Role::vendor) == 1);

    receiver.answer_with(500);
    desk.product_created(desk.vendor.id);
    desk.send();
    desk.user_event("user.disabled", desk.vendor.id, Role::vendor);
    desk.pass_ms(3'600'000);
    CHECK(desk.send() == 0);  // nor what was still to be sent
    desk.tidy();
    CHECK(desk.deliveries(made.id, State::pending).empty());
}

TEST_CASE_ON_BOTH("with an erased owner the webhooks and all that was sent to them go", "[webhook]") {
    Desk desk(dialect);
    test::WebhookReceiver receiver;
    const auto made = desk.make(desk.vendor, receiver.url());
    desk.make(desk.admin, receiver.url("/admin"));
    receiver.answer_with([](const test::ReceivedCall& call) {
        return test::http_answer(call.path == "/admin" ? 200 : 500, "told");
    });
    desk.product_created(desk.vendor.id);
    CHECK(desk.send() == 2);
    const auto holder = person_holder(desk.test_database.database());
    const auto shown = desk.run(holder.show(desk.vendor.id, 10));
    CHECK(shown.find(receiver.url()) != std::string::npos);
    CHECK(shown.find("whsec_") == std::string::npos);
    CHECK(desk.run(holder.erase(desk.vendor.id)).empty());
    CHECK(desk.run(holder.erase(desk.vendor.id)).empty());
    CHECK(desk.sql("SELECT COUNT(*) FROM webhooks") == "1");
    CHECK(desk.sql("SELECT COUNT(*) FROM secrets") == "1");
    CHECK(desk.sql("SELECT COUNT(*) FROM deliveries") == "1");
    CHECK(desk.sql("SELECT COUNT(*) FROM attempts") == "1");
    CHECK(desk.run(holder.show(desk.vendor.id, 10)) == R"({"webhooks":[],"truncated":false})");
    desk.make(desk.vendor, nowhere);  // while the erasure was under way
    desk.user_event("user.deleted", desk.vendor.id, Role::vendor);
    desk.tidy();
    CHECK(desk.sql("SELECT COUNT(*) FROM webhooks") == "1");
    CHECK(desk.run(desk.service().get(desk.vendor, made.id)).has_error());
}

}  // namespace cloudretail::webhook
