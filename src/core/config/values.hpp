// Reading and checking single configuration values. Pure functions.
#pragma once

#include <config/config.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::config {

/// The key of that name, or nullptr.
const Key* find_key(std::string_view name);

std::string_view trimmed(std::string_view text);

std::optional<std::int64_t> parse_integer(std::string_view text);
/// "500ms", "10s", "15min", "24h", "7d", in milliseconds.
std::optional<std::int64_t> parse_duration(std::string_view text);
/// "4096", "16KiB", "1MiB", "1GiB" (a blank before the unit is allowed), in bytes.
std::optional<std::int64_t> parse_size(std::string_view text);
std::optional<bool> parse_boolean(std::string_view text);
/// Comma-separated, trimmed, without empty entries.
std::vector<std::string> parse_list(std::string_view text);

/// Empty when `value` is good for `key`, else what it must be. Never holds the value itself (it may be a
/// secret).
std::string problem_of(const Key& key, std::string_view value);

}  // namespace cloudretail::config
