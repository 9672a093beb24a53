// Passwords: argon2id (RFC 9106, OWASP parameters) on a bounded pool of threads of its own, never on an io
// thread.
#pragma once

#include <base/error.hpp>
#include <base/task.hpp>
#include <memory>
#include <string>

namespace cloudretail::security {

struct PasswordSettings {
    std::size_t memory_bytes = 19 * 1024 * 1024;
    int passes = 2;
    int threads = 0;  // 0 = cores
    int queue = 32;   // waiting; past it errors::overloaded (503)
};

struct Verified {
    bool ok = false;
    bool needs_rehash = false;  // parameters changed since
};

class PasswordHasher {
  public:
    explicit PasswordHasher(PasswordSettings settings);
    ~PasswordHasher();
    /// Errors: errors::overloaded when the queue is full or memory is short.
    Task<Result<std::string>> hash(std::string password);
    /// An empty `stored` (unknown account) verifies a dummy hash, so that the time is the same; answers ok =
    /// false.
    Task<Result<Verified>> verify(std::string stored, std::string password);
    [[nodiscard]] std::int64_t waiting() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Rules for a new password (NIST SP 800-63B): 8–128 characters, not common, not the e-mail. Empty = fine,
/// else a sentence for the field.
std::string password_problem(std::string_view password, std::string_view email);

/// SHA-256, lower-case hex.
std::string sha256_hex(std::string_view data);

}  // namespace cloudretail::security
