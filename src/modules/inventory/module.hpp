// Wiring of the inventory module: its database, service, routes and checks.
#pragma once

#include <app/module.hpp>
#include <inventory/api.hpp>
#include <memory>
#include <product/api.hpp>

namespace cloudretail::inventory {

class InventoryModule final : public app::Module {
  public:
    /// `products` outlives the module.
    InventoryModule(const app::Environment& environment, product::Products& products);
    ~InventoryModule() override;

    /// For the order saga; lives as long as the module.
    [[nodiscard]] Stock& stock();

    [[nodiscard]] std::string name() const override { return "inventory"; }
    [[nodiscard]] db::Database& database() override;
    [[nodiscard]] std::vector<gateway::Route> routes() override;
    void start() override;
    /// "inventory republish": every product's stock level is told again, for the catalogue to show.
    [[nodiscard]] std::vector<app::Command> commands() override;
    [[nodiscard]] std::vector<app::Sweep> sweeps() override;
    [[nodiscard]] std::vector<app::Repair> repairs() override;
    Task<std::vector<app::Violation>> check() override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cloudretail::inventory
