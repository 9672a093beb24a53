// Time stamps as text (RFC 3339) and the system's clock. The calendar is std::chrono's; nothing here knows
// time zones beyond an offset. Pure functions.
#include <base/clock.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

namespace cloudretail {
namespace {

constexpr std::int64_t ms_per_day = 86'400'000;

/// Reads exactly `digits` decimal digits at `at` and moves past them.
std::optional<int> read_digits(std::string_view text, std::size_t& at, std::size_t digits) {
    if (text.size() < at + digits) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(at, digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    at += digits;
    return value;
}

bool skip(std::string_view text, std::size_t& at, char lower_a, char b) {
    if (at >= text.size() || (text[at] != lower_a && text[at] != b)) return false;
    ++at;
    return true;
}

struct Field {
    int min, max;
    std::size_t digits;
};

/// Reads "hh:mm" or similar: fields separated by `separator`, each within its range.
template <std::size_t N>
bool read_fields(std::string_view text, std::size_t& at, const std::array<Field, N>& fields, char separator,
                 std::array<int, N>& out) {
    for (std::size_t i = 0; i < N; ++i) {
        if (i > 0 && !skip(text, at, separator, separator)) return false;
        const auto value = read_digits(text, at, fields[i].digits);
        if (!value || *value < fields[i].min || *value > fields[i].max) return false;
        out[i] = *value;
    }
    return true;
}

/// ".123456789" → 123; no fraction → 0; a point without digits or over nine of them → nullopt.
std::optional<int> read_fraction_ms(std::string_view text, std::size_t& at) {
    if (!skip(text, at, '.', '.')) return 0;
    int value = 0, count = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++count) {
        if (count < 3) value = value * 10 + (text[at] - '0');
    }
    if (count == 0 || count > 9) return std::nullopt;
    for (; count < 3; ++count) value *= 10;
    return value;
}

std::optional<int> read_offset_minutes(std::string_view text, std::size_t& at) {
    if (skip(text, at, 'z', 'Z')) return 0;
    const bool west = skip(text, at, '-', '-');
    if (!west && !skip(text, at, '+', '+')) return std::nullopt;
    std::array<int, 2> hm{};
    if (!read_fields(text, at, std::array{Field{0, 23, 2}, Field{0, 59, 2}}, ':', hm)) return std::nullopt;
    const int minutes = hm[0] * 60 + hm[1];
    return west ? -minutes : minutes;
}

void put_digits(char* out, int value, int digits) {
    for (int i = digits - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

class SystemClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override {
        timespec t{};
        ::clock_gettime(CLOCK_REALTIME, &t);
        return {std::int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000};
    }
};

}  // namespace

std::string Timestamp::to_string() const {
    // Years have four digits in RFC 3339; what lies outside is shown as the nearest end.
    constexpr std::int64_t first = -62'167'219'200'000, last = 253'402'300'799'999;
    const std::int64_t clamped = std::clamp(ms, first, last);
    std::int64_t day = clamped / ms_per_day;
    std::int64_t rest = clamped % ms_per_day;
    if (rest < 0) {
        rest += ms_per_day;
        --day;
    }
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
    std::string text = "0000-00-00T00:00:00.000Z";
    put_digits(&text[0], static_cast<int>(date.year()), 4);
    put_digits(&text[5], static_cast<int>(static_cast<unsigned>(date.month())), 2);
    put_digits(&text[8], static_cast<int>(static_cast<unsigned>(date.day())), 2);
    const int in_day = static_cast<int>(rest);
    put_digits(&text[11], in_day / 3'600'000, 2);
    put_digits(&text[14], in_day / 60'000 % 60, 2);
    put_digits(&text[17], in_day / 1000 % 60, 2);
    put_digits(&text[20], in_day % 1000, 3);
    return text;
}

std::optional<Timestamp> Timestamp::parse(std::string_view text) {
    std::size_t at = 0;
    std::array<int, 3> date{}, time{};
    if (!read_fields(text, at, std::array{Field{0, 9999, 4}, Field{1, 12, 2}, Field{1, 31, 2}}, '-', date) ||
        !skip(text, at, 't', 'T') ||
        !read_fields(text, at, std::array{Field{0, 23, 2}, Field{0, 59, 2}, Field{0, 59, 2}}, ':', time))
        return std::nullopt;
    const auto fraction = read_fraction_ms(text, at);
    if (!fraction) return std::nullopt;
    const auto offset = read_offset_minutes(text, at);
    if (!offset || at != text.size()) return std::nullopt;
    const std::chrono::year_month_day day{std::chrono::year{date[0]},
                                          std::chrono::month{static_cast<unsigned>(date[1])},
                                          std::chrono::day{static_cast<unsigned>(date[2])}};
    if (!day.ok()) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days{day}.time_since_epoch().count();
    const std::int64_t seconds =
        std::int64_t{time[0]} * 3600 + time[1] * 60 + time[2] - std::int64_t{*offset} * 60;
    return Timestamp{days * ms_per_day + seconds * 1000 + *fraction};
}

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

}  // namespace cloudretail
