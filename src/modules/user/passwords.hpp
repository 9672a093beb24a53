// Changing a password, and what mailed secrets are good for: choosing a new password and verifying an e-mail.
// Whoever asks for such a mail gets the same answer in the same time, whether there is an account or not: the
// request is put down, sealed, and dealt with afterwards. Thread-safe.
#pragma once

#include <atomic>
#include <security/sealed_box.hpp>
#include "access_writer.hpp"
#include "guard.hpp"

namespace cloudretail::user {

struct MailedSettings {
    std::int64_t reset_ms = 3'600'000, verify_ms = 2 * 86'400'000;  // how long a secret is good
    int per_hour = 5;                                               // mails of a kind to one account
    std::string store_name, public_url;                             // named and linked in the mails
};

class Passwords {
  public:
    Passwords(AccessWriter& access, Guard& guard, const security::SealedBox& box, MailedSettings settings)
        : access_(access), guard_(guard), box_(box), settings_(std::move(settings)) {}

    /// All other tokens of the caller end. Errors: wrong_password, validation (/newPassword), stale (changed
    /// meanwhile), too_many_failures, overloaded, unauthenticated.
    Task<Result<>> change(Caller caller, std::string current, std::string next, std::string address);

    /// Accepts the wish for a mail; work_off() deals with it. Never tells whether there is such an account.
    Task<void> request_mail(Purpose purpose, std::string email);
    /// Deals with the requests that wait: mails with secrets to those who have an account, nothing to others.
    Task<void> work_off();
    /// Was a request put down since the last call?
    bool requested() { return requested_.exchange(false); }

    /// Sets a new password by a mailed secret, which is used up; all tokens of the account end, and the
    /// e-mail counts as verified: where it did not before, a second factor goes too. Wrong secrets are not
    /// counted: nobody guesses 256 bits, and whoever shares an address with others must not lock them out.
    /// Errors: invalid_token, validation (/newPassword), overloaded.
    Task<Result<>> reset(std::string token, std::string next, std::string request_id);
    /// Verifies an e-mail by a mailed secret, which is used up. Errors: invalid_token.
    Task<Result<>> verify_email(std::string token);

    /// In a transaction: mails the person a new secret.
    void mail_secret(db::Tx& tx, const User& user, Purpose purpose, const std::string& secret) const;

  private:
    void answer_request(db::Tx& tx, const LetterRequest& request, const std::string& secret) const;

    AccessWriter& access_;
    Guard& guard_;
    const security::SealedBox& box_;
    MailedSettings settings_;
    std::atomic<bool> requested_{true};  // some may have been left by the process before
};

}  // namespace cloudretail::user
