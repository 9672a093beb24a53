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
}  // namespace errors

class Users {
  public:
    virtual ~Users() = default;
    /// Makes an administrator, or promotes an existing account to one (its password is changed where one is
    /// given). Answers a sentence that says which. Errors: validation.
    virtual Task<Result<std::string>> make_admin(std::string email, std::string password) = 0;
};

}  // namespace cloudretail::user
