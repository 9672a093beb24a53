// What an API key may be: pure functions. No I/O, no clock.
#pragma once

#include <gateway/route.hpp>
#include <optional>
#include <string>
#include <vector>

namespace cloudretail::user {

/// An API key as it is kept; the key itself is not.
struct ApiKey {
    Uuid id{};
    UserId user_id{};
    std::string name;
    Scopes scopes{};
    std::string hint;  // its first characters
    Timestamp created_at{}, expires_at{};
    std::optional<Timestamp> used_at{};  // to the minute
};

/// What somebody wants a key to be.
struct NewKey {
    std::string name;
    std::vector<std::string> scopes;
    std::optional<Timestamp> expires_at{};
};

namespace rules {

bool admits(gateway::Access access, Role role);

/// In normal form, with an expiry: `max_age_ms` from now where none was given. Errors: validation with every
/// field that is wrong: a scope that there is not or that is beyond the role, an expiry that is over or too
/// far away.
Result<NewKey> accepted(NewKey key, Role role, const std::vector<gateway::ScopeRule>& scopes, Timestamp now,
                        std::int64_t max_age_ms);

}  // namespace rules
}  // namespace cloudretail::user
