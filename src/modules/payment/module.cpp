// Wiring of the payment module; see module.hpp.
#include "module.hpp"

#include <app/database_settings.hpp>
#include "guarded_gateway.hpp"
#include "person.hpp"
#include "routes.hpp"
#include "service.hpp"
#include "simulated_gateway.hpp"
#include "store.hpp"

namespace cloudretail::payment {

namespace {

resilience::BreakerSettings breaker_settings(const config::Config& config) {
    return {static_cast<int>(config.integer("breaker.failures")), config.duration_ms("breaker.reset")};
}

std::vector<app::Violation> violations_in(db::Session& session) {
    std::vector<app::Violation> found;
    for (auto& id : store::with_wrong_amounts(session))
        found.push_back({"a payment's captured and refunded amounts fit its status", std::move(id)});
    for (auto& id : store::with_wrong_history(session))
        found.push_back({"a payment's last change is its status", std::move(id)});
    for (auto& id : store::with_wrong_refunds(session))
        found.push_back(
            {"a payment's refunds sum up to what was given back and what is claimed", std::move(id)});
    return found;
}

}  // namespace

struct PaymentModule::Impl {
    explicit Impl(const app::Environment& e)
        : environment(e),
          breaker("payment.gateway", breaker_settings(e.config), e.clock),
          database(app::database_settings(e.config, "payment"), e.clock),
          simulated(database),
          guarded(simulated, breaker),
          service(database, guarded, breaker, e.config.list("payment.methods"), e.metrics) {}
    // Continuations that are under way hold on to the service: it goes after them.
    ~Impl() { database.close(); }

    app::Environment environment;
    resilience::Breaker breaker;
    db::Database database;
    SimulatedGateway simulated;
    GuardedGateway guarded;
    Service service;
};

PaymentModule::PaymentModule(const app::Environment& environment)
    : impl_(std::make_unique<Impl>(environment)) {}
PaymentModule::~PaymentModule() = default;

Payments& PaymentModule::payments() { return impl_->service; }
db::Database& PaymentModule::database() { return impl_->database; }
std::vector<gateway::Route> PaymentModule::routes() {
    return payment::routes(impl_->service, impl_->database);
}
std::vector<const resilience::Breaker*> PaymentModule::breakers() { return {&impl_->breaker}; }
void PaymentModule::start() {
    auto& e = impl_->environment;
    e.bus.add_source("payment", impl_->database);
    e.persons.add(person_holder(impl_->database));
}

Task<std::vector<app::Violation>> PaymentModule::check() {
    auto job = [](db::Session& session) { return violations_in(session); };
    co_return co_await impl_->database.snapshot(std::move(job));
}

}  // namespace cloudretail::payment
