// Rules of accounts; see rules.hpp. Pure functions.
#include "rules.hpp"

#include <algorithm>
#include <security/password.hpp>
#include <user/api.hpp>

namespace cloudretail::user {

std::string_view to_text(Status status) { return status == Status::active ? "active" : "disabled"; }

std::optional<Status> status_from_text(std::string_view text) {
    for (const Status status : {Status::active, Status::disabled})
        if (to_text(status) == text) return status;
    return std::nullopt;
}

namespace rules {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_control(char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }

/// Trims `text` and says what is wrong with it, in `errors`.
void clean(std::string& text, std::string pointer, bool required, std::vector<FieldError>& errors) {
    text = trimmed(text);
    if (required && text.empty())
        errors.push_back({std::move(pointer), "must not be empty"});
    else if (std::ranges::any_of(text, is_control))
        errors.push_back({std::move(pointer), "must not hold control characters"});
}

bool is_phone(std::string_view text) {
    const auto digits = std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; });
    return digits >= 3 && text.find_first_not_of("0123456789 +-()./") == std::string_view::npos;
}

void clean(Address& a, const std::string& at, std::vector<FieldError>& errors) {
    clean(a.label, at + "/label", false, errors);
    clean(a.street, at + "/street", true, errors);
    clean(a.city, at + "/city", true, errors);
    clean(a.state, at + "/state", false, errors);
    clean(a.zip_code, at + "/zipCode", true, errors);
    clean(a.country, at + "/country", true, errors);
}

/// The second and later ones are named.
void one_default(const std::vector<Address>& addresses, std::vector<FieldError>& errors) {
    bool seen = false;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (seen && addresses[i].is_default)
            errors.push_back({"/addresses/" + std::to_string(i) + "/default", "another address is"});
        seen = seen || addresses[i].is_default;
    }
}

Error invalid(std::vector<FieldError> fields) {
    Error error(cloudretail::errors::validation, "Some fields are not valid.");
    error.fields = std::move(fields);
    return error;
}

}  // namespace

std::string trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return std::string(text);
}

std::string normal_email(std::string_view email) {
    std::string normal = trimmed(email);
    for (char& c : normal)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return normal;
}

Result<NewAccount> accepted(NewAccount account, VendorRegistration vendors) {
    if (account.role != Role::customer && account.role != Role::vendor)
        return Error(cloudretail::errors::forbidden,
                     "An administrator is made by another one, not by registering.");
    if (account.role == Role::vendor && vendors == VendorRegistration::closed)
        return Error(errors::vendor_registration_closed, "Ask the store's administrator.");
    account.vendor_requested = account.role == Role::vendor && vendors == VendorRegistration::approval;
    if (account.vendor_requested) account.role = Role::customer;
    std::vector<FieldError> wrong;
    account.email = normal_email(account.email);
    if (auto problem = security::password_problem(account.password, account.email); !problem.empty())
        wrong.push_back({"/password", std::move(problem)});
    clean(account.first_name, "/firstName", true, wrong);
    clean(account.last_name, "/lastName", true, wrong);
    if (!account.consent)
        wrong.push_back({"/gdprConsent", "must be true: without consent there is no account"});
    if (!wrong.empty()) return invalid(std::move(wrong));
    return account;
}

User decided(User user, const AccountDecision& decision, Timestamp at) {
    const bool waited = user.vendor_requested;
    const Role role = user.role;
    const Status status = user.status;
    const bool two_factor = user.two_factor;
    if (decision.role) {
        user.role = *decision.role;
        user.vendor_requested = false;
    }
    if (decision.status) user.status = *decision.status;
    if (decision.two_factor_off) user.two_factor = false;
    if (user.role == role && user.status == status && user.vendor_requested == waited &&
        user.two_factor == two_factor)
        return user;
    user.version += 1;
    user.updated_at = at;
    return user;
}

bool is_active_admin(const User& user) { return user.role == Role::admin && user.status == Status::active; }

Result<User> changed(User user, ProfileChange change, Timestamp at) {
    std::vector<FieldError> wrong;
    if (change.first_name) {
        user.first_name = std::move(*change.first_name);
        clean(user.first_name, "/firstName", true, wrong);
    }
    if (change.last_name) {
        user.last_name = std::move(*change.last_name);
        clean(user.last_name, "/lastName", true, wrong);
    }
    if (change.phone) {
        user.phone = std::move(*change.phone);
        if (user.phone) user.phone = trimmed(*user.phone);
        if (user.phone && !is_phone(*user.phone))
            wrong.push_back({"/phone", "must be a telephone number: digits, blanks and + - ( ) . /"});
    }
    if (change.addresses) {
        user.addresses = std::move(*change.addresses);
        for (std::size_t i = 0; i < user.addresses.size(); ++i)
            clean(user.addresses[i], "/addresses/" + std::to_string(i), wrong);
        one_default(user.addresses, wrong);
    }
    if (!wrong.empty()) return invalid(std::move(wrong));
    user.version += 1;
    user.updated_at = at;
    return user;
}

}  // namespace rules
}  // namespace cloudretail::user
