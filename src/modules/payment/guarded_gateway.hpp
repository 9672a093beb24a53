// A payment gateway with a circuit breaker around it: while the breaker is open, calls are refused at once.
// Knows nothing of payments. Thread-safe.
#pragma once

#include <resilience/breaker.hpp>
#include "gateway.hpp"

namespace cloudretail::payment {

/// Both must outlive it and every call under way.
class GuardedGateway final : public PaymentGateway {
  public:
    GuardedGateway(PaymentGateway& inner, resilience::Breaker& breaker) : inner_(inner), breaker_(breaker) {}
    void charge(std::string key, Money amount, std::string currency, std::string token,
                Then<Verdict> then) override;
    void ask(std::string key, Then<Verdict> then) override;
    void cancel(std::string key, Then<Verdict> then) override;
    void refund(std::string key, Money amount, std::string refund_key, Then<Verdict> then) override;
    [[nodiscard]] std::optional<std::string> charge_of(std::string_view event) const override;
    [[nodiscard]] std::span<const Trial> trials() const override;

  private:
    /// Refuses through `then` while the breaker is open.
    bool admit(Then<Verdict>& then);
    Then<Verdict> reporting(Then<Verdict> then);

    PaymentGateway& inner_;
    resilience::Breaker& breaker_;
};

}  // namespace cloudretail::payment
