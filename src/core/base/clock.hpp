// Wall-clock time as milliseconds since 1970-01-01T00:00:00Z, and the clock that tests replace.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cloudretail {

struct Timestamp {
    std::int64_t ms = 0;
    auto operator<=>(const Timestamp&) const = default;
    /// RFC 3339, UTC, milliseconds: 2026-01-31T12:00:00.000Z
    [[nodiscard]] std::string to_string() const;
    /// The form to_string makes, or RFC 3339 with any offset and 0–9 fraction digits.
    static std::optional<Timestamp> parse(std::string_view text);
    [[nodiscard]] Timestamp plus_ms(std::int64_t d) const { return {ms + d}; }
};

class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Timestamp now() const = 0;
};

/// The system's clock (CLOCK_REALTIME).
const Clock& system_clock();

/// A clock that stands still until it is moved.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(Timestamp t = {1'800'000'000'000}) : now_(t) {}
    [[nodiscard]] Timestamp now() const override { return now_; }
    void advance_ms(std::int64_t d) { now_.ms += d; }

  private:
    Timestamp now_;
};

}  // namespace cloudretail
