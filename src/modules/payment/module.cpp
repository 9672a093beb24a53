// Wiring of the payment module; see module.hpp.
#include "module.hpp"

#include <algorithm>
#include <app/database_settings.hpp>
#include <atomic>
#include <base/json.hpp>
#include <functional>
#include <log/log.hpp>
#include <order/events.hpp>
#include "guarded_gateway.hpp"
#include "person.hpp"
#include "reconciler.hpp"
#include "repair_store.hpp"
#include "routes.hpp"
#include "service.hpp"
#include "simulated_gateway.hpp"
#include "store.hpp"

namespace cloudretail::payment {

namespace {

constexpr std::int64_t slice_ms = 200, index_every_ms = 250, webhooks_every_ms = 1'000;
constexpr const char* payers_find_theirs = "a payer finds his payments";

resilience::BreakerSettings breaker_settings(const config::Config& config) {
    return {static_cast<int>(config.integer("breaker.failures")), config.duration_ms("breaker.reset")};
}

WebhookSettings webhook_settings(const config::Config& config) {
    WebhookSettings settings;
    settings.provider = "simulated";
    settings.secret = config.text("payment.webhook_secret");
    settings.tolerance_ms = config.duration_ms("payment.webhook_tolerance");
    settings.attempts = static_cast<int>(config.integer("payment.webhook_attempts"));
    return settings;
}

/// Past this no saga drives a payment any more.
std::int64_t left_alone_ms(const config::Config& config) {
    return config.duration_ms("saga.deadline") + config.duration_ms("payment.reconcile_after");
}

using Stopped = std::shared_ptr<std::atomic<bool>>;

/// Does `chore` again and again until stopped; a lasting trouble is told once.
Task<void> repeat(app::Job& job, std::int64_t every_ms, Stopped stopped, std::function<Task<void>()> chore) {
    bool troubled = false;
    while (!stopped->load()) {
        std::string error;
        job.began();
        try {
            co_await chore();
        } catch (const std::exception& e) {
            error = e.what();
        }
        if (!error.empty() && !troubled)
            log::warning("a chore of the payments waits", {{"chore", job.view().name}, {"error", error}});
        troubled = !error.empty();
        job.ended(std::move(error), every_ms);
        // In slices, because stopping waits for it.
        for (std::int64_t slept = 0; slept < every_ms && !stopped->load(); slept += slice_ms)
            co_await runtime::sleep_ms(std::min(slice_ms, every_ms - slept));
    }
}

Task<void> one_round(Reconciler& reconciler) { co_await reconciler.round(); }

std::vector<app::Violation> violations_in(db::Session& session) {
    std::vector<app::Violation> found;
    for (auto& id : store::with_wrong_amounts(session))
        found.push_back({"a payment's captured and refunded amounts fit its status", std::move(id)});
    for (auto& id : store::with_wrong_history(session))
        found.push_back({"a payment's last change is its status", std::move(id)});
    for (auto& id : store::with_wrong_refunds(session))
        found.push_back(
            {"a payment's refunds sum up to what was given back and what is claimed", std::move(id)});
    for (auto& id : store::without_payer(session)) found.push_back({payers_find_theirs, std::move(id)});
    return found;
}

Task<Result<std::string>> offer_trials(Service& service, bool offered) {
    co_await service.offer_trials(offered);
    co_return offered ? "customers may choose how a simulated payment ends"
                      : "customers may not choose how a simulated payment ends";
}

}  // namespace

void take_order(db::Tx& tx, const events::Event& event) {
    auto data = json::Document::parse(event.data);
    if (!data) throw std::runtime_error("an order's event is not JSON");
    const auto status = data->root()["status"].text().value_or("");
    auto order = OrderId::parse(event.subject);
    if (order && (status == "failed" || status == "cancelled")) Service::order_given_up(tx, *order);
}

struct PaymentModule::Impl {
    explicit Impl(const app::Environment& e)
        : environment(e),
          breaker("payment.gateway", breaker_settings(e.config), e.clock),
          database(app::database_settings(e.config, "payment"), e.clock),
          simulated(database),
          guarded(simulated, breaker),
          service(database, guarded, breaker, e.config.list("payment.methods"), e.metrics),
          webhooks(service, database, guarded, webhook_settings(e.config), e.metrics),
          reconciler(service, database, left_alone_ms(e.config), e.metrics),
          indexing("payment.payers", e.clock),
          processing("payment.webhooks", e.clock),
          reconciling("payment.reconciler", e.clock) {}
    // Continuations that are under way hold on to the service: it goes after them.
    ~Impl() { database.close(); }

    app::Environment environment;
    resilience::Breaker breaker;
    db::Database database;
    SimulatedGateway simulated;
    GuardedGateway guarded;
    Service service;
    Webhooks webhooks;
    Reconciler reconciler;
    app::Job indexing, processing, reconciling;
    Stopped stopped = std::make_shared<std::atomic<bool>>(false);
};

PaymentModule::PaymentModule(const app::Environment& environment)
    : impl_(std::make_unique<Impl>(environment)) {}
PaymentModule::~PaymentModule() = default;

Payments& PaymentModule::payments() { return impl_->service; }
db::Database& PaymentModule::database() { return impl_->database; }
std::vector<gateway::Route> PaymentModule::routes() {
    return payment::routes(impl_->service, impl_->webhooks, impl_->database);
}

void PaymentModule::start() {
    auto& e = impl_->environment;
    e.bus.add_source("payment", impl_->database);
    e.persons.add(person_holder(impl_->database));
    e.bus.subscribe({"payment.given_up",
                     "order",
                     {order::order_failed, order::order_cancelled},
                     &impl_->database,
                     take_order});
    e.bus.subscribe({Webhooks::parked_for, "", {}, &impl_->database, Webhooks::take_again});
    auto chore = [&](app::Job& job, std::int64_t every_ms, std::function<Task<void>()> run) {
        e.runtime.spawn(e.runtime.background(), job.view().name,
                        [&job, every_ms, stopped = impl_->stopped, run = std::move(run)] {
                            return repeat(job, every_ms, stopped, run);
                        });
    };
    auto& impl = *impl_;
    chore(impl.indexing, index_every_ms, [&impl] { return impl.service.index_payers(); });
    chore(impl.processing, webhooks_every_ms, [&impl] { return impl.webhooks.process(); });
    chore(impl.reconciling, e.config.duration_ms("payment.reconcile_every"),
          [&impl] { return one_round(impl.reconciler); });
}

void PaymentModule::stop() { impl_->stopped->store(true); }

std::vector<app::Command> PaymentModule::commands() {
    auto run = [&service = impl_->service](std::map<std::string, std::string> options) {
        return offer_trials(service, !options.contains("off"));
    };
    return {{"payments trials", run}};
}

std::vector<app::Sweep> PaymentModule::sweeps() {
    const auto& config = impl_->environment.config;
    return {
        {"webhook_inbox", [ms = config.duration_ms("payment.webhook_retention")](
                              db::Tx& tx, int limit) { return inbox::sweep(tx, ms, limit); }},
        {"simulated_charges", [ms = config.duration_ms("payment.ledger_retention")](db::Tx& tx, int limit) {
             return SimulatedGateway::sweep(tx, ms, limit);
         }}};
}

std::vector<const app::Job*> PaymentModule::jobs() {
    return {&impl_->indexing, &impl_->processing, &impl_->reconciling};
}

std::vector<app::Repair> PaymentModule::repairs() { return {{payers_find_theirs, store::mend_payers}}; }

std::vector<const resilience::Breaker*> PaymentModule::breakers() { return {&impl_->breaker}; }

Task<std::vector<app::Violation>> PaymentModule::check() {
    auto job = [](db::Session& session) { return violations_in(session); };
    co_return co_await impl_->database.snapshot(std::move(job));
}

}  // namespace cloudretail::payment
