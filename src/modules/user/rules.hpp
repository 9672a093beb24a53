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
    bool is_default = false;  // of at most one
};

enum class Status { active, disabled };

std::string_view to_text(Status status);
std::optional<Status> status_from_text(std::string_view text);

/// users.vendor_registration: who becomes a vendor by registering as one.
enum class VendorRegistration { open, approval, closed };

struct User {
    UserId id{};
    std::string email;  // normal form
    Role role = Role::customer;
    Status status = Status::active;
    bool vendor_requested = false;  // a customer who waits for an administrator's word
    bool email_verified = false;
    bool two_factor = false;  // the second factor is asked for
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
    bool vendor_requested = false;  // set by accepted()
    bool consent = false;           // to the processing of personal data (GDPR art. 6, 7)
};

/// What an administrator decides about an account; what is absent stays.
struct AccountDecision {
    std::optional<Role> role{};
    std::optional<Status> status{};
    bool two_factor_off = false;  // for somebody who has lost theirs
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

/// Puts the account in normal form; where vendors need approval, a vendor becomes a customer who asked for
/// it. Errors: forbidden (nobody registers as an administrator), vendor_registration_closed, validation with
/// every field that is wrong.
Result<NewAccount> accepted(NewAccount account, VendorRegistration vendors);

/// `user` as decided; a role that is given answers the wish to be a vendor, whatever it is. Its version is
/// raised where anything changed.
User decided(User user, const AccountDecision& decision, Timestamp at);

/// Counts among those of whom one must stay.
bool is_active_admin(const User& user);

/// `user` after the change. Errors: validation.
Result<User> changed(User user, ProfileChange change, Timestamp at);

}  // namespace rules
}  // namespace cloudretail::user
