// See module.hpp.
#include "module.hpp"

#include <app/database_settings.hpp>
#include <inventory/events.hpp>

#include "person.hpp"
#include "routes.hpp"
#include "service.hpp"
#include "store.hpp"

namespace cloudretail::product {

namespace {
constexpr int faults_shown = 100;  // of one rule
}

struct ProductModule::Impl {
    explicit Impl(const app::Environment& e)
        : environment(e),
          database(app::database_settings(e.config, "product"), e.clock),
          caches(database.dialect(), e.clock),
          service(database, caches, e.config.text("store.currency")) {}
    // What still waits for a commit is told before the service and its caches go.
    ~Impl() { database.close(); }

    app::Environment environment;
    db::Database database;
    Caches caches;
    Service service;
};

namespace {

void count_hits(metrics::Registry& metrics, const std::string& cache,
                std::function<cache::Statistics()> read) {
    const metrics::Labels labels{{"cache", cache}};
    metrics.counter_from("cloudretail_cache_hits_total", "Answers from memory", labels,
                         [read] { return static_cast<double>(read().hits); });
    metrics.counter_from("cloudretail_cache_misses_total", "Questions the cache could not answer", labels,
                         [read] { return static_cast<double>(read().misses); });
    metrics.gauge("cloudretail_cache_bytes", "Bytes held in memory", labels,
                  [read] { return static_cast<double>(read().bytes); });
}

}  // namespace

ProductModule::ProductModule(const app::Environment& environment)
    : impl_(std::make_unique<Impl>(environment)) {}

ProductModule::~ProductModule() = default;

Products& ProductModule::products() { return impl_->service; }

db::Database& ProductModule::database() { return impl_->database; }

std::vector<gateway::Route> ProductModule::routes() {
    return product::routes(impl_->service, impl_->caches, impl_->database);
}

void ProductModule::start() {
    auto& e = impl_->environment;
    e.bus.add_source("product", impl_->database);
    e.persons.add(person_holder(impl_->database, impl_->service));
    e.bus.subscribe(
        {"product.availability",
         "inventory",
         {inventory::stock_adjusted, inventory::low_stock, inventory::out_of_stock, inventory::back_in_stock},
         &impl_->database,
         [&service = impl_->service](db::Tx& tx, const events::Event& event) {
             service.take_stock(tx, event);
         }});
    Caches& caches = impl_->caches;
    count_hits(e.metrics, "product_snapshots", [&caches] { return caches.snapshots.statistics(); });
    count_hits(e.metrics, "products", [&caches] { return caches.products.statistics(); });
    count_hits(e.metrics, "product_pages", [&caches] { return caches.pages.statistics(); });
}

Task<std::vector<app::Violation>> ProductModule::check() {
    auto job = [](db::Session& session) { return store::faults(session, faults_shown); };
    auto faults = co_await impl_->database.snapshot(std::move(job));
    std::vector<app::Violation> violations;
    violations.reserve(faults.size());
    for (auto& fault : faults) violations.push_back({std::move(fault.rule), std::move(fault.id)});
    co_return violations;
}

}  // namespace cloudretail::product
