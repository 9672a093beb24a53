// Names of roles and scopes, as they stand in tokens, rows and JSON. Pure functions.
#include <base/caller.hpp>

#include <algorithm>
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

Scopes::Scopes(std::vector<std::string> names) : names_(std::move(names)) {
    std::ranges::sort(names_);
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
}

Scopes Scopes::parse(std::string_view text) {
    std::vector<std::string> names;
    while (!text.empty()) {
        const std::string_view name = text.substr(0, text.find(' '));
        if (!name.empty()) names.emplace_back(name);
        text.remove_prefix(std::min(name.size() + 1, text.size()));
    }
    return Scopes(std::move(names));
}

std::string Scopes::to_text() const {
    std::string text;
    for (const std::string& name : names_) text.append(text.empty() ? "" : " ").append(name);
    return text;
}

bool Scopes::has(std::string_view name) const {
    return std::ranges::binary_search(names_, name, std::less<>{});
}

}  // namespace cloudretail
