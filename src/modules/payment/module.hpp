// Wiring of the payment module: its database, gateway with breaker, service, routes and checks.
#pragma once

#include <app/module.hpp>
#include <memory>
#include <payment/api.hpp>

namespace cloudretail::payment {

class PaymentModule final : public app::Module {
  public:
    explicit PaymentModule(const app::Environment& environment);
    ~PaymentModule() override;

    /// What the order module uses; lives as long as the module.
    [[nodiscard]] Payments& payments();

    [[nodiscard]] std::string name() const override { return "payment"; }
    [[nodiscard]] db::Database& database() override;
    [[nodiscard]] std::vector<gateway::Route> routes() override;
    [[nodiscard]] std::vector<const resilience::Breaker*> breakers() override;
    void start() override;
    Task<std::vector<app::Violation>> check() override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cloudretail::payment
