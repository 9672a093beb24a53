// See module.hpp.
#include "module.hpp"

#include <algorithm>
#include <app/database_settings.hpp>
#include <atomic>
#include <inventory/events.hpp>
#include <iterator>

#include "categories.hpp"
#include "category_routes.hpp"
#include "images_check.hpp"
#include "images_routes.hpp"
#include "images_store.hpp"
#include "images_sweep.hpp"
#include "person.hpp"
#include "routes.hpp"
#include "search_reading.hpp"
#include "search_store.hpp"
#include "search_sweep.hpp"
#include "service.hpp"
#include "store.hpp"
#include "transfer.hpp"

namespace cloudretail::product {

namespace {
constexpr int faults_shown = 100;  // of one rule

SearchLimits search_limits(const config::Config& config) {
    return {static_cast<std::size_t>(config.integer("product.search_terms")),
            static_cast<int>(config.integer("product.search_counted"))};
}

Settings settings(const config::Config& config) {
    return {config.text("store.currency"), static_cast<int>(config.integer("product.categories")),
            static_cast<int>(config.integer("product.category_depth"))};
}

/// A search reads here and there in an index of tens of megabytes; its readers have a quarter of this each.
constexpr int page_cache_kib = 32'000;

db::Settings database_settings(const config::Config& config) {
    db::Settings s = app::database_settings(config, "product");
    s.cache_kib = page_cache_kib;
    return s;
}
}  // namespace

struct ProductModule::Impl {
    explicit Impl(const app::Environment& e)
        : environment(e),
          database(database_settings(e.config), e.clock),
          caches(database.dialect(), e.clock),
          search(search_limits(e.config), e.clock),
          service(database, caches, search, settings(e.config)),
          categories(database, caches, settings(e.config)),
          index_job("product.index", e.clock),
          images(database, service, image_settings(e.config), e.metrics),
          sweeper(database, images,
                  {e.config.duration_ms("pictures.grace"), e.config.duration_ms("pictures.sweep_every")},
                  e.metrics),
          transfer(service, database, transfer::settings_of(e.config)) {}
    // What still waits for a commit is told before the service and its caches go.
    ~Impl() { database.close(); }

    app::Environment environment;
    db::Database database;
    Caches caches;
    Search search;
    Service service;
    Categories categories;
    app::Job index_job;
    std::atomic<bool> stopped{false};
    Images images;
    ImageSweeper sweeper;
    Transfer transfer;
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
    auto all = product::routes(impl_->service, impl_->caches, impl_->database);
    for (auto& route : category_routes(impl_->categories, impl_->database)) all.push_back(std::move(route));
    std::ranges::move(image_routes(impl_->images), std::back_inserter(all));
    std::ranges::move(transfer::file_routes("/api/products", "Products", impl_->transfer),
                      std::back_inserter(all));
    return all;
}

void ProductModule::start() {
    auto& e = impl_->environment;
    e.bus.add_source("product", impl_->database);
    e.persons.add(person_holder(impl_->database, impl_->service, impl_->sweeper));
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
    count_hits(e.metrics, "product_suggestions", [&caches] { return caches.suggestions.statistics(); });
    const Dictionary& dictionary = impl_->search.dictionary();
    e.metrics.gauge("cloudretail_search_terms", "Words in memory to correct mistyped ones", {},
                    [&dictionary] { return static_cast<double>(dictionary.size()); });
    count_hits(e.metrics, "pictures", [&images = impl_->images] { return images.cached(); });
    const auto read = [impl = impl_.get()] {
        auto& runtime = impl->environment.runtime;
        runtime.spawn(runtime.background(), "product.index", [impl] {
            return keep_reading({impl->database, impl->caches, impl->stopped}, impl->search, impl->index_job);
        });
    };
    impl_->categories.on_renamed(read);
    read();
    impl_->sweeper.start();
}

void ProductModule::stop() {
    impl_->stopped = true;
    impl_->sweeper.stop();
}

std::vector<const app::Job*> ProductModule::jobs() { return {&impl_->index_job, &impl_->sweeper.job()}; }

std::vector<std::string> ProductModule::folders() { return {media_folder}; }

std::vector<app::Sweep> ProductModule::sweeps() {
    const auto terms = std::make_shared<TermSweep>();
    return {{"search_terms", [terms](db::Tx& tx, int limit) { return terms->run(tx, limit); }}};
}

std::vector<app::Repair> ProductModule::repairs() {
    return {{"search finds a product by its words", store::rebuild_index},
            {"a category counts the products on sale in it", store::mend_counts},
            {"a product shows the pictures that its rows name", store::mend_images}};
}

Task<std::vector<app::Violation>> ProductModule::check() {
    auto job = [](db::Session& session) { return store::faults(session, faults_shown); };
    auto faults = co_await impl_->database.snapshot(std::move(job));
    std::vector<app::Violation> violations;
    violations.reserve(faults.size());
    for (auto& fault : faults) violations.push_back({std::move(fault.rule), std::move(fault.id)});
    auto pictures = co_await check_images(impl_->database, impl_->images, faults_shown);
    std::ranges::move(pictures, std::back_inserter(violations));
    co_return violations;
}

}  // namespace cloudretail::product
