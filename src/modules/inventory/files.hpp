// Stock as a file, in and out: what a row means, who may take and give it, and that a row is carried out as a
// count of its warehouse is (changes.hpp). Not the files themselves: that is core/transfer. Thread-safe.
#pragma once

#include <product/api.hpp>
#include <transfer/export.hpp>
#include <transfer/file_routes.hpp>

#include "changes.hpp"

namespace cloudretail::inventory {

class Files final : public transfer::FileList {
  public:
    /// All outlive it.
    Files(db::Database& database, product::Products& products, transfer::Settings settings);

    [[nodiscard]] const transfer::Settings& settings() const override { return settings_; }
    /// Rows are told apart by product and warehouse.
    Task<Result<http::Response>> take(gateway::Call* call, std::optional<UserId> vendor,
                                      bool dry_run) override;
    Result<http::Response> give(const Caller& caller, std::optional<UserId> vendor,
                                transfer::Format format) override;

  private:
    struct Batch;
    struct Walk;
    Task<transfer::Fates> apply(Caller caller, UserId vendor, bool dry_run, transfer::Rows rows);
    Task<void> name_products(Batch& batch);

    db::Database& database_;
    product::Products& products_;
    transfer::Settings settings_;
    transfer::Slots slots_;
};

}  // namespace cloudretail::inventory
