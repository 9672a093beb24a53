// What an account is and what may stand in one: pure functions. No I/O, no clock.
#pragma once

#include <base/caller.hpp>
#include <base/clock.hpp>
#include <base/error.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::user {

struct Address {
    std::string label{};  // may be empty, as may state
    std::string street{}, city{}, state{}, zip_code{}, country{};
};

struct User {
    UserId id{};
    std::string email;  // normal form
    Role role = Role::customer;
    std::string first_name, last_name;
    std::optional<std::string> phone{};
    std::vector<Address> addresses{};
    std::int64_t version = 1;  // counts the changes; the ETag
    Timestamp created_at{}, updated_at{};
};

/// Who wants an account.
struct NewAccount {
    std::string email, password, first_name, last_name;
    Role role = Role::customer;
    bool consent = false;  // to the processing of personal data (GDPR art. 6, 7)
};

/// What a person changes of their profile; what is absent stays.
struct ProfileChange {
    std::optional<std::string> first_name{}, last_name{};
    std::optional<std::optional<std::string>> phone{};  // inner nullopt clears
    std::optional<std::vector<Address>> addresses{};    // replaces all
};

namespace rules {

/// The address as it is kept and compared: ASCII letters in lower case, no blanks around.
std::string normal_email(std::string_view email);

/// Blanks around taken away.
std::string trimmed(std::string_view text);

/// Puts the account in normal form. Errors: forbidden (nobody registers as an administrator), validation with
/// every field that is wrong.
Result<NewAccount> accepted(NewAccount account);

/// `user` after the change. Errors: validation.
Result<User> changed(User user, ProfileChange change, Timestamp at);

}  // namespace rules
}  // namespace cloudretail::user
