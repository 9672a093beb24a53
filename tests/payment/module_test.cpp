// The payment module as the application sees it: routes with their statuses, the contract, a breaker's gauge,
// checks.
#include "module.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <embedded/openapi_fragments.hpp>
#include <future>
#include <gateway/openapi.hpp>
#include <gateway/problem.hpp>
#include <set>
#include <support/test_database.hpp>
#include <support/webhook_signer.hpp>

namespace cloudretail::payment {

namespace {

const std::string webhook_key = "a key of the provider, for tests";

/// The module built from a configuration, on the place of a test database, with running threads.
struct House {
    explicit House(db::Dialect dialect)
        : place(dialect, "payment", clock), contract(embedded::openapi_fragments()) {
        place.database().close();
        config.set("server.data_dir", folder.path().string());
        config.set("payment.database_url", place.same_place().url);
        config.set("payment.webhook_secret", webhook_key);
        runtime.start();
        module = std::make_unique<PaymentModule>(
            app::Environment{config, clock, runtime, bus, sagas, metrics, persons});
        module->database().open();
        db::migrate(module->database());
        module->start();
        routes = module->routes();
    }
    ~House() {
        module->stop();
        runtime.drain(std::chrono::seconds(5));
        module->database().close();
        runtime.stop();
    }

    template <class T>
    T run(Task<T> task) {
        return boost::asio::co_spawn(runtime.context(0), std::move(task), boost::asio::use_future).get();
    }
    PayRequest pay() {
        PayRequest request;
        request.id = PaymentId::make();
        request.order_id = OrderId::make();
        request.payer_id = payer.id;
        request.amount = Money{500};
        request.currency = "USD";
        request.method = "card";
        auto promise = std::make_shared<std::promise<Status>>();
        module->payments().pay(request, [promise](cloudretail::Outcome<Outcome> outcome) {
            promise->set_value(outcome.get().status);
        });
        CHECK(promise->get_future().get() == Status::captured);
        return request;
    }
    http::Response ask(const std::string& operation, Caller caller, std::vector<std::string> path = {},
                       std::vector<std::pair<std::string, std::string>> query = {},
                       const test::SignedWebhook& webhook = {}) {
        for (const auto& route : routes) {
            if (route.operation_id != operation) continue;
            http::Request request;
            request.path = request.target = route.path;
            request.query = std::move(query);
            request.body = webhook.body;
            request.headers.set("webhook-id", webhook.id);
            request.headers.set("webhook-timestamp", webhook.timestamp);
            request.headers.set("webhook-signature", webhook.signature);
            gateway::Call call{request, std::move(caller), "r", "192.0.2.1", std::move(path), {}, {}};
            auto answer = run(route.handler(call));
            return answer ? std::move(*answer) : gateway::problem_response(answer.error(), {});
        }
        FAIL("no such operation: " << operation);
        return {};
    }
    static Caller person(Role role) {
        Caller caller;
        caller.id = UserId::make();
        caller.role = role;
        return caller;
    }

    ManualClock clock;
    test::TemporaryFolder folder;
    test::TestDatabase place;
    config::Config config;
    runtime::Runtime runtime{1};
    events::Bus bus{runtime, {}};
    saga::Engine sagas{runtime, {}};
    metrics::Registry metrics;
    app::Persons persons;
    gateway::OpenApi contract;
    std::unique_ptr<PaymentModule> module;
    std::vector<gateway::Route> routes;
    Caller payer = person(Role::customer), admin = person(Role::admin);
};

}  // namespace

TEST_CASE_ON_BOTH("the payment module's routes are those of its contract", "[payment]") {
    House house(dialect);
    std::size_t mine = 0;
    for (const auto& operation : house.contract.operations()) {
        if (!operation.path.starts_with("/api/payments")) continue;
        ++mine;
        INFO(operation.operation_id);
        bool found = false;
        for (const auto& route : house.routes)
            found |= route.operation_id == operation.operation_id && route.method == operation.method &&
                     route.path == operation.path && route.access == operation.access &&
                     (route.idempotency != nullptr) == operation.idempotency_key;
        CHECK(found);
    }
    CHECK(mine == house.routes.size());
}

TEST_CASE_ON_BOTH("payment methods are shown to anyone", "[payment]") {
    House house(dialect);
    auto answer = house.ask("listPaymentMethods", Caller{});
    CHECK(answer.status == 200);
    CHECK(answer.content() ==
          "{\"items\":[{\"type\":\"card\",\"title\":\"Card\"},{\"type\":\"paypal\",\"title\":\"PayPal\"},"
          "{\"type\":\"cash_on_delivery\",\"title\":\"Cash on delivery\"}],"
          "\"simulated\":true,\"trials\":[]}");
}

TEST_CASE_ON_BOTH("a payment answers 200 to its payer and 404 to others", "[payment]") {
    House house(dialect);
    const PayRequest request = house.pay();
    const std::string id = request.id.to_string();
    auto found = house.ask("getPayment", house.payer, {id});
    CHECK(found.status == 200);
    CHECK(found.headers.get("ETag") == "\"2\"");
    CHECK(house.ask("getPayment", house.admin, {id}).status == 200);
    CHECK(house.ask("getPayment", House::person(Role::vendor), {id}).status == 404);
    CHECK(house.ask("getPayment", house.payer, {PaymentId::make().to_string()}).status == 404);
    CHECK(house.ask("getPayment", house.payer, {"1"}).status == 404);
}

TEST_CASE_ON_BOTH("payments are listed by order, and all of them page by page for an administrator",
                  "[payment]") {
    House house(dialect);
    std::vector<PayRequest> requests;
    for (int i = 0; i < 3; ++i) requests.push_back(house.pay());
    auto total = [](const http::Response& response, std::string_view name) {
        auto document = json::Document::parse(response.content());
        return document.value().root()[name].integer().value_or(-1);
    };
    auto of_order =
        house.ask("listPayments", house.payer, {}, {{"orderId", requests[0].order_id.to_string()}});
    CHECK(of_order.status == 200);
    CHECK(total(of_order, "total") == 1);
    CHECK(total(house.ask("listPayments", house.payer), "total") == 3);
    CHECK(total(house.ask("listPayments", House::person(Role::customer)), "total") == 0);

    auto first = house.ask("listPayments", house.admin, {}, {{"limit", "2"}});
    CHECK(total(first, "total") == 3);
    CHECK(total(first, "totalPages") == 2);
    auto document = json::Document::parse(first.content());
    const std::string cursor(document.value().root()["nextCursor"].text().value_or(""));
    CHECK(document.value().root()["items"].size() == 2);
    auto second = house.ask("listPayments", house.admin, {}, {{"limit", "2"}, {"cursor", cursor}});
    auto rest = json::Document::parse(second.content());
    REQUIRE(rest.value().root()["items"].size() == 1);
    CHECK(rest.value().root()["items"].at(0)["id"].text() == requests[0].id.to_string());
    CHECK(rest.value().root()["nextCursor"].is_null());
    CHECK(house.ask("listPayments", house.admin, {}, {{"cursor", "eA"}}).status == 422);
}

TEST_CASE_ON_BOTH("the gateway's breaker is shown, steps are counted, and a fresh store has no violations",
                  "[payment]") {
    House house(dialect);
    house.pay();
    const auto breakers = house.module->breakers();
    REQUIRE(breakers.size() == 1);
    CHECK(breakers[0]->name() == "payment.gateway");
    CHECK(breakers[0]->state() == "closed");
    const std::string text = house.metrics.render();
    CHECK(text.find("cloudretail_payment_steps_total{status=\"captured\"} 1") != std::string::npos);
    CHECK(house.run(house.module->check()).empty());
    house.place.beside("DELETE FROM payment_history WHERE version = 2");
    CHECK(house.run(house.module->check()).size() == 1);
}

TEST_CASE_ON_BOTH("a payment that its payer does not find is reported and mended, an erased payer's is not",
                  "[payment]") {
    House house(dialect);
    const std::string lost = house.pay().id.to_string(), erased = house.pay().id.to_string();
    CHECK(house.ask("listPayments", house.payer).content().find(lost) != std::string::npos);
    house.place.beside("DELETE FROM payment_payers");
    house.place.beside("UPDATE payments SET payer_id = '" + UserId{}.to_string() + "' WHERE id = '" + erased +
                       "'");
    const auto found = house.run(house.module->check());
    REQUIRE(found.size() == 1);
    CHECK(found[0].ids == lost);
    const auto repairs = house.module->repairs();
    REQUIRE(repairs.size() == 1);
    CHECK(house.module->database().write_blocking(repairs[0].run) == 1);
    CHECK(house.run(house.module->check()).empty());
    CHECK(house.ask("listPayments", house.payer).content().find(lost) != std::string::npos);
}

TEST_CASE_ON_BOTH("the chores of the payments are among the jobs that administrators see", "[payment]") {
    House house(dialect);
    std::set<std::string> names;
    for (const app::Job* job : house.module->jobs()) {
        names.insert(job->view().name);
        while (job->view().runs == 0) std::this_thread::yield();
        CHECK(job->view().last_error.empty());
        CHECK(job->view().next_run_at.ms > 0);
    }
    CHECK(names == std::set<std::string>{"payment.payers", "payment.webhooks", "payment.reconciler"});
}

TEST_CASE_ON_BOTH("a webhook is answered 200, or 401 and 404 to who may not send one", "[payment]") {
    House house(dialect);
    const std::int64_t now = house.clock.now().ms / 1'000;
    auto signed_by = [&](const std::string& key) { return test::sign_webhook(key, "evt_1", now, "{}"); };
    auto send = [&](const std::string& provider, const test::SignedWebhook& webhook) {
        return house.ask("takePaymentWebhook", Caller{}, {provider}, {}, webhook);
    };
    auto taken = send("simulated", signed_by(webhook_key));
    CHECK(taken.status == 200);
    CHECK(taken.content() == "{\"received\":true}");
    CHECK(send("stripe", signed_by(webhook_key)).status == 404);
    auto refused = send("simulated", signed_by("another key"));
    CHECK(refused.status == 401);
    CHECK(refused.content().find("/problems/webhook-not-signed") != std::string::npos);
}

TEST_CASE_ON_BOTH("an order that has ended gives its payment up, a part of one does not", "[payment]") {
    House house(dialect);
    const PayRequest whole = house.pay(), part = house.pay();
    auto tell = [&](const PayRequest& request, const std::string& status) {
        events::Event event;
        event.type = "order.cancelled";
        event.subject = request.order_id.to_string();
        event.data = "{\"status\":\"" + status + "\"}";
        house.module->database().write_blocking([&](db::Tx& tx) {
            take_order(tx, event);
            return Unit{};
        });
    };
    tell(whole, "cancelled");
    tell(part, "confirmed");
    CHECK(house.place.beside("SELECT order_id FROM given_up") == whole.order_id.to_string());
}

TEST_CASE_ON_BOTH("every table of the module that grows for ever is swept by its own retention",
                  "[payment]") {
    House house(dialect);
    house.pay();
    house.clock.advance_ms(std::int64_t{731} * 24 * 3'600'000);
    std::set<std::string> tables;
    for (const auto& sweep : house.module->sweeps()) {
        tables.insert(sweep.table);
        house.module->database().write_blocking([&](db::Tx& tx) { return sweep.run(tx, 10); });
    }
    CHECK(tables == std::set<std::string>{"webhook_inbox", "simulated_charges"});
    CHECK(house.place.beside("SELECT COUNT(*) FROM simulated_charges") == "0");
}

}  // namespace cloudretail::payment
