// Wiring of the webhook module: its database, the HTTP client with its guard, service, routes, subscriptions
// to every other module's events, and the pump that sends.
#pragma once

#include <app/module.hpp>
#include <memory>
#include <webhook/api.hpp>

namespace cloudretail::webhook {

class WebhookModule final : public app::Module {
  public:
    explicit WebhookModule(const app::Environment& environment);
    ~WebhookModule() override;

    [[nodiscard]] std::string name() const override { return "webhook"; }
    [[nodiscard]] db::Database& database() override;
    [[nodiscard]] std::vector<gateway::Route> routes() override;
    void start() override;
    void stop() override;
    [[nodiscard]] std::vector<app::Condition> conditions() override;
    [[nodiscard]] std::vector<const app::Job*> jobs() override;
    [[nodiscard]] std::vector<app::Sweep> sweeps() override;
    Task<std::vector<app::Violation>> check() override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cloudretail::webhook
