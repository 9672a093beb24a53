// The catalogue as a file, in and out: what a row means, who may take and give it, and that a row is carried
// out as the request it stands for would be (service.hpp). Not the files themselves: that is core/transfer.
// Thread-safe.
#pragma once

#include <transfer/export.hpp>
#include <transfer/file_routes.hpp>

#include "service.hpp"

namespace cloudretail::product {

class Transfer final : public transfer::FileList {
  public:
    /// All outlive it.
    Transfer(Service& service, db::Database& database, transfer::Settings settings);

    [[nodiscard]] const transfer::Settings& settings() const override { return settings_; }
    /// Rows are told apart by vendor and SKU.
    Task<Result<http::Response>> take(gateway::Call* call, std::optional<UserId> vendor,
                                      bool dry_run) override;
    Result<http::Response> give(const Caller& caller, std::optional<UserId> vendor,
                                transfer::Format format) override;

  private:
    struct Batch;
    struct Walk;
    Task<transfer::Fates> apply(Caller caller, UserId vendor, bool dry_run, transfer::Rows rows);
    Task<bool> run(std::shared_ptr<Batch> batch);
    Result<> carry_out(db::Tx& tx, Batch& batch, std::vector<ProductId>& touched) const;
    static void look_up(db::Session& session, Batch& batch);
    Result<transfer::Fate> decide(db::Tx& tx, Batch& batch, json::View row) const;

    Service& service_;
    db::Database& database_;
    transfer::Settings settings_;
    transfer::Slots slots_;
};

}  // namespace cloudretail::product
