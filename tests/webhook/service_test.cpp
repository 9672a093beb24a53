// What owners and administrators do with webhooks, on both databases.
#include "desk.hpp"

namespace cloudretail::webhook {

namespace {

const std::string good_url = "http://127.0.0.1:9/hook";

template <class T>
std::string problem(const Result<T>& result) {
    return result ? "ok" : std::string(result.error().type->slug);
}

}  // namespace

TEST_CASE_ON_BOTH("a webhook is made with a secret that nobody is shown again", "[webhook]") {
    Desk desk(dialect);
    auto answer = desk.run(desk.service().create(desk.vendor, Desk::named(good_url, {"order.*"}), {}));
    REQUIRE(answer.has_value());
    CHECK(answer->status == 201);
    CHECK(answer->etag == "\"1\"");
    CHECK(answer->location == "/api/webhooks/" + answer->subject);
    auto body = json::Document::parse(answer->body);
    const std::string secret(body.value().root()["secret"].text().value_or(""));
    CHECK(secret.starts_with("whsec_"));
    CHECK(secret.size() == 6 + 44);  // 32 bytes
    const Webhook webhook = desk.get(WebhookId::parse(answer->subject).value());
    CHECK(webhook.url == good_url);
    CHECK(webhook.events == std::vector<std::string>{"order.*"});
    CHECK(webhook.owner_id == desk.vendor.id);
    CHECK(webhook.active);
    CHECK(desk.sql("SELECT sealed FROM secrets").find(secret.substr(6)) == std::string::npos);
    CHECK(desk.sql("SELECT action FROM audit") == "webhook.created");
}

TEST_CASE_ON_BOTH("the same idempotency key makes one webhook, and never tells the secret again",
                  "[webhook]") {
    Desk desk(dialect);
    const db::IdempotencyKey key{"scope", "print"}, other{"scope", "other"};
    auto first = desk.run(desk.service().create(desk.vendor, Desk::named(good_url), key));
    auto again = desk.run(desk.service().create(desk.vendor, Desk::named(good_url), key));
    REQUIRE(first.has_value());
    REQUIRE(again.has_value());
    CHECK(again->subject == first->subject);
    CHECK(again->replayed);
    CHECK(first->body.find("whsec_") != std::string::npos);
    CHECK(again->body.find("whsec_") == std::string::npos);
    CHECK(desk.sql("SELECT body FROM idempotency").find("whsec_") == std::string::npos);
    CHECK(desk.sql("SELECT COUNT(*) FROM webhooks") == "1");
    CHECK(problem(desk.run(desk.service().create(desk.vendor, Desk::named(good_url), other))) ==
          "idempotency-key-reused");
}

TEST_CASE_ON_BOTH("addresses that lead inside and events that do not exist are refused by name",
                  "[webhook]") {
    Desk desk(dialect);
    for (const char* url : {"http://10.0.0.1/", "ftp://example.com/", "http://u:p@example.com/", "x", ""}) {
        CAPTURE(url);
        auto answer =
            desk.run(desk.service().create(desk.vendor, Desk::named(url, {"*", "order.burnt"}), {}));
        REQUIRE_FALSE(answer.has_value());
        REQUIRE(answer.error().fields.size() == 2);
        CHECK(answer.error().fields[0].pointer == "/url");
        CHECK(answer.error().fields[1].pointer == "/events/1");
    }
    const auto made = desk.make(desk.vendor, good_url);
    Change change;
    change.url = "http://169.254.169.254/";
    CHECK(problem(desk.run(desk.service().change(desk.vendor, made.id, change, ""))) == "validation");
    CHECK(desk.get(made.id).url == good_url);
}

TEST_CASE_ON_BOTH("webhooks are for vendors and administrators, and somebody else's is not there",
                  "[webhook]") {
    Desk desk(dialect);
    const auto made = desk.make(desk.vendor, good_url);
    const auto all = [&](const Caller& caller, WebhookId id) {
        return std::vector<std::string>{
            problem(desk.run(desk.service().get(caller, id))),
            problem(desk.run(desk.service().change(caller, id, {}, ""))),
            problem(desk.run(desk.service().rotate(caller, id))),
            problem(desk.run(desk.service().test(caller, id))),
            problem(desk.run(desk.service().deliveries(caller, id, {}, {}))),
            problem(desk.run(desk.service().send_again(caller, id, DeliveryId::make()))),
            problem(desk.run(desk.service().remove(caller, id, "")))};
    };
    using All = std::vector<std::string>;
    CHECK(all(Desk::person(Role::vendor), made.id) == All(7, "not-found"));
    CHECK(all(Desk::person(Role::customer), made.id) == All(7, "forbidden"));
    CHECK(all(Caller{}, made.id) == All(7, "forbidden"));
    CHECK(all(desk.vendor, WebhookId::make()) == All(7, "not-found"));
    CHECK(problem(desk.run(desk.service().create(Desk::person(Role::customer), Desk::named(good_url), {}))) ==
          "forbidden");
    CHECK(problem(desk.run(desk.service().dead(desk.vendor, {}))) == "forbidden");
    CHECK(problem(desk.run(desk.service().dead(desk.admin, {}))) == "ok");
    CHECK(all(desk.admin, made.id) == All{"ok", "ok", "ok", "ok", "ok", "not-found", "ok"});
    CHECK(all(desk.vendor, made.id) == All(7, "not-found"));
}

TEST_CASE_ON_BOTH("lists show one's own, to administrators all of them, page by page", "[webhook]") {
    Desk desk(dialect);
    std::vector<WebhookId> made;
    for (int i = 0; i < 3; ++i) made.push_back(desk.make(desk.vendor, good_url).id);
    desk.make(Desk::person(Role::vendor), good_url);
    auto first = desk.run(desk.service().list(desk.vendor, {.limit = 2})).value();
    CHECK(first.total == 3);
    CHECK(first.more);
    REQUIRE(first.items.size() == 2);
    CHECK(first.items[0].id == made[2]);
    auto rest = desk.run(desk.service().list(desk.vendor, {.before = first.items[1].id, .limit = 2})).value();
    CHECK_FALSE(rest.more);
    REQUIRE(rest.items.size() == 1);
    CHECK(rest.items[0].id == made[0]);
    CHECK(desk.run(desk.service().list(desk.vendor, {.offset = 1})).value().items.size() == 2);
    CHECK(desk.run(desk.service().list(desk.admin, {})).value().total == 4);
    CHECK(desk.run(desk.service().list(Desk::person(Role::vendor), {})).value().total == 0);
}

TEST_CASE_ON_BOTH("a user has as many webhooks as may be, and no more", "[webhook]") {
    Desk desk(dialect);
    auto made = desk.make(desk.vendor, good_url);
    for (int i = 0; i < 2; ++i) desk.make(desk.vendor, good_url);
    CHECK(problem(desk.run(desk.service().create(desk.vendor, Desk::named(good_url), {}))) ==
          "webhook-limit");
    CHECK(problem(desk.run(desk.service().create(desk.admin, Desk::named(good_url), {}))) == "ok");
    // With a key the refusal is the answer, for as long as the key is known.
    const db::IdempotencyKey key{"scope", "print"};
    const auto refused = desk.run(desk.service().create(desk.vendor, Desk::named(good_url), key));
    CHECK(refused.value().status == 409);
    REQUIRE(desk.run(desk.service().remove(desk.vendor, made.id, "")).has_value());
    const auto again = desk.run(desk.service().create(desk.vendor, Desk::named(good_url), key));
    CHECK(again.value().status == 409);
    CHECK(again.value().replayed);
    CHECK(again.value().body == refused.value().body);
    desk.make(desk.vendor, good_url);
}

TEST_CASE_ON_BOTH("changes need the newest ETag where one is sent, and leave the rest as it is",
                  "[webhook]") {
    Desk desk(dialect);
    const auto made = desk.make(desk.vendor, good_url, {"order.*"});
    Change change;
    change.description = "Warehouse";
    CHECK(problem(desk.run(desk.service().change(desk.vendor, made.id, change, "\"7\""))) == "stale");
    auto changed = desk.run(desk.service().change(desk.vendor, made.id, change, "\"1\""));
    REQUIRE(changed.has_value());
    CHECK(etag_of(*changed) == "\"2\"");
    CHECK(changed->description == "Warehouse");
    CHECK(changed->events == std::vector<std::string>{"order.*"});
    CHECK(changed->url == good_url);
    CHECK(problem(desk.run(desk.service().remove(desk.vendor, made.id, "\"1\""))) == "stale");
    CHECK(problem(desk.run(desk.service().remove(desk.vendor, made.id, "\"2\""))) == "ok");
}

TEST_CASE_ON_BOTH("after a rotation both secrets sign until the old one's time is over", "[webhook]") {
    Desk desk(dialect);
    test::WebhookReceiver receiver;
    const auto made = desk.make(desk.vendor, receiver.url());
    auto rotated = desk.run(desk.service().rotate(desk.vendor, made.id));
    REQUIRE(rotated.has_value());
    CHECK(rotated->secret != made.secret);
    CHECK(rotated->before_expires_at == desk.clock.now().plus_ms(3'600'000));
    desk.product_created(desk.vendor.id);
    CHECK(desk.send() == 1);
    desk.pass_ms(3'600'001);
    desk.product_created(desk.vendor.id);
    CHECK(desk.send() == 1);
    const auto calls = receiver.calls();
    REQUIRE(calls.size() == 2);
    CHECK(test::is_signed_with(calls[0], made.secret));
    CHECK(test::is_signed_with(calls[0], rotated->secret));
    CHECK_FALSE(test::is_signed_with(calls[1], made.secret));
    CHECK(test::is_signed_with(calls[1], rotated->secret));
    for (int i = 0; i < 10; ++i) REQUIRE(desk.run(desk.service().rotate(desk.vendor, made.id)).has_value());
    CHECK(desk.sql("SELECT COUNT(*) FROM secrets") == "5");
    desk.pass_ms(3'600'001);
    desk.test_database.database().write_blocking([](db::Tx& tx) { return store::sweep_secrets(tx, 100); });
    CHECK(desk.sql("SELECT COUNT(*) FROM secrets") == "1");
}

TEST_CASE_ON_BOTH("a test event goes to the endpoint whatever it asked for, one at a time", "[webhook]") {
    Desk desk(dialect);
    test::WebhookReceiver receiver;
    const auto made = desk.make(desk.vendor, receiver.url(), {"order.created"});
    auto first = desk.run(desk.service().test(desk.vendor, made.id));
    auto again = desk.run(desk.service().test(desk.vendor, made.id));
    REQUIRE(first.has_value());
    CHECK(first->type == "webhook.test");
    CHECK(again->id == first->id);
    CHECK(desk.send() == 1);
    REQUIRE(receiver.calls().size() == 1);
    auto body = json::Document::parse(receiver.calls()[0].body);
    CHECK(body.value().root()["type"].text() == "webhook.test");
    CHECK(body.value().root()["data"]["webhookId"].text() == made.id.to_string());
    CHECK(desk.run(desk.service().test(desk.vendor, made.id))->id != first->id);

    Change off;
    off.active = false;
    REQUIRE(desk.run(desk.service().change(desk.vendor, made.id, off, "")).has_value());
    CHECK(problem(desk.run(desk.service().test(desk.vendor, made.id))) == "webhook-inactive");
    CHECK(problem(desk.run(desk.service().send_again(desk.vendor, made.id, first->id))) ==
          "webhook-inactive");
}

}  // namespace cloudretail::webhook
