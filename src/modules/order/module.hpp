// Wiring of the order module: its database, service, routes, sagas and checks.
#pragma once

#include <app/module.hpp>
#include <inventory/api.hpp>
#include <memory>
#include <payment/api.hpp>
#include <product/api.hpp>

namespace cloudretail::order {

class OrderModule final : public app::Module {
  public:
    OrderModule(const app::Environment& environment, product::Products& products, inventory::Stock& stock,
                payment::Payments& payments);
    ~OrderModule() override;

    [[nodiscard]] std::string name() const override { return "order"; }
    [[nodiscard]] db::Database& database() override;
    [[nodiscard]] std::vector<gateway::Route> routes() override;
    void start() override;
    void stop() override;
    [[nodiscard]] std::vector<app::Sweep> sweeps() override;
    [[nodiscard]] std::vector<app::Repair> repairs() override;
    Task<std::vector<app::Violation>> check() override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cloudretail::order
