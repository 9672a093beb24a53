// What a new password must be: long enough and not what everybody tries first (NIST SP 800-63B 5.1.1.2). No
// rules of composition. Pure functions.
#include <base/utf8.hpp>
#include <security/password.hpp>

#include <algorithm>

#include "common_passwords.hpp"

namespace cloudretail::security {
namespace {

constexpr std::size_t shortest = 8, longest = 128;

std::string lowered(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

/// "aaaaaaaa" and "12121212": one or two characters over and over.
bool repeats(std::string_view text) {
    const auto period = [&](std::size_t n) { return text.substr(n) == text.substr(0, text.size() - n); };
    return period(1) || period(2);
}

}  // namespace

std::string password_problem(std::string_view password, std::string_view email) {
    const std::size_t length = utf8_length(password);
    if (length < shortest) return "must be at least 8 characters long";
    if (length > longest) return "must be at most 128 characters long";
    const std::string given = lowered(password);
    const std::string address = lowered(email);
    if (given == address || given == address.substr(0, address.find('@')))
        return "must not be the e-mail address";
    const auto common = common_passwords();
    const bool listed = std::binary_search(common.begin(), common.end(), std::string_view(given));
    return listed || repeats(given) ? "is too common; choose another" : "";
}

}  // namespace cloudretail::security
