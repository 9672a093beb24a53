// Structured log lines on standard error: text on a terminal, JSON else. Never a secret, never personal data:
// fields are ids, counts, names of ours. Thread-safe; a line is one write.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace cloudretail::log {

enum class Level { debug, info, warning, error };

struct Field {
    std::string_view key;
    std::string value;
    bool number = false;
    Field(std::string_view k, std::string_view v) : key(k), value(v) {}
    Field(std::string_view k, const char* v) : key(k), value(v) {}
    Field(std::string_view k, const std::string& v) : key(k), value(v) {}
    Field(std::string_view k, std::int64_t v) : key(k), value(std::to_string(v)), number(true) {}
    Field(std::string_view k, int v) : Field(k, std::int64_t{v}) {}
};

enum class Format { text, json, automatic };

void configure(Format format, Level level);
[[nodiscard]] bool enabled(Level level);
/// `message` is a constant sentence; what varies goes into fields.
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});
inline void debug(std::string_view m, std::initializer_list<Field> f = {}) {
    if (enabled(Level::debug)) write(Level::debug, m, f);
}
inline void info(std::string_view m, std::initializer_list<Field> f = {}) {
    if (enabled(Level::info)) write(Level::info, m, f);
}
inline void warning(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::warning, m, f); }
inline void error(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::error, m, f); }

/// Tests: lines go to `sink` instead (nullptr restores).
void capture(void (*sink)(std::string_view line));

}  // namespace cloudretail::log
