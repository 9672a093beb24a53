// Events the user module publishes; subject = user id. Data: {userId, role}, of user.deleted {userId}; never
// a name or an address.
#pragma once

#include <base/caller.hpp>
#include <base/json.hpp>

namespace cloudretail::user {

inline constexpr const char* user_registered = "user.registered";
inline constexpr const char* user_role_changed = "user.role_changed";
inline constexpr const char* user_disabled = "user.disabled";  // may not sign in
inline constexpr const char* user_enabled = "user.enabled";
inline constexpr const char* user_deleted = "user.deleted";  // erased in every module

struct UserChanged {
    UserId user_id;
    Role role;

    [[nodiscard]] std::string to_json() const {
        json::Writer w;
        w.begin_object().member("userId", user_id).member("role", to_text(role)).end_object();
        return w.take();
    }
};

struct UserDeleted {
    UserId user_id;

    [[nodiscard]] std::string to_json() const {
        json::Writer w;
        w.begin_object().member("userId", user_id).end_object();
        return w.take();
    }
};

}  // namespace cloudretail::user
