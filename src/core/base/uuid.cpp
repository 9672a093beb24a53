// UUIDs: text form, and making version 7 (48 bits of milliseconds, 12 bits of counter, 62 random bits). One
// mutex guards the maker's state; make_uuid may be called on any thread.
#include <base/uuid.hpp>

#include <sys/random.h>
#include <base/error.hpp>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>

namespace cloudretail {
namespace {

void random_from_system(std::uint8_t* out, std::size_t size) {
    while (size > 0) {
        const ssize_t n = ::getrandom(out, size, 0);
        if (n < 0) {
            if (errno == EINTR) continue;
            throw std::system_error(errno, std::system_category(), "getrandom");
        }
        out += n;
        size -= static_cast<std::size_t>(n);
    }
}

class Maker {
  public:
    Uuid make() {
        const std::lock_guard lock(mutex_);
        std::uint8_t random[10];
        draw(random);
        const std::int64_t now = clock_->now().ms;
        if (now > last_ms_) {
            last_ms_ = now;
            // The upper half of the counter's range stays free for ids of the same millisecond.
            counter_ = static_cast<std::uint16_t>(((random[8] & 0x07) << 8) | random[9]);
        } else if (++counter_ > 0x0fff) {
            // The counter is used up, or the clock went back: borrow from the next millisecond.
            ++last_ms_;
            counter_ = 0;
        }
        Uuid id;
        const auto ms = static_cast<std::uint64_t>(last_ms_);
        for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
        id.bytes[6] = static_cast<std::uint8_t>(0x70 | (counter_ >> 8));
        id.bytes[7] = static_cast<std::uint8_t>(counter_ & 0xff);
        std::memcpy(&id.bytes[8], random, 8);
        id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
        return id;
    }

    void seed(const Clock& clock, std::uint64_t seed) {
        const std::lock_guard lock(mutex_);
        CR_ASSERT(!seeded_);
        clock_ = &clock;
        seeded_ = true;
        seed_ = seed;
        last_ms_ = 0;
    }

    void unseed() {
        const std::lock_guard lock(mutex_);
        clock_ = &system_clock();
        seeded_ = false;
        last_ms_ = 0;
    }

  private:
    void draw(std::uint8_t (&out)[10]) {
        if (seeded_) {
            for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next_of_seed());
            return;
        }
        if (used_ + sizeof out > sizeof pool_) {
            random_from_system(pool_, sizeof pool_);
            used_ = 0;
        }
        std::memcpy(out, pool_ + used_, sizeof out);
        used_ += sizeof out;
    }

    /// splitmix64 (public domain, Vigna): repeatable, for tests only.
    std::uint64_t next_of_seed() {
        std::uint64_t z = (seed_ += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }

    std::mutex mutex_;
    const Clock* clock_ = &system_clock();
    std::int64_t last_ms_ = 0;
    std::uint16_t counter_ = 0;
    bool seeded_ = false;
    std::uint64_t seed_ = 0;
    std::uint8_t pool_[1000] = {};
    std::size_t used_ = sizeof pool_;
};

Maker& maker() {
    static Maker instance;
    return instance;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr bool dash_at(std::size_t position) {
    return position == 8 || position == 13 || position == 18 || position == 23;
}

}  // namespace

std::string Uuid::to_string() const {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text(36, '-');
    std::size_t at = 0;
    for (const std::uint8_t byte : bytes) {
        if (dash_at(at)) ++at;
        text[at++] = digits[byte >> 4];
        text[at++] = digits[byte & 0x0f];
    }
    return text;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    Uuid id;
    std::size_t at = 0;
    for (std::uint8_t& byte : id.bytes) {
        if (dash_at(at) && text[at++] != '-') return std::nullopt;
        const int high = hex_value(text[at]), low = hex_value(text[at + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        byte = static_cast<std::uint8_t>(high << 4 | low);
        at += 2;
    }
    return id;
}

Uuid make_uuid() { return maker().make(); }

UuidSeed::UuidSeed(const Clock& clock, std::uint64_t seed) { maker().seed(clock, seed); }
UuidSeed::~UuidSeed() { maker().unseed(); }

}  // namespace cloudretail
