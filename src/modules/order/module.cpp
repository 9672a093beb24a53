// Wiring of the order module; see module.hpp.
#include "module.hpp"

#include <app/database_settings.hpp>
#include <atomic>
#include <log/log.hpp>
#include <order/events.hpp>
#include <payment/events.hpp>
#include "after_sale.hpp"
#include "cart_routes.hpp"
#include "cart_store.hpp"
#include "checkout_saga.hpp"
#include "checks.hpp"
#include "person.hpp"
#include "repair_store.hpp"
#include "routes.hpp"
#include "service.hpp"
#include "timeline.hpp"

namespace cloudretail::order {

namespace {
constexpr std::int64_t index_every_ms = 250;

/// Keeps the tail that list queries must catch up with short.
Task<void> keep_indexed(Service& service, std::shared_ptr<std::atomic<bool>> stopped) {
    while (!stopped->load()) {
        try {
            co_await service.index_parties();
        } catch (const std::exception& e) {
            log::warning("orders are not indexed for the moment", {{"error", e.what()}});
        }
        co_await runtime::sleep_ms(index_every_ms);
    }
}
}  // namespace

struct OrderModule::Impl {
    Impl(const app::Environment& e, product::Products& products_, inventory::Stock& stock_,
         payment::Payments& payments_)
        : environment(e),
          stock(stock_),
          payments(payments_),
          database(app::database_settings(e.config, "order"), e.clock),
          service(database, e.clock, e.sagas, products_, payments_, e.config.text("store.currency"),
                  static_cast<int>(e.config.integer("order.checkouts"))),
          carts(database, products_, stock_, e.config.text("store.currency")) {}

    app::Environment environment;
    inventory::Stock& stock;
    payment::Payments& payments;
    db::Database database;
    Service service;
    Carts carts;
    std::shared_ptr<std::atomic<bool>> stopped = std::make_shared<std::atomic<bool>>(false);
};

OrderModule::OrderModule(const app::Environment& environment, product::Products& products,
                         inventory::Stock& stock, payment::Payments& payments)
    : impl_(std::make_unique<Impl>(environment, products, stock, payments)) {}

OrderModule::~OrderModule() = default;

db::Database& OrderModule::database() { return impl_->database; }

std::vector<gateway::Route> OrderModule::routes() {
    auto all = order::routes(impl_->service, impl_->database);
    for (auto& route : cart_routes(impl_->carts)) all.push_back(std::move(route));
    return all;
}

void OrderModule::start() {
    auto& e = impl_->environment;
    auto deadline = e.config.duration_ms("saga.deadline");
    e.bus.add_source("order", impl_->database);
    e.persons.add(person_holder(impl_->database, impl_->service));
    e.sagas.define(checkout_saga(impl_->database, impl_->stock, impl_->payments, deadline));
    e.sagas.define(cancel_saga(impl_->database, impl_->stock, impl_->payments));
    e.sagas.define(ship_saga(impl_->database, impl_->stock));
    e.sagas.define(collect_saga(impl_->database, impl_->payments));
    e.sagas.define(cancel_part_saga(impl_->database, e.sagas, impl_->stock, impl_->payments));
    e.sagas.define(refund_saga(impl_->database, impl_->stock, impl_->payments));
    e.bus.subscribe(
        {"order.timeline",
         "order",
         {order_created, order_failed, order_cancelled, order_shipped, order_delivered, order_refunded},
         &impl_->database,
         {},
         [](db::Tx& tx, std::span<const events::Event> some) { note(tx, "order", some); }});
    e.bus.subscribe({"order.timeline.payment",
                     "payment",
                     {payment::payment_captured, payment::payment_failed, payment::payment_refunded},
                     &impl_->database,
                     {},
                     take_payments});
    auto& service = impl_->service;
    auto stopped = impl_->stopped;
    e.runtime.spawn(e.runtime.background(), "order.index",
                    [&service, stopped] { return keep_indexed(service, stopped); });
}

void OrderModule::stop() { impl_->stopped->store(true); }

std::vector<app::Sweep> OrderModule::sweeps() {
    const auto retention = impl_->environment.config.duration_ms("cart.retention");
    return {
        {"carts", [retention](db::Tx& tx, int limit) { return store::sweep_carts(tx, retention, limit); }}};
}

std::vector<app::Repair> OrderModule::repairs() {
    return {{"an order's customer and vendors find it", store::mend_parties}};
}

Task<std::vector<app::Violation>> OrderModule::check() {
    return check_orders(impl_->database, impl_->stock, impl_->payments);
}

}  // namespace cloudretail::order
