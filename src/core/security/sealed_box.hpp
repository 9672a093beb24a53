// What must be read again but never from a stolen database: sealed with libsodium's secretbox
// (XSalsa20-Poly1305) under a key that is not in the database. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cloudretail::security {

class SealedBox {
  public:
    /// `secret` at least 32 bytes (throws std::invalid_argument).
    explicit SealedBox(std::string_view secret);
    ~SealedBox();
    SealedBox(const SealedBox&) = delete;
    /// Text of base64url, different each time. `context` says what it is and whose ("totp:<user id>"): only
    /// with the same context is it opened, so that a sealed value cannot be moved to another row.
    [[nodiscard]] std::string seal(std::string_view plain, std::string_view context) const;
    /// nullopt: sealed with another key or context, or altered.
    [[nodiscard]] std::optional<std::string> open(std::string_view sealed, std::string_view context) const;

  private:
    std::string key_;
};

}  // namespace cloudretail::security
