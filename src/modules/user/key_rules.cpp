// Rules of API keys; see key_rules.hpp. Pure functions.
#include "key_rules.hpp"

#include <algorithm>
#include "rules.hpp"

namespace cloudretail::user::rules {

bool admits(gateway::Access access, Role role) {
    switch (access) {
        case gateway::Access::anyone:
        case gateway::Access::signed_in:
            return true;
        case gateway::Access::vendor:
            return role == Role::vendor || role == Role::admin;
        case gateway::Access::admin:
            return role == Role::admin;
    }
    return false;
}

Result<NewKey> accepted(NewKey key, Role role, const std::vector<gateway::ScopeRule>& scopes, Timestamp now,
                        std::int64_t max_age_ms) {
    Error error(cloudretail::errors::validation, "Some fields are not valid.");
    key.name = trimmed(key.name);
    if (key.name.empty()) error.fields.push_back({"/name", "must not be empty"});
    if (std::ranges::any_of(key.name, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }))
        error.fields.push_back({"/name", "must not hold control characters"});
    for (std::size_t i = 0; i < key.scopes.size(); ++i) {
        const auto known = std::ranges::find(scopes, key.scopes[i], &gateway::ScopeRule::name);
        if (known == scopes.end()) {
            error.fields.push_back({"/scopes/" + std::to_string(i), "is no scope"});
        } else if (!admits(known->access, role)) {
            error.fields.push_back({"/scopes/" + std::to_string(i), "is beyond the role of this account"});
        }
    }
    const Timestamp latest = now.plus_ms(max_age_ms);
    if (!key.expires_at) key.expires_at = latest;
    if (*key.expires_at <= now) error.fields.push_back({"/expiresAt", "must be in the future"});
    if (*key.expires_at > latest)
        error.fields.push_back({"/expiresAt", "must be at most " + latest.to_string()});
    if (!error.fields.empty()) return error;
    return key;
}

}  // namespace cloudretail::user::rules
