// Accounts: registering, the profile, administrators from the command line; one method per use-case. Signing
// in is sign_in.hpp's. Passwords are hashed on the hasher's own threads, never here. Thread-safe; its
// coroutines run on the caller's io thread.
#pragma once

#include <db/idempotency.hpp>
#include <security/password.hpp>
#include <security/sealed_box.hpp>
#include <user/api.hpp>
#include "access_writer.hpp"
#include "passwords.hpp"
#include "tokens.hpp"

namespace cloudretail::user {

/// What it is given must outlive it and all calls under way. `box` seals answers that are kept for
/// idempotency keys: they hold tokens. `consent_text`: the version of what people consent to by registering.
class Service final : public Users {
  public:
    Service(AccessWriter& access, security::PasswordHasher& hasher, const Tokens& tokens,
            const Passwords& passwords, const security::SealedBox& box, VendorRegistration vendors,
            std::string consent_text);

    /// The answer of POST /api/users/register: 201 {user, token, expiresIn}; replayed for a known key.
    /// `device`: what its session is shown as. A mail asks to confirm the address. Errors: validation,
    /// forbidden, vendor_registration_closed, email_taken, overloaded.
    Task<Result<db::StoredAnswer>> register_account(NewAccount account, std::string device,
                                                    db::IdempotencyKey key, std::string traceparent);
    /// Errors: unauthenticated (the account is gone).
    Task<Result<User>> me(Caller caller);
    /// `if_match`: the request's If-Match, may be empty. Errors: as me; validation, stale.
    Task<Result<User>> change_profile(Caller caller, ProfileChange change, std::string if_match);
    Task<Result<std::string>> make_admin(std::string email, std::string password) override;

  private:
    struct Enrolment;
    Result<db::StoredAnswer> write_account(db::Tx& tx, const Enrolment& enrolment) const;
    [[nodiscard]] Result<db::StoredAnswer> again(db::StoredAnswer kept) const;
    Result<Cutting<std::string>> write_admin(db::Tx& tx, const std::string& email,
                                             const std::string& hash) const;

    AccessWriter& access_;
    security::PasswordHasher& hasher_;
    const Tokens& tokens_;
    const Passwords& passwords_;
    const security::SealedBox& box_;
    VendorRegistration vendors_;
    std::string consent_text_;
};

}  // namespace cloudretail::user
