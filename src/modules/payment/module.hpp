// Wiring of the payment module: its database, gateway with breaker, service, routes and checks.
#pragma once

#include <app/module.hpp>
#include <memory>
#include <payment/api.hpp>

namespace cloudretail::payment {

/// What order.failed and order.cancelled do here: where the order itself has ended (not a part of it) and its
/// payment has not, the reconciler undoes the payment.
void take_order(db::Tx& tx, const events::Event& event);

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
    void stop() override;
    [[nodiscard]] std::vector<const app::Job*> jobs() override;
    [[nodiscard]] std::vector<app::Command> commands() override;
    [[nodiscard]] std::vector<app::Sweep> sweeps() override;
    [[nodiscard]] std::vector<app::Repair> repairs() override;
    Task<std::vector<app::Violation>> check() override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cloudretail::payment
