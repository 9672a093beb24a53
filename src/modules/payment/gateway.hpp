// The payment provider behind the module, as an interface: whoever takes the money. Every call is idempotent
// by its key and may be repeated for ever. Implementations: simulated_gateway.hpp; guarded_gateway.hpp puts a
// breaker around one.
#pragma once

#include <base/function.hpp>
#include <base/money.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cloudretail::payment {

/// What the provider says of a charge or a refund.
struct Verdict {
    enum class Kind {
        captured,   // the money was taken
        declined,   // final: it was not and will not be, whatever is called with this key later; see reason
        refunded,   // the money was given back
        unknown,    // the answer to this one call was lost: ask by the key (the provider itself is well)
        not_known,  // only of ask(): no charge with this key ever took effect
    } kind = Kind::unknown;
    std::string reason{};  // declined: the provider's code, "card_declined"
};

/// A token of a provider that takes no money, and what a payment with it is.
struct Trial {
    std::string_view token, title;
};

/// Calls answer through `then`, once, on any thread, and never throw. An exception in the outcome means the
/// provider is away (it counts for the breaker): whether the call took effect is to be asked.
class PaymentGateway {
  public:
    virtual ~PaymentGateway() = default;
    /// Takes the money, once per key. Answers captured, declined or unknown.
    virtual void charge(std::string key, Money amount, std::string currency, std::string token,
                        Then<Verdict> then) = 0;
    /// What became of the charge with this key? Answers captured, declined, unknown or not_known.
    virtual void ask(std::string key, Then<Verdict> then) = 0;
    /// Settles a charge whose outcome is not known: answers captured where the money was taken; else makes
    /// sure that it never will be and answers declined. Or unknown.
    virtual void cancel(std::string key, Then<Verdict> then) = 0;
    /// Gives `amount` of the captured charge `key` back, once per refund key. Answers refunded, declined or
    /// unknown.
    virtual void refund(std::string key, Money amount, std::string refund_key, Then<Verdict> then) = 0;
    /// The key of the charge that an event sent by the provider (the body of its webhook, untrusted) speaks
    /// of; nullopt where it speaks of none. Asks nobody.
    [[nodiscard]] virtual std::optional<std::string> charge_of(std::string_view event) const = 0;
    /// Of a provider that takes no money, how payments may be made to end; empty: money is taken.
    [[nodiscard]] virtual std::span<const Trial> trials() const = 0;
};

}  // namespace cloudretail::payment
