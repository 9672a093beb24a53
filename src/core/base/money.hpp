// Money as 64-bit minor units (hundredths). Never touches a float.
#pragma once

#include <base/error.hpp>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace cloudretail {

struct Money {
    std::int64_t minor = 0;
    auto operator<=>(const Money&) const = default;
    friend Money operator+(Money a, Money b) { return {a.minor + b.minor}; }
    friend Money operator-(Money a, Money b) { return {a.minor - b.minor}; }
    /// A line's price; quantity ≤ 10 000 and amounts ≤ 10^14 minor units keep this inside 64 bits.
    friend Money operator*(Money a, std::int64_t n) { return {a.minor * n}; }
    /// The JSON number with two decimals: 1299.99, 5.00
    [[nodiscard]] std::string to_string() const;
    /// Reads a JSON number token: at most two decimals, not negative, no exponent, ≤ 10^12 major units.
    /// The error is a sentence for FieldError::detail.
    static boost::system::result<Money, std::string> parse(std::string_view token);
    static constexpr std::int64_t max_minor = 100'000'000'000'000;
};

}  // namespace cloudretail
