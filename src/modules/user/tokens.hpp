// Tokens: issuing them at log-in and turning them back into callers at every request. Verified tokens are
// remembered per thread (verifying costs some ten microseconds); expiry and revocation hold for remembered
// ones too. No request asks the database.
#pragma once

#include <gateway/route.hpp>
#include <security/jwt.hpp>
#include "activity.hpp"
#include "revocations.hpp"
#include "rules.hpp"

namespace cloudretail::user {

/// A token as it is handed out.
struct Issued {
    std::string token;
    std::int64_t expires_in_s;
    Uuid token_id;
    Timestamp issued_at, expires_at;
};

/// Thread-safe. What it is given must outlive it.
class Tokens final {
  public:
    Tokens(const security::TokenSigner& signer, const Revocations& revocations, Activity& activity,
           const Clock& clock, std::int64_t ttl_ms);
    /// A token with an id of its own.
    [[nodiscard]] Issued issue(const User& user) const;
    /// The token of a session that was made at `now` with this id.
    [[nodiscard]] Issued issue(const User& user, const Uuid& token_id, Timestamp now) const;
    [[nodiscard]] std::int64_t ttl_ms() const { return ttl_ms_; }
    /// Never suspends. Errors: unauthenticated, always in the same words; unavailable while the
    /// revoked tokens are not known yet.
    Task<Result<Caller>> authenticate(std::string token);
    /// Is the caller's token still worth something, as far as this process knows? Never waits.
    [[nodiscard]] bool still_good(const Caller& caller) const;

  private:
    Result<Caller> check(const std::string& token) const;
    [[nodiscard]] Result<Caller> verify(const std::string& token, Timestamp now) const;

    const security::TokenSigner& signer_;
    const Revocations& revocations_;
    Activity& activity_;
    const Clock& clock_;
    std::int64_t ttl_ms_;
    std::uint64_t instance_;  // tells the per-thread memories of several instances apart
};

}  // namespace cloudretail::user
