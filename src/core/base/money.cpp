// Money to and from decimal text, digit by digit. Pure functions.
#include <base/money.hpp>

namespace cloudretail {

std::string Money::to_string() const {
    // Through unsigned, so that the smallest int64 has a text too.
    const bool negative = minor < 0;
    std::uint64_t n = negative ? 0 - static_cast<std::uint64_t>(minor) : static_cast<std::uint64_t>(minor);
    char text[24];
    char* const end = text + sizeof text;
    char* at = end;
    *--at = static_cast<char>('0' + n % 10);
    n /= 10;
    *--at = static_cast<char>('0' + n % 10);
    n /= 10;
    *--at = '.';
    do {
        *--at = static_cast<char>('0' + n % 10);
        n /= 10;
    } while (n > 0);
    if (negative) *--at = '-';
    return {at, end};
}

boost::system::result<Money, std::string> Money::parse(std::string_view token) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!token.empty() && token.front() == '-') return std::string("must not be negative");
    const std::size_t point = token.find('.');
    const std::string_view whole = token.substr(0, point);
    const std::string_view fraction =
        point == std::string_view::npos ? std::string_view{} : token.substr(point + 1);
    for (const std::string_view part : {whole, fraction}) {
        for (const char c : part) {
            if (!is_digit(c)) return std::string("must be an amount such as 19.99");
        }
    }
    const bool leading_zero = whole.size() > 1 && whole.front() == '0';
    if (whole.empty() || leading_zero || (point != std::string_view::npos && fraction.empty()))
        return std::string("must be an amount such as 19.99");
    if (fraction.size() > 2) return std::string("must have at most two decimals");
    if (whole.size() > 13) return std::string("must be at most 1000000000000");
    std::int64_t minor = 0;
    for (const char c : whole) minor = minor * 10 + (c - '0');
    for (std::size_t i = 0; i < 2; ++i) minor = minor * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
    if (minor > max_minor) return std::string("must be at most 1000000000000");
    return Money{minor};
}

}  // namespace cloudretail
