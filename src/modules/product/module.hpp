// Wiring of the product module: its database, caches, service, routes, subscription and checks.
#pragma once

#include <app/module.hpp>
#include <memory>
#include <product/api.hpp>

namespace cloudretail::product {

class ProductModule final : public app::Module {
  public:
    explicit ProductModule(const app::Environment& environment);
    ~ProductModule() override;

    /// For the modules that use the catalogue; lives as long as the module.
    [[nodiscard]] Products& products();

    [[nodiscard]] std::string name() const override { return "product"; }
    [[nodiscard]] db::Database& database() override;
    [[nodiscard]] std::vector<gateway::Route> routes() override;
    void start() override;
    void stop() override;
    [[nodiscard]] std::vector<const app::Job*> jobs() override;
    [[nodiscard]] std::vector<app::Sweep> sweeps() override;
    [[nodiscard]] std::vector<app::Repair> repairs() override;
    [[nodiscard]] std::vector<std::string> folders() override;
    Task<std::vector<app::Violation>> check() override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cloudretail::product
