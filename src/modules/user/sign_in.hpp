// Signing in and out: passwords, second factors, sessions. Passwords are hashed on the hasher's own threads.
// Thread-safe; its coroutines run on the caller's io thread.
#pragma once

#include "access_writer.hpp"
#include "guard.hpp"
#include "tokens.hpp"
#include "two_factor.hpp"

namespace cloudretail::user {

/// Who has signed in.
struct SignedIn {
    User user;
    Issued issued;
};

struct LogIn {
    std::string email, password;
    PresentedCode code{};
    std::string address;   // the client's
    std::string device{};  // what the session is shown as
};

/// The session of a token.
Session session_of(UserId user_id, const Issued& issued, std::string device);

class SignIn {
  public:
    SignIn(AccessWriter& access, Guard& guard, const Tokens& tokens, const TwoFactor& two_factor)
        : access_(access), guard_(guard), tokens_(tokens), two_factor_(two_factor) {}

    /// Errors: invalid_credentials (in the same time and words, whether there is such an account or not),
    /// two_factor_required, account_disabled (both for the right password alone), too_many_failures,
    /// overloaded.
    Task<Result<SignedIn>> log_in(LogIn log_in);
    /// The caller's token is worth nothing from then on.
    Task<Result<>> log_out(Caller caller);
    /// No token of the caller's is worth anything from then on. Errors: unauthenticated.
    Task<Result<>> log_out_everywhere(Caller caller);

  private:
    struct Entered;
    Result<std::optional<Entered>> enter(db::Tx& tx, const Account& known, const LogIn& log_in) const;
    Task<Result<std::optional<Entered>>> try_to_enter(Account known, LogIn log_in);
    Task<void> rehash(Account account, std::string password);

    AccessWriter& access_;
    Guard& guard_;
    const Tokens& tokens_;
    const TwoFactor& two_factor_;
};

}  // namespace cloudretail::user
