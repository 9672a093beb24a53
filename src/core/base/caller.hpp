// Who calls a service: the authenticated person and the request it came with. Services check permission on
// it.
#pragma once

#include <base/id.hpp>
#include <optional>
#include <string>
#include <vector>

namespace cloudretail {

enum class Role { anonymous, customer, vendor, admin };

std::string_view to_text(Role role);
std::optional<Role> role_from_text(std::string_view text);

/// What an API key may do: names such as "orders:read". Which there are says the OpenAPI document.
class Scopes {
  public:
    Scopes() = default;
    explicit Scopes(std::vector<std::string> names);
    /// Names with a blank between two.
    static Scopes parse(std::string_view text);
    [[nodiscard]] std::string to_text() const;
    [[nodiscard]] bool has(std::string_view name) const;
    /// Each once, sorted.
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

  private:
    std::vector<std::string> names_;
};

struct Caller {
    UserId id{};
    Role role = Role::anonymous;
    std::string token_id{};  // jti of the presented token, or the API key's id
    Timestamp token_expires{};
    std::string request_id{};
    std::string traceparent{};       // W3C trace context, continued into events and logs
    std::optional<Scopes> scopes{};  // of the API key it came with; none: all that the role may

    [[nodiscard]] bool signed_in() const { return role != Role::anonymous; }
    [[nodiscard]] bool is_admin() const { return role == Role::admin; }
};

}  // namespace cloudretail
