// A payment provider that takes no money: deterministic by the token, so that every path can be shown and
// tested. Keeps its own durable ledger by idempotency key, which the module's rules never read.
//
//   tok_declined     declined, "card_declined"
//   tok_timeout      charged, but the answer is lost (unknown); asked again it says captured
//   tok_error_once   the first call fails (Unavailable) and takes no effect, the next one is captured
//   anything else    captured
//
// Its events (webhooks) are {"type": "charge.captured", "data": {"charge": "<key>"}}; it sends none by
// itself.
#pragma once

#include <db/database.hpp>
#include <db/kind.hpp>
#include "gateway.hpp"

namespace cloudretail::payment {

/// Answers on the database's writer thread after the commit of its ledger. Thread-safe.
class SimulatedGateway final : public PaymentGateway {
  public:
    /// The ledger's tables live in `database`.
    explicit SimulatedGateway(db::Database& database);
    ~SimulatedGateway() override;
    void charge(std::string key, Money amount, std::string currency, std::string token,
                Then<Verdict> then) override;
    void ask(std::string key, Then<Verdict> then) override;
    void cancel(std::string key, Then<Verdict> then) override;
    void refund(std::string key, Money amount, std::string refund_key, Then<Verdict> then) override;
    [[nodiscard]] std::optional<std::string> charge_of(std::string_view event) const override;
    [[nodiscard]] std::span<const Trial> trials() const override;
    /// Forgets charges that began longer ago, with their refunds; answers how many charges, at most `limit`.
    static std::int64_t sweep(db::Tx& tx, std::int64_t retention_ms, int limit);

  private:
    struct Charge;
    struct Entry;
    static std::vector<Entry> enter_charges(db::Tx& tx, std::span<Charge* const> charges);
    static Then<Entry> answering(Then<Verdict> then);

    db::Database& database_;
    const std::unique_ptr<const db::Kind<Charge, Entry>> charges_;
};

}  // namespace cloudretail::payment
