// Who guesses must wait: one place that checks passwords and counts what failed, for signing in and for
// everything that asks a signed-in person for the password or a code again. Thread-safe.
#pragma once

#include <base/task.hpp>
#include <security/password.hpp>
#include "store.hpp"
#include "throttle.hpp"

namespace cloudretail::user {

struct GuardSettings {
    ThrottleSettings passwords{};
    /// One-time codes have a million values: their failures count per account, wherever they come from. The
    /// owner still gets in with a recovery code.
    ThrottleSettings codes{.failures = 30};
};

class Guard {
  public:
    Guard(db::Database& database, security::PasswordHasher& hasher, GuardSettings settings)
        : database_(database), hasher_(hasher), passwords_(settings.passwords), codes_(settings.codes) {}

    using Attempt = LoginThrottle::Attempt;
    /// Per account (by e-mail) and client address. Errors: too_many_failures.
    Result<Attempt> password_attempt(std::string_view email, std::string_view address);
    /// Per account. Errors: too_many_failures.
    Result<Attempt> code_attempt(UserId user_id);

    /// The caller's account, once the password is proven. `pointer` names the field that held it. Errors:
    /// wrong_password, too_many_failures, overloaded, unauthenticated (the account is gone).
    Task<Result<Account>> confirm_password(UserId user_id, std::string password, std::string address,
                                           std::string pointer);

    [[nodiscard]] security::PasswordHasher& hasher() const { return hasher_; }

  private:
    db::Database& database_;
    security::PasswordHasher& hasher_;
    LoginThrottle passwords_, codes_;
};

/// The problem of one field of the body.
Error field_problem(const ErrorType& type, std::string pointer, std::string detail);
/// The caller's account is gone.
Error signed_out();

}  // namespace cloudretail::user
