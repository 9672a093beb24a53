// Names of roles, as they stand in tokens, rows and JSON. Pure functions.
#include <base/caller.hpp>

#include <base/error.hpp>

namespace cloudretail {

std::string_view to_text(Role role) {
    switch (role) {
        case Role::anonymous:
            return "anonymous";
        case Role::customer:
            return "customer";
        case Role::vendor:
            return "vendor";
        case Role::admin:
            return "admin";
    }
    CR_ASSERT(false);
    return {};
}

std::optional<Role> role_from_text(std::string_view text) {
    for (const Role role : {Role::anonymous, Role::customer, Role::vendor, Role::admin}) {
        if (to_text(role) == text) return role;
    }
    return std::nullopt;
}

}  // namespace cloudretail
