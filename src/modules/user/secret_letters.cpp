// Mails with secrets; see secret_letters.hpp.
#include "secret_letters.hpp"

#include <security/password.hpp>

namespace cloudretail::user::letters {

namespace {

std::string time_in_words(std::int64_t ms) {
    const auto count = [](std::int64_t n, const char* unit) {
        return std::to_string(n) + " " + unit + (n == 1 ? "" : "s");
    };
    const std::int64_t minutes = ms / 60'000;
    if (minutes < 120) return count(minutes, "minute");
    return minutes < 48 * 60 ? count(minutes / 60, "hour") : count(minutes / (24 * 60), "day");
}

}  // namespace

Letter secret(const User& user, Purpose purpose, const std::string& secret, std::int64_t good_for_ms,
              const std::string& store_name, const std::string& shop) {
    const bool reset = purpose == Purpose::reset;
    const std::string page = reset ? "reset-password" : "verify-email";
    Letter letter;
    letter.to = user.email;
    letter.subject = reset ? "Choose a new password" : "Confirm your e-mail address";
    // A name nobody has vouched for yet is a stranger's text: it does not go to whatever address they gave.
    letter.text = user.email_verified ? "Hello " + user.first_name + ",\n\n" : "Hello,\n\n";
    letter.text += reset ? "a new password was asked for, for your account at " + store_name +
                               ".\n"
                               "To choose one, open this page within "
                         : "please confirm that this is your e-mail address at " + store_name +
                               ".\n"
                               "Open this page within ";
    letter.text += time_in_words(good_for_ms) + ":\n\n" + shop + "/" + page + "#token=" + secret + "\n\n";
    letter.text += reset
                       ? "It works once. If you did not ask for it, leave it: your password stays as it is.\n"
                       : "If you have no account there, leave it: nothing happens.\n";
    letter.reference = std::string(to_text(purpose)) + ":" + security::sha256_hex(secret);
    return letter;
}

}  // namespace cloudretail::user::letters
