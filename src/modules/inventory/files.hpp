// Stock as a file, in and out: what a row means, who may take and give it, and that a row is carried out as a
// count of its warehouse is (changes.hpp). Not the files themselves: that is core/transfer. Thread-safe.
#pragma once

#include <product/api.hpp>
#include <transfer/export.hpp>
#include <transfer/import.hpp>

#include "changes.hpp"

namespace cloudretail::inventory {

class Files {
  public:
    /// All outlive it.
    Files(db::Database& database, product::Products& products, transfer::Settings settings);

    [[nodiscard]] const transfer::Settings& settings() const { return settings_; }
    /// `vendor`: whose SKUs the rows name where they do not say it, for administrators. Rows are told apart
    /// by product and warehouse. Errors: those of transfer::import_rows; forbidden.
    Task<Result<http::Response>> take(gateway::Call* call, std::optional<UserId> vendor, bool dry_run);
    /// A vendor's own stock; for administrators that of `vendor`, or all. Errors: forbidden.
    Result<http::Response> give(const Caller& caller, std::optional<UserId> vendor, transfer::Format format);

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
