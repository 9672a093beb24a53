// See formats.hpp.
#include <algorithm>
#include <base/clock.hpp>
#include <base/money.hpp>
#include <base/uuid.hpp>
#include <gateway/formats.hpp>

namespace cloudretail::gateway {

namespace {

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_label(std::string_view label) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    return std::all_of(label.begin(), label.end(), [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_domain(std::string_view domain) {
    int labels = 0;
    while (true) {
        const std::size_t dot = domain.find('.');
        if (!is_label(domain.substr(0, dot))) return false;
        ++labels;
        if (dot == std::string_view::npos) return labels >= 2;
        domain.remove_prefix(dot + 1);
    }
}

bool is_local_part(std::string_view local) {
    if (local.empty() || local.size() > 64 || local.front() == '.' || local.back() == '.') return false;
    if (local.find("..") != std::string_view::npos) return false;
    constexpr std::string_view others = ".!#$%&'*+/=?^_`{|}~-";
    return std::all_of(local.begin(), local.end(), [&](char c) {
        return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
    });
}

bool is_currency(std::string_view text) {
    return text.size() == 3 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

std::optional<Format> format_from_text(std::string_view name) {
    if (name == "money") return Format::money;
    if (name == "uuid") return Format::uuid;
    if (name == "email") return Format::email;
    if (name == "date-time") return Format::date_time;
    if (name == "currency") return Format::currency;
    return std::nullopt;
}

bool is_email(std::string_view text) {
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos || text.size() > 254) return false;
    return is_local_part(text.substr(0, at)) && is_domain(text.substr(at + 1));
}

std::string format_problem(Format format, std::string_view text) {
    switch (format) {
        case Format::none:
            return {};
        case Format::money: {
            const auto amount = Money::parse(text);
            return amount ? std::string() : amount.error();
        }
        case Format::uuid:
            return Uuid::parse(text) ? "" : "must be a UUID";
        case Format::email:
            return is_email(text) ? "" : "must be an e-mail address";
        case Format::date_time:
            return Timestamp::parse(text) ? "" : "must be a time such as 2026-01-31T12:00:00.000Z";
        case Format::currency:
            return is_currency(text) ? "" : "must be an ISO 4217 currency such as USD";
    }
    return {};
}

}  // namespace cloudretail::gateway
