// People and their log-ins as other parts see them.
#pragma once

#include <base/caller.hpp>
#include <base/error.hpp>
#include <base/task.hpp>
#include <string>

namespace cloudretail::user {

namespace errors {
inline constexpr ErrorType email_taken{"email-taken", "There is already an account with this e-mail",
                                       ErrorKind::conflict};
inline constexpr ErrorType invalid_credentials{"invalid-credentials", "E-mail or password is wrong",
                                               ErrorKind::unauthenticated};
inline constexpr ErrorType too_many_failures{"too-many-failures", "Too many failed log-ins; wait a while",
                                             ErrorKind::rate_limited};
inline constexpr ErrorType two_factor_required{
    "two-factor-required", "The code of the second factor is needed", ErrorKind::unauthenticated};
inline constexpr ErrorType account_disabled{"account-disabled", "This account is disabled",
                                            ErrorKind::forbidden};
inline constexpr ErrorType wrong_password{"wrong-password", "The password is wrong", ErrorKind::invalid};
inline constexpr ErrorType wrong_code{"wrong-code", "The code is wrong or was used already",
                                      ErrorKind::invalid};
inline constexpr ErrorType two_factor_enabled{"two-factor-enabled", "The second factor is on already",
                                              ErrorKind::conflict};
inline constexpr ErrorType two_factor_not_set_up{"two-factor-not-set-up", "There is no second factor to use",
                                                 ErrorKind::conflict};
inline constexpr ErrorType invalid_token{"invalid-token", "The token is not good or was used already",
                                         ErrorKind::invalid};
inline constexpr ErrorType last_admin{"last-admin", "This is the last administrator", ErrorKind::conflict};
inline constexpr ErrorType too_many_api_keys{
    "too-many-api-keys", "This account has as many API keys as it may", ErrorKind::conflict};
inline constexpr ErrorType vendor_registration_closed{
    "vendor-registration-closed", "Vendors cannot register themselves here", ErrorKind::forbidden};
}  // namespace errors

class Users {
  public:
    virtual ~Users() = default;
    /// Makes an administrator, or promotes an existing account to one (its password is changed where one is
    /// given). Answers a sentence that says which. Errors: validation.
    virtual Task<Result<std::string>> make_admin(std::string email, std::string password) = 0;
};

}  // namespace cloudretail::user
