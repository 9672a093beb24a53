// The kinds of configuration values: how each is written, and what each key demands beyond its kind. Pure
// functions.
#include "values.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace cloudretail::config {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t factor;
};

constexpr std::array duration_units{Unit{"ms", 1}, Unit{"s", 1000}, Unit{"min", 60'000}, Unit{"h", 3'600'000},
                                    Unit{"d", 86'400'000}};
constexpr std::array size_units{Unit{"", 1}, Unit{"KiB", 1024}, Unit{"MiB", 1024 * 1024},
                                Unit{"GiB", 1024 * 1024 * 1024}};

template <std::size_t N>
std::optional<std::int64_t> parse_with_unit(std::string_view text, const std::array<Unit, N>& units) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = parse_integer(text.substr(0, digits));
    if (!count) return std::nullopt;
    const std::string_view name = trimmed(text.substr(digits));
    for (const Unit& unit : units) {
        std::int64_t product = 0;
        if (unit.name == name && !__builtin_mul_overflow(*count, unit.factor, &product)) return product;
    }
    return std::nullopt;
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
    return out;
}

/// A bound as an administrator would write it.
std::string shown(std::int64_t amount, Kind kind) {
    if (kind == Kind::integer || amount == 0) return std::to_string(amount);
    const auto in_units = [amount](const auto& units) {
        const Unit* best = &units.front();
        for (const Unit& unit : units) {
            if (amount % unit.factor == 0) best = &unit;
        }
        return std::to_string(amount / best->factor) + std::string(best->name);
    };
    return kind == Kind::duration ? in_units(duration_units) : in_units(size_units);
}

std::string out_of_bounds(const Key& key, std::int64_t value) {
    if (key.max <= key.min || (value >= key.min && value <= key.max)) return {};
    return "must be between " + shown(key.min, key.kind) + " and " + shown(key.max, key.kind);
}

bool is_database_url(std::string_view url) {
    return url.starts_with("sqlite:") || url.starts_with("postgresql://") || url.starts_with("postgres://");
}

/// What single keys demand of their text.
std::string text_problem(const Key& key, std::string_view value) {
    if (std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
        return "must not contain control characters";
    if (key.name == "store.currency") {
        const bool capitals =
            std::all_of(value.begin(), value.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
        return value.size() == 3 && capitals ? "" : "must be three capital letters, such as USD";
    }
    if (key.name == "auth.jwt_secret" && !value.empty() && value.size() < 32)
        return "must be at least 32 bytes long";
    if (key.name == "database.url") {
        // One file for all modules would break their independence; a file of its own is
        // <module>.database_url.
        const bool shared_file =
            value.starts_with("sqlite:") && value != "sqlite:" && value != "sqlite::memory:";
        if (shared_file)
            return "must be just sqlite: (the files are in server.data_dir), or begin with postgresql://";
        return is_database_url(value) ? "" : "must be sqlite: or begin with postgresql://";
    }
    if (key.name.ends_with(".database_url") && !value.empty() && !is_database_url(value))
        return "must begin with sqlite: or postgresql://";
    if (key.name == "server.public_url" && !value.empty() && !value.starts_with("http://") &&
        !value.starts_with("https://"))
        return "must begin with http:// or https://";
    const bool needed = key.name == "server.data_dir" || key.name.ends_with(".address");
    return needed && value.empty() ? "must not be empty" : "";
}

std::string list_problem(const Key& key, std::string_view value) {
    const auto items = parse_list(value);
    for (const std::string& item : items) {
        if (!key.choices.empty() &&
            std::find(key.choices.begin(), key.choices.end(), item) == key.choices.end())
            return "must be a list of: " + joined(key.choices);
    }
    return key.choices.empty() || !items.empty() ? "" : "must name at least one of: " + joined(key.choices);
}

}  // namespace

const Key* find_key(std::string_view name) {
    const auto& all = keys();
    const auto at = std::find_if(all.begin(), all.end(), [&](const Key& key) { return key.name == name; });
    return at == all.end() ? nullptr : &*at;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
    return parse_with_unit(text, duration_units);
}
std::optional<std::int64_t> parse_size(std::string_view text) { return parse_with_unit(text, size_units); }

std::optional<bool> parse_boolean(std::string_view text) {
    if (text == "true" || text == "yes" || text == "on") return true;
    if (text == "false" || text == "no" || text == "off") return false;
    return std::nullopt;
}

std::vector<std::string> parse_list(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        const std::string_view item = trimmed(text.substr(0, comma));
        if (!item.empty()) out.emplace_back(item);
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    return out;
}

std::string problem_of(const Key& key, std::string_view value) {
    switch (key.kind) {
        case Kind::text:
            return text_problem(key, value);
        case Kind::list:
            return list_problem(key, value);
        case Kind::boolean:
            return parse_boolean(value) ? "" : "must be true or false";
        case Kind::choice: {
            const bool known = std::find(key.choices.begin(), key.choices.end(), value) != key.choices.end();
            return known ? "" : "must be one of: " + joined(key.choices);
        }
        case Kind::integer: {
            const auto n = parse_integer(value);
            return n ? out_of_bounds(key, *n) : "must be a whole number";
        }
        case Kind::duration: {
            const auto ms = parse_duration(value);
            return ms ? out_of_bounds(key, *ms) : "must be a time such as 500ms, 10s, 15min, 24h or 7d";
        }
        case Kind::size: {
            const auto bytes = parse_size(value);
            return bytes ? out_of_bounds(key, *bytes) : "must be a size such as 4096, 16KiB or 1MiB";
        }
    }
    CR_ASSERT(false);
    return {};
}

}  // namespace cloudretail::config
