// See module.hpp.
#include "module.hpp"

#include <algorithm>
#include <app/database_settings.hpp>

#include "files.hpp"
#include "repair_store.hpp"
#include "routes.hpp"
#include "service.hpp"
#include "store.hpp"

namespace cloudretail::inventory {

namespace {
constexpr int faults_shown = 100;  // of one rule

Task<Result<std::string>> republish(Service& service) {
    const auto told = co_await service.republish();
    co_return "told the stock of " + std::to_string(told) + " products again";
}
}  // namespace

struct InventoryModule::Impl {
    Impl(const app::Environment& e, product::Products& products)
        : environment(e),
          database(app::database_settings(e.config, "inventory"), e.clock),
          service(database, products),
          files(database, products, transfer::settings_of(e.config)) {}
    // What still waits for a commit is told before the service goes.
    ~Impl() { database.close(); }

    app::Environment environment;
    db::Database database;
    Service service;
    Files files;
};

InventoryModule::InventoryModule(const app::Environment& environment, product::Products& products)
    : impl_(std::make_unique<Impl>(environment, products)) {}

InventoryModule::~InventoryModule() = default;

Stock& InventoryModule::stock() { return impl_->service; }

db::Database& InventoryModule::database() { return impl_->database; }

std::vector<gateway::Route> InventoryModule::routes() {
    auto all = inventory::routes(impl_->service, impl_->database);
    std::ranges::move(transfer::file_routes("/api/inventory", "Stock", impl_->files),
                      std::back_inserter(all));
    return all;
}

void InventoryModule::start() { impl_->environment.bus.add_source("inventory", impl_->database); }

std::vector<app::Command> InventoryModule::commands() {
    auto run = [&service = impl_->service](std::map<std::string, std::string> /*options*/) {
        return republish(service);
    };
    return {{"inventory republish", run}};
}

std::vector<app::Sweep> InventoryModule::sweeps() {
    const auto retention = impl_->environment.config.duration_ms("inventory.reservation_retention");
    // Sweeps run on the writer, one after the other.
    auto after = std::make_shared<OrderId>();
    return {{"reservations", [retention, after](db::Tx& tx, int limit) {
                 return store::sweep_reservations(tx, retention, limit, *after);
             }}};
}

std::vector<app::Repair> InventoryModule::repairs() {
    return {{"reserved = sum of the open reservations", store::mend_reserved}};
}

Task<std::vector<app::Violation>> InventoryModule::check() {
    auto job = [](db::Session& session) { return store::faults(session, faults_shown); };
    auto faults = co_await impl_->database.snapshot(std::move(job));
    std::vector<app::Violation> violations;
    violations.reserve(faults.size());
    for (auto& fault : faults) violations.push_back({std::move(fault.rule), std::move(fault.id)});
    co_return violations;
}

}  // namespace cloudretail::inventory
