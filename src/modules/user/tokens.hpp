// Tokens: issuing them at log-in and turning them back into callers at every request. Verified tokens are
// remembered per thread (verifying costs some ten microseconds); expiry and revocation hold for remembered
// ones too.
#pragma once

#include <gateway/route.hpp>
#include <security/jwt.hpp>
#include "revocations.hpp"
#include "rules.hpp"

namespace cloudretail::user {

/// A token as it is handed out.
struct Issued {
    std::string token;
    std::int64_t expires_in_s;
};

/// Thread-safe. What it is given must outlive it.
class Tokens final : public gateway::Authenticator {
  public:
    Tokens(const security::TokenSigner& signer, const Revocations& revocations, const Clock& clock,
           std::int64_t ttl_ms);
    [[nodiscard]] Issued issue(const User& user) const;
    /// Never suspends. Errors: unauthenticated, always in the same words; unavailable while the
    /// revoked tokens are not known yet.
    Task<Result<Caller>> authenticate(std::string token) override;

  private:
    Result<Caller> check(const std::string& token) const;
    [[nodiscard]] Result<Caller> verify(const std::string& token, Timestamp now) const;

    const security::TokenSigner& signer_;
    const Revocations& revocations_;
    const Clock& clock_;
    std::int64_t ttl_ms_;
    std::uint64_t instance_;  // tells the per-thread memories of several instances apart
};

}  // namespace cloudretail::user
