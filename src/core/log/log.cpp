// Formatting and writing of log lines. State is three atomics; a line is built on the stack of its caller and
// leaves with one write(2), so lines of several threads do not mix.
#include <base/clock.hpp>
#include <base/json.hpp>
#include <log/log.hpp>

#include <unistd.h>
#include <atomic>
#include <cerrno>

namespace cloudretail::log {
namespace {

bool terminal() { return ::isatty(STDERR_FILENO) == 1; }

// Before configure() runs: JSON unless a person is looking.
std::atomic<bool> as_json{!terminal()};
std::atomic<Level> lowest{Level::info};
std::atomic<void (*)(std::string_view)> captured{nullptr};

std::string_view name_of(Level level) {
    switch (level) {
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warning:
            return "warning";
        case Level::error:
            return "error";
    }
    CR_ASSERT(false);
    return {};
}

std::string json_line(Level level, std::string_view message, std::initializer_list<Field> fields) {
    json::Writer out;
    out.reserve(256);
    out.begin_object();
    out.member("time", system_clock().now()).member("level", name_of(level)).member("message", message);
    for (const Field& field : fields) {
        out.key(field.key);
        field.number ? out.raw(field.value) : out.value(field.value);
    }
    return out.end_object().take();
}

/// Values that are not one plain word are quoted as in JSON, so that no value can forge a line or a field.
std::string shown(const Field& field) {
    const auto plain = [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '='; };
    const bool bare = !field.value.empty() && std::all_of(field.value.begin(), field.value.end(), plain);
    if (field.number || bare) return field.value;
    json::Writer quoted;
    return quoted.value(field.value).take();
}

std::string text_line(Level level, std::string_view message, std::initializer_list<Field> fields) {
    std::string line = system_clock().now().to_string();
    line += ' ';
    line += name_of(level);
    line += ' ';
    line += message;
    for (const Field& field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        line += shown(field);
    }
    return line;
}

/// Writes all of it, or gives up: a log line must never stop the work.
void write_all(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(STDERR_FILENO, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

}  // namespace

void configure(Format format, Level level) {
    as_json = format == Format::json || (format == Format::automatic && !terminal());
    lowest = level;
}

bool enabled(Level level) { return level >= lowest.load(std::memory_order_relaxed); }

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
    if (!enabled(level)) return;
    std::string line = as_json ? json_line(level, message, fields) : text_line(level, message, fields);
    if (const auto sink = captured.load()) return sink(line);
    line += '\n';
    write_all(line);
}

void capture(void (*sink)(std::string_view line)) { captured = sink; }

}  // namespace cloudretail::log
