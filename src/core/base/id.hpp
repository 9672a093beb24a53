// Ids that do not mix: Id<"order"> is not an Id<"product">.
#pragma once

#include <algorithm>
#include <base/uuid.hpp>

namespace cloudretail {

template <std::size_t N>
struct Tag {
    char text[N]{};
    constexpr Tag(const char (&s)[N]) { std::copy_n(s, N, text); }
    constexpr bool operator==(const Tag&) const = default;
};

template <Tag T>
struct Id {
    Uuid uuid;

    auto operator<=>(const Id&) const = default;
    static Id make() { return Id{make_uuid()}; }
    static std::optional<Id> parse(std::string_view text) {
        auto u = Uuid::parse(text);
        if (!u) return std::nullopt;
        return Id{*u};
    }
    [[nodiscard]] std::string to_string() const { return uuid.to_string(); }
};

using UserId = Id<"user">;
using ProductId = Id<"product">;
using OrderId = Id<"order">;
using PaymentId = Id<"payment">;

}  // namespace cloudretail

template <cloudretail::Tag T>
struct std::hash<cloudretail::Id<T>> {
    std::size_t operator()(const cloudretail::Id<T>& id) const noexcept {
        return std::hash<cloudretail::Uuid>{}(id.uuid);
    }
};
