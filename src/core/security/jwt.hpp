// JSON Web Tokens (RFC 7519), HS256 only, behind the checks that cpp-jwt 1.4 needs around it: length,
// alphabet, our own header and the MAC are verified before any of its code sees a token (docs/decisions).
#pragma once

#include <base/caller.hpp>
#include <base/clock.hpp>
#include <base/error.hpp>
#include <string>
#include <string_view>

namespace cloudretail::security {

struct Claims {
    std::string subject;  // user id
    std::string role;
    std::string token_id;  // jti
    Timestamp issued_at{}, expires_at{};
};

class TokenSigner {
  public:
    /// `secret` at least 32 bytes (throws std::invalid_argument).
    explicit TokenSigner(std::string secret, std::string issuer = "cloudretail");
    [[nodiscard]] std::string sign(const Claims& claims) const;
    /// Errors: errors::unauthenticated, always with the same detail, whatever is wrong.
    [[nodiscard]] Result<Claims> verify(std::string_view token, Timestamp now) const;

  private:
    std::string secret_, issuer_, key_id_;
    std::string header_;  // the only header segment we accept, base64url
};

/// Reads the secret from configuration, or makes one in <data_dir>/jwt_secret (mode 0600, fsync'd).
std::string load_or_make_secret(const std::string& configured, const std::string& data_dir,
                                const std::string& name);

}  // namespace cloudretail::security
