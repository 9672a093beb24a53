// Who calls a service: the authenticated person and the request it came with. Services check permission on
// it.
#pragma once

#include <base/id.hpp>
#include <string>

namespace cloudretail {

enum class Role { anonymous, customer, vendor, admin };

std::string_view to_text(Role role);
std::optional<Role> role_from_text(std::string_view text);

struct Caller {
    UserId id{};
    Role role = Role::anonymous;
    std::string token_id{};  // jti of the presented token
    Timestamp token_expires{};
    std::string request_id{};
    std::string traceparent{};  // W3C trace context, continued into events and logs

    [[nodiscard]] bool signed_in() const { return role != Role::anonymous; }
    [[nodiscard]] bool is_admin() const { return role == Role::admin; }
};

}  // namespace cloudretail
