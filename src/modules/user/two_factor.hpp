// The second factor: one-time codes of an authenticator app (RFC 6238) and the recovery codes that replace a
// lost one. Secrets are sealed at rest, recovery codes hashed; each code is good once. Thread-safe.
#pragma once

#include <security/sealed_box.hpp>
#include "access_writer.hpp"
#include "guard.hpp"

namespace cloudretail::user {

/// One of them, as it was sent; both may be empty.
struct PresentedCode {
    std::string totp_code{}, recovery_code{};
    [[nodiscard]] bool empty() const { return totp_code.empty() && recovery_code.empty(); }
};

/// What an authenticator app is set up with; shown once.
struct TwoFactorSetup {
    std::string secret;  // base32
    std::string otpauth_uri, qr_svg;
};

class TwoFactor {
  public:
    /// `issuer`: the store's name in authenticator apps.
    TwoFactor(db::Database& database, Guard& guard, const security::SealedBox& box, std::string issuer)
        : database_(database), guard_(guard), box_(box), issuer_(std::move(issuer)) {}

    /// A new secret, not in use until a code of it is shown to enable(). Errors: two_factor_enabled,
    /// unauthenticated.
    Task<Result<TwoFactorSetup>> set_up(Caller caller);
    /// Ten recovery codes, shown once. Errors: wrong_code, two_factor_enabled, two_factor_not_set_up,
    /// too_many_failures.
    Task<Result<std::vector<std::string>>> enable(Caller caller, std::string code);
    /// `code`: a one-time or a recovery code. Errors: wrong_password, wrong_code, two_factor_not_set_up,
    /// too_many_failures, overloaded.
    Task<Result<>> disable(Caller caller, std::string password, std::string code, std::string address);
    /// Ten new recovery codes in place of all before. Errors: wrong_code, two_factor_not_set_up,
    /// too_many_failures.
    Task<Result<std::vector<std::string>>> renew_recovery_codes(Caller caller, std::string code);

    /// In a transaction: there is no second factor any more, in use or only set up, and no recovery code.
    static void drop(db::Tx& tx, UserId id);
    /// In the transaction of what the code allows: is it good? It is used up then.
    [[nodiscard]] bool accept(db::Tx& tx, const Account& account, const PresentedCode& presented) const;

  private:
    [[nodiscard]] bool accept_totp(db::Tx& tx, const Account& account, const std::string& code) const;

    db::Database& database_;
    Guard& guard_;
    const security::SealedBox& box_;
    std::string issuer_;
};

}  // namespace cloudretail::user
