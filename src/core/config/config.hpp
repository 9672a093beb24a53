// Configuration: every key is declared once with its default and meaning (keys.cpp); values come from the
// defaults, the INI file, the environment (CLOUDRETAIL_SECTION_KEY) and flags (--section.key=value), each
// beating the one before.
#pragma once

#include <base/error.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::config {

enum class Kind { text, integer, duration, size, boolean, choice, list };

struct Key {
    std::string name;  // "server.data_dir"
    Kind kind;
    std::string fallback;  // default, as written in a file: "24h", "19MiB", "true"
    std::string meaning;   // one line
    bool secret = false;   // also exists as <name>_file; never printed
    std::vector<std::string> choices{};
    std::int64_t min = 0, max = 0;  // bounds where max > min (integer as is, durations in ms, sizes in bytes)
};

/// All keys, in the order of config/cloudretail.ini.
const std::vector<Key>& keys();

/// A start-up error with where it came from: "cloudretail.ini:12: limits.body_bytes: …".
class ConfigError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class Config {
  public:
    /// Defaults only.
    Config();
    /// `file` may be empty. `flags` are "section.key" → value. Throws ConfigError naming file, line and key
    /// for the first problem found.
    static Config load(const std::string& file, const std::map<std::string, std::string>& environment,
                       const std::map<std::string, std::string>& flags);

    [[nodiscard]] const std::string& text(std::string_view key) const;
    [[nodiscard]] std::int64_t integer(std::string_view key) const;  // plain numbers
    [[nodiscard]] std::int64_t duration_ms(
        std::string_view key) const;                               // "10s", "15min", "24h", "7d", "500ms"
    [[nodiscard]] std::int64_t bytes(std::string_view key) const;  // "1MiB", "16KiB", "4096"
    [[nodiscard]] bool flag(std::string_view key) const;
    [[nodiscard]] std::vector<std::string> list(std::string_view key) const;  // comma-separated
    [[nodiscard]] bool is_set(std::string_view key) const;  // given somewhere, not the default
    /// The URL of one module's database: <module>.database_url, else database.url (which DB_HOST… compose
    /// where it is not set); "sqlite:" becomes "sqlite:<data_dir>/<module>.db".
    [[nodiscard]] std::string database_url(std::string_view module) const;
    /// For tests. Throws ConfigError as load does.
    void set(const std::string& key, const std::string& value);

  private:
    std::map<std::string, std::string, std::less<>> values_;
    std::map<std::string, std::string, std::less<>> sources_;
};

}  // namespace cloudretail::config
