// Accounts and signing in: one method per use-case. Passwords are hashed on the hasher's own threads, never
// here. Thread-safe; its coroutines run on the caller's io thread.
#pragma once

#include <db/idempotency.hpp>
#include <security/password.hpp>
#include <user/api.hpp>
#include "revocations.hpp"
#include "rules.hpp"
#include "store.hpp"
#include "throttle.hpp"
#include "tokens.hpp"

namespace cloudretail::user {

/// Who has signed in.
struct SignedIn {
    User user;
    Issued issued;
};

/// What it is given must outlive it and all calls under way.
class Service final : public Users {
  public:
    Service(db::Database& database, security::PasswordHasher& hasher, const Tokens& tokens,
            Revocations& revocations, ThrottleSettings throttle);

    /// The answer of POST /api/users/register: 201 {user, token, expiresIn}; replayed for a known key.
    /// Errors: validation, forbidden, email_taken, overloaded.
    Task<Result<db::StoredAnswer>> register_account(NewAccount account, db::IdempotencyKey key,
                                                    std::string traceparent);
    /// `address` is the client's. Errors: invalid_credentials (in the same time and words, whether there is
    /// such an account or not), too_many_failures, overloaded.
    Task<Result<SignedIn>> log_in(std::string email, std::string password, std::string address);
    /// The caller's token is worth nothing from then on.
    Task<Result<>> log_out(Caller caller);
    /// Errors: unauthenticated (the account is gone).
    Task<Result<User>> me(Caller caller);
    /// `if_match`: the request's If-Match, may be empty. Errors: as me; validation, stale.
    Task<Result<User>> change_profile(Caller caller, ProfileChange change, std::string if_match);
    Task<Result<std::string>> make_admin(std::string email, std::string password) override;

  private:
    Task<void> rehash(Account account, std::string password);

    db::Database& database_;
    security::PasswordHasher& hasher_;
    const Tokens& tokens_;
    Revocations& revocations_;
    LoginThrottle throttle_;
};

}  // namespace cloudretail::user
