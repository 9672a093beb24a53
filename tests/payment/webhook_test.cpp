// Webhooks of the payment provider, on both databases: who may send them, and that late, doubled and
// disordered ones do no harm.
#include <support/webhook_signer.hpp>
#include "till.hpp"
#include "webhooks.hpp"

namespace cloudretail::payment {

using Fault = UnreliableGateway::Fault;

namespace {

const std::string key = "a key of the provider, for tests";

struct Mailbox : Till {
    explicit Mailbox(db::Dialect dialect) : Till(dialect) {}
    Webhooks webhooks{service, database, guarded, {"simulated", key, 300'000, 3}, metrics};
    int sent = 0;

    static std::string captured(PaymentId id) {
        return R"({"type":"charge.captured","data":{"charge":")" + id.to_string() + R"("}})";
    }
    [[nodiscard]] test::SignedWebhook signed_now(const std::string& body, const std::string& id = {}) {
        return test::sign_webhook(key, id.empty() ? "evt_" + std::to_string(++sent) : id,
                                  clock.now().ms / 1'000, body);
    }
    /// "ok", or the slug of the error.
    std::string send(const test::SignedWebhook& w, const std::string& provider = "simulated") {
        auto result = run(webhooks.receive(provider, {w.id, w.timestamp, w.signature}, w.body));
        return result ? "ok" : std::string(result.error().type->slug);
    }
    void process() { run(webhooks.process()); }
    std::vector<events::DeadLetter> letters() {
        return database.read_blocking([](db::Session& s) { return events::dead_letters(s, 10); });
    }
    std::string states() {
        return sql("SELECT COALESCE(MIN(state) || ' ' || MAX(state), '') FROM webhook_inbox");
    }
};

}  // namespace

TEST_CASE("a webhook's signature is the one that the specification's example shows") {
    // github.com/standard-webhooks/standard-webhooks, libraries' shared test vector.
    const std::string secret = webhook_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    CHECK(secret.size() == 24);
    const std::string signature =
        sign_webhook(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", R"({"test": 2432232314})");
    CHECK(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    CHECK(test::sign_webhook(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1'614'265'330, R"({"test": 2432232314})")
              .signature == signature);
    CHECK(webhook_key("plain text") == "plain text");
    CHECK(webhook_key("whsec_***").empty());

    WebhookHeaders headers{"msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", signature};
    const std::string body = R"({"test": 2432232314})";
    CHECK(is_signed(secret, headers, body));
    CHECK_FALSE(is_signed(secret, headers, body + " "));
    CHECK_FALSE(is_signed(secret + "x", headers, body));
    headers.signature = "v1,AAAA v2,BBBB " + signature;  // a rotated key, another scheme, ours
    CHECK(is_signed(secret, headers, body));
    for (const char* wrong : {"", " ", "v1,", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}) {
        headers.signature = wrong;
        CHECK_FALSE(is_signed(secret, headers, body));
    }
}

TEST_CASE_ON_BOTH("a webhook is taken from its provider alone: signed, and now", "[payment]") {
    Mailbox box(dialect);
    const std::string body = Mailbox::captured(PaymentId::make());
    const auto good = box.signed_now(body);
    CHECK(box.send(good, "stripe") == "not-found");
    auto wrong = good;
    wrong.body += " ";
    CHECK(box.send(wrong) == "webhook-not-signed");
    wrong = good;
    wrong.id = "evt_other";
    CHECK(box.send(wrong) == "webhook-not-signed");
    for (const char* missing : {"", "v1,"}) {
        wrong = good;
        wrong.signature = missing;
        CHECK(box.send(wrong) == "webhook-not-signed");
    }
    const std::int64_t now = box.clock.now().ms / 1'000;
    for (const std::int64_t seconds : {now - 301, now + 301, std::int64_t{0}})
        CHECK(box.send(test::sign_webhook(key, "evt_old", seconds, body)) == "webhook-not-signed");
    for (const std::int64_t seconds : {now - 300, now + 300})
        CHECK(box.send(test::sign_webhook(key, "evt_" + std::to_string(seconds), seconds, body)) == "ok");
    CHECK(box.send(test::sign_webhook(key, "", now, body)) == "webhook-not-signed");
    CHECK(box.send(test::sign_webhook(key, std::string(256, 'x'), now, body)) == "webhook-not-signed");
    wrong = good;
    wrong.timestamp = "today";
    CHECK(box.send(wrong) == "webhook-not-signed");
    CHECK(box.send(good) == "ok");
    CHECK(box.sql("SELECT COUNT(*) FROM webhook_inbox") == "3");
}

TEST_CASE_ON_BOTH("without a secret no webhook is taken, and a short one is refused at the start",
                  "[payment]") {
    Till till(dialect);
    metrics::Registry metrics;
    Webhooks off(till.service, till.database, till.guarded, {"simulated", ""}, metrics);
    const auto sent = test::sign_webhook("", "evt_1", till.clock.now().ms / 1'000, "{}");
    auto result = Till::run(off.receive("simulated", {sent.id, sent.timestamp, sent.signature}, sent.body));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().is(cloudretail::errors::not_found));
    for (const char* secret : {"short", "whsec_c2hvcnQ=", "whsec_not base64"})
        CHECK_THROWS_AS(Webhooks(till.service, till.database, till.guarded, {"simulated", secret}, metrics),
                        std::invalid_argument);
}

TEST_CASE_ON_BOTH("an event settles the pending payment it speaks of, once", "[payment]") {
    Mailbox box(dialect);
    auto request = Till::request("tok_timeout");
    box.pay(request);
    const auto event = box.signed_now(Mailbox::captured(request.id));
    for (int i = 0; i < 3; ++i) CHECK(box.send(event) == "ok");
    CHECK(box.row(request.id).status == Status::pending);  // stored first, acted on afterwards
    box.process();
    CHECK(box.row(request.id).status == Status::captured);
    CHECK(box.states() == "done done");
    CHECK(box.send(event) == "ok");
    box.process();
    CHECK(box.history(request.id) == "pending captured");
    CHECK(box.events_of(request.id, "payment.captured") == "1");
    CHECK(box.sql("SELECT COUNT(*) FROM webhook_inbox") == "1");
}

TEST_CASE_ON_BOTH("an event is believed only as far as the gateway confirms it", "[payment]") {
    Mailbox box(dialect);
    auto refunded = Till::request(), pending = Till::request(), declined = Till::request("tok_declined");
    box.pay(refunded);
    box.undo(refunded);
    box.unreliable.next = Fault::lost_before;
    box.pay(pending);
    box.pay(declined);
    for (const auto& request : {refunded, pending, declined})
        CHECK(box.send(box.signed_now(Mailbox::captured(request.id))) == "ok");
    box.process();
    CHECK(box.history(refunded.id) == "pending captured refunded");
    CHECK(box.history(pending.id) == "pending");
    CHECK(box.history(declined.id) == "pending failed");
    CHECK(box.sql("SELECT charge FROM webhook_inbox WHERE state = 'received'") == pending.id.to_string());
    CHECK(box.sound());
}

TEST_CASE_ON_BOTH("an event that cannot be acted on is tried again, then dead until it is sent again",
                  "[payment]") {
    Mailbox box(dialect);
    const auto event = box.signed_now(Mailbox::captured(PaymentId::make()));
    CHECK(box.send(event) == "ok");
    for (int attempt = 1; attempt <= 3; ++attempt) {
        CHECK(box.states() == "received received");
        box.process();
        box.process();  // not due again yet
        CHECK(box.sql("SELECT attempts FROM webhook_inbox") == std::to_string(attempt));
        box.clock.advance_ms(60'000);
    }
    CHECK(box.states() == "dead dead");
    CHECK(box.sql("SELECT error FROM webhook_inbox") == "there is no such payment");
    CHECK(box.metrics.render().find("cloudretail_payment_webhooks_dead 1") != std::string::npos);
    box.process();
    CHECK(box.states() == "dead dead");
    CHECK(box.letters().size() == 1);
    CHECK(box.send(event) == "ok");
    CHECK(box.states() == "received received");
    CHECK(box.letters().empty());
}

TEST_CASE_ON_BOTH("a dead event is a dead letter: listed with its reason, and acted on when it is retried",
                  "[payment]") {
    Mailbox box(dialect);
    auto request = Till::request("tok_timeout");
    const auto event = box.signed_now(Mailbox::captured(request.id));
    CHECK(box.send(event) == "ok");
    for (int attempt = 1; attempt <= 3; ++attempt) {
        box.process();
        box.clock.advance_ms(60'000);
    }
    auto letters = box.letters();
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].subscription == "payment.webhook");
    CHECK(letters[0].source == "payment");
    CHECK(letters[0].event.subject == request.id.to_string());
    CHECK(letters[0].event.data ==
          R"({"provider":"simulated","eventId":"evt_1","charge":")" + request.id.to_string() + "\"}");
    CHECK(letters[0].error == "there is no such payment");
    CHECK(letters[0].attempts == 3);
    box.pay(request);
    for (int i = 0; i < 2; ++i)
        box.database.write_blocking([&](db::Tx& tx) {
            Webhooks::take_again(tx, letters[0].event);
            return Unit{};
        });
    CHECK(box.states() == "received received");
    box.process();
    CHECK(box.states() == "done done");
    CHECK(box.row(request.id).status == Status::captured);
}

TEST_CASE_ON_BOTH("while the gateway is away events wait", "[payment]") {
    Mailbox box(dialect);
    auto request = Till::request("tok_timeout");
    box.pay(request);
    CHECK(box.send(box.signed_now(Mailbox::captured(request.id))) == "ok");
    box.unreliable.next = Fault::away;
    box.process();
    CHECK(box.states() == "received received");
    box.clock.advance_ms(60'000);
    box.process();
    CHECK(box.states() == "done done");
    CHECK(box.row(request.id).status == Status::captured);
}

TEST_CASE_ON_BOTH("what speaks of no charge of ours is stored and left alone", "[payment]") {
    Mailbox box(dialect);
    for (const char* body : {"", "not json", "[]", R"({"data":{"charge":7}})", R"({"data":{"charge":"x"}})",
                             R"({"data":{"charge":"a\u0000b"}})"})
        CHECK(box.send(box.signed_now(body)) == "ok");
    CHECK(box.states() == "done done");
    box.process();
    CHECK(box.sql("SELECT COUNT(*) FROM webhook_inbox WHERE attempts = 0") == "6");
}

TEST_CASE_ON_BOTH("webhooks are forgotten when their time is over", "[payment]") {
    Mailbox box(dialect);
    box.send(box.signed_now("{}"));
    box.clock.advance_ms(1'000);
    box.send(box.signed_now("{}"));
    auto sweep = [&](int limit) {
        return box.database.write_blocking([&](db::Tx& tx) { return inbox::sweep(tx, 999, limit); });
    };
    CHECK(sweep(0) == 0);
    CHECK(sweep(10) == 1);
    CHECK(sweep(10) == 0);
    CHECK(box.sql("SELECT event_id FROM webhook_inbox") == "evt_2");
}

}  // namespace cloudretail::payment
