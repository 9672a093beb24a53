// A module that does nothing, over one database, for tests of what core does with modules.
#pragma once

#include <app/health.hpp>

namespace cloudretail::test {

class IdleModule final : public app::Module {
  public:
    explicit IdleModule(db::Database& database) : database_(database) {}
    [[nodiscard]] std::string name() const override { return "order"; }
    [[nodiscard]] db::Database& database() override { return database_; }
    [[nodiscard]] std::vector<gateway::Route> routes() override { return {}; }
    Task<std::vector<app::Violation>> check() override { co_return std::vector<app::Violation>(); }

    std::vector<app::Condition> conditions() override { return said; }
    std::vector<app::Sweep> sweeps() override { return swept; }

    std::vector<app::Condition> said{};
    std::vector<app::Sweep> swept{};

  private:
    db::Database& database_;
};

inline app::Parts parts_of(db::Database& database) {
    app::Parts parts;
    parts.push_back(std::make_unique<app::Part>(std::make_unique<IdleModule>(database)));
    return parts;
}

}  // namespace cloudretail::test
