// UUIDs (RFC 9562), version 7: time-ordered, so that tables keyed by them are appended to.
#pragma once

#include <array>
#include <base/clock.hpp>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cloudretail {

struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const Uuid&) const = default;
    /// 36 lower-case characters.
    [[nodiscard]] std::string to_string() const;
    /// Canonical 36-character text in either case; nullopt for anything else.
    static std::optional<Uuid> parse(std::string_view text);
    [[nodiscard]] bool is_nil() const { return *this == Uuid{}; }
};

/// Makes version-7 ids that strictly increase within the process (RFC 9562 6.2, method 1 with a counter).
/// Thread-safe. Tests inject a clock and a fixed seed for repeatable ids.
Uuid make_uuid();

/// Replaces the sources of make_uuid for a test; restores them on destruction.
class UuidSeed {
  public:
    UuidSeed(const Clock& clock, std::uint64_t seed);
    ~UuidSeed();
    UuidSeed(const UuidSeed&) = delete;
    UuidSeed& operator=(const UuidSeed&) = delete;
};

}  // namespace cloudretail

template <>
struct std::hash<cloudretail::Uuid> {
    std::size_t operator()(const cloudretail::Uuid& u) const noexcept {
        std::size_t h;
        __builtin_memcpy(&h, u.bytes.data() + 8, sizeof h);
        return h;
    }
};
