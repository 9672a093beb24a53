// The breaker around a payment gateway; see guarded_gateway.hpp. Any thread.
#include "guarded_gateway.hpp"

namespace cloudretail::payment {

bool GuardedGateway::admit(Then<Verdict>& then) {
    if (breaker_.allow()) return true;
    then(std::make_exception_ptr(Unavailable("the payment gateway is away", 5)));
    return false;
}

Then<Verdict> GuardedGateway::reporting(Then<Verdict> then) {
    return [&breaker = breaker_, then = std::move(then)](cloudretail::Outcome<Verdict> outcome) mutable {
        outcome.has_value() ? breaker.succeeded() : breaker.failed();
        then(std::move(outcome));
    };
}

void GuardedGateway::charge(std::string key, Money amount, std::string currency, std::string token,
                            Then<Verdict> then) {
    if (!admit(then)) return;
    inner_.charge(std::move(key), amount, std::move(currency), std::move(token), reporting(std::move(then)));
}

void GuardedGateway::ask(std::string key, Then<Verdict> then) {
    if (admit(then)) inner_.ask(std::move(key), reporting(std::move(then)));
}

void GuardedGateway::cancel(std::string key, Then<Verdict> then) {
    if (admit(then)) inner_.cancel(std::move(key), reporting(std::move(then)));
}

void GuardedGateway::refund(std::string key, Money amount, std::string refund_key, Then<Verdict> then) {
    if (admit(then)) inner_.refund(std::move(key), amount, std::move(refund_key), reporting(std::move(then)));
}

std::span<const Trial> GuardedGateway::trials() const { return inner_.trials(); }

std::optional<std::string> GuardedGateway::charge_of(std::string_view event) const {
    return inner_.charge_of(event);
}

}  // namespace cloudretail::payment
