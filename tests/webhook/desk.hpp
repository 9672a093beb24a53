// The webhook module's parts on a database of their own, for the tests of this folder: a clock that stands
// still, receivers on the loopback, and no loop: what is due is sent when a test says so.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <events/audience.hpp>
#include <support/result_text.hpp>
#include <support/test_database.hpp>
#include <support/webhook_receiver.hpp>

#include "pump.hpp"
#include "service.hpp"

namespace cloudretail::webhook {

inline http::ClientSettings clients_of_the_tests() {
    http::ClientSettings settings;
    settings.guard = http::AddressGuard(http::Networks({"127.0.0.0/8"}));
    settings.plain = true;
    settings.connect_timeout_ms = 5'000;
    settings.timeout_ms = 5'000;
    settings.body_bytes = 64;
    return settings;
}

inline PumpSettings pumps_of_the_tests() {
    PumpSettings settings;
    settings.jitter = [] { return 0.5; };  // neither more nor less
    return settings;
}

/// What a process makes of a database: everything that is gone after a restart.
struct Process {
    Process(const app::Environment& environment, db::Database& database, const PumpSettings& settings,
            const http::ClientSettings& clients)
        : client(clients),
          service(database, intake, box, client.settings(), {3, 3'600'000}),
          pump(environment, database, intake, box, client, settings) {}
    security::SealedBox box{"a secret of the tests, longer than 32 bytes"};
    Intake intake;
    http::Client client;
    Service service;
    Pump pump;
};

struct Desk {
    explicit Desk(db::Dialect dialect, PumpSettings settings = pumps_of_the_tests(),
                  http::ClientSettings clients = clients_of_the_tests())
        : test_database(dialect, "webhook", clock),
          pump_settings(std::move(settings)),
          client_settings(std::move(clients)) {
        runtime.start();
        restart();
    }
    ~Desk() {
        runtime.drain(std::chrono::seconds(10));
        process->client.stop();
        runtime.stop();
    }
    void restart() {
        process.reset();
        process = make_process();
    }

    [[nodiscard]] std::unique_ptr<Process> make_process() {
        return std::make_unique<Process>(environment, test_database.database(), pump_settings,
                                         client_settings);
    }

    template <class T>
    T run(Task<T> task) {
        return boost::asio::co_spawn(runtime.context(0), std::move(task), boost::asio::use_future).get();
    }
    Service& service() { return process->service; }

    /// Sends what is due until nothing is, and waits for the answers; how many were sent.
    int send() {
        int sent = 0;
        for (int some = 1; some > 0; sent += some) {
            some = run(Pump::turn(process->pump));
            REQUIRE(runtime.drain(std::chrono::seconds(10)));
        }
        return sent;
    }
    void tidy() { run(Pump::tidy(process->pump)); }
    void pass_ms(std::int64_t ms) { clock.advance_ms(ms); }

    static Caller person(Role role) {
        Caller caller;
        caller.id = UserId::make();
        caller.role = role;
        return caller;
    }
    static Change named(const std::string& url, std::vector<std::string> events = {"*"}) {
        Change change;
        change.url = url;
        change.events = std::move(events);
        return change;
    }
    struct Made {
        WebhookId id;
        std::string secret;
    };
    Made make(const Caller& owner, const std::string& url, std::vector<std::string> events = {"*"}) {
        auto answer = run(service().create(owner, named(url, std::move(events)), {}));
        REQUIRE(answer.has_value());
        auto body = json::Document::parse(answer->body);
        return {WebhookId::parse(answer->subject).value(),
                std::string(body.value().root()["secret"].text().value_or(""))};
    }
    Webhook get(WebhookId id) { return run(service().get(admin, id)).value(); }
    std::vector<Delivery> deliveries(WebhookId id, std::optional<State> state = {}) {
        return run(service().deliveries(admin, id, state, {})).value().items;
    }

    /// Something that happened in another module, as the bus tells it.
    events::Event happen(const std::string& module, const std::string& type, const std::string& subject,
                         const std::string& data, const events::Audience& audience = {}) {
        events::Event event;
        event.id = make_uuid();
        event.type = type;
        event.subject = subject;
        event.data = data;
        event.audience = audience.text();
        event.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        event.at = clock.now();
        tell(module, event);
        return event;
    }
    void tell(const std::string& module, const events::Event& event) {
        test_database.database().write_blocking([&](db::Tx& tx) {
            process->intake.take(tx, module, event);
            return Unit{};
        });
    }
    events::Event product_created(const events::Audience& audience = {}) {
        return happen("product", "product.created", ProductId::make().to_string(), R"({"price":12.99})",
                      audience);
    }
    void user_event(const std::string& type, UserId user, Role role) {
        happen("user", type, user.to_string(),
               R"({"userId":")" + user.to_string() + R"(","role":")" + std::string(to_text(role)) + "\"}",
               user);
    }
    std::string sql(const std::string& text) { return test_database.beside(text); }

    ManualClock clock;
    test::TestDatabase test_database;
    config::Config config;
    runtime::Runtime runtime{1};
    events::Bus bus{runtime, {}};
    saga::Engine sagas{runtime, {}};
    metrics::Registry metrics;
    app::Persons persons;
    app::Environment environment{config, clock, runtime, bus, sagas, metrics, persons};
    PumpSettings pump_settings;
    http::ClientSettings client_settings;
    std::unique_ptr<Process> process;
    Caller vendor = person(Role::vendor), admin = person(Role::admin);
};

}  // namespace cloudretail::webhook
