// Wiring of the user module: its database, tokens, service, routes, commands and checks.
#pragma once

#include <app/module.hpp>
#include <gateway/route.hpp>
#include <memory>
#include <user/api.hpp>

namespace cloudretail::user {

class UserModule final : public app::Module {
  public:
    explicit UserModule(const app::Environment& environment);
    ~UserModule() override;

    /// Both live as long as the module.
    [[nodiscard]] Users& users();
    [[nodiscard]] gateway::Authenticator& authenticator();

    [[nodiscard]] std::string name() const override { return "user"; }
    [[nodiscard]] db::Database& database() override;
    [[nodiscard]] std::vector<gateway::Route> routes() override;
    /// Loads what ended before its time. Blocks; not on an io thread.
    void start() override;
    void stop() override;
    [[nodiscard]] std::vector<const resilience::Breaker*> breakers() override;
    [[nodiscard]] std::vector<app::Condition> conditions() override;
    [[nodiscard]] std::vector<const app::Job*> jobs() override;
    /// "admin create" with options email and password (empty or absent: an existing account keeps its own).
    [[nodiscard]] std::vector<app::Command> commands() override;
    /// All tokens, mailed secrets and API keys end: some were ended or used since the backup.
    void restored(db::Tx& tx) override;
    [[nodiscard]] std::vector<app::Sweep> sweeps() override;
    Task<std::vector<app::Violation>> check() override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cloudretail::user
