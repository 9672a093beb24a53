// See audience.hpp.
#include <events/audience.hpp>

#include <algorithm>
#include <array>
#include <base/json.hpp>

namespace cloudretail::events {

namespace {

constexpr std::size_t id_length = 36;
/// A vendor learns of an order what concerns the own lines: not whose it is, nor what else it costs.
constexpr std::array<std::string_view, 2> owners_members{"customerId", "total"};

/// All ids are of one length, so they stand at multiples of it.
bool contains(std::string_view ids, std::string_view id) {
    for (std::size_t at = 0; at + id_length <= ids.size(); at += id_length + 1)
        if (ids.substr(at, id_length) == id) return true;
    return false;
}

}  // namespace

Audience& Audience::add(UserId id) {
    const std::string text = id.to_string();
    if (contains(text_, text)) return *this;
    if (!text_.empty()) text_ += ' ';
    text_ += text;
    return *this;
}

std::vector<UserId> users_of(std::string_view audience) {
    std::vector<UserId> users;
    for (std::size_t at = 0; at + id_length <= audience.size(); at += id_length + 1)
        if (auto id = UserId::parse(audience.substr(at, id_length))) users.push_back(*id);
    return users;
}

bool may_see(const Caller& caller, const Event& event) {
    if (caller.is_admin()) return true;
    return caller.signed_in() && contains(event.audience, caller.id.to_string());
}

std::string shown_to(const Caller& caller, const Event& event) {
    const std::string_view owner = std::string_view(event.audience).substr(0, id_length);
    if (caller.is_admin() || owner == caller.id.to_string()) return event.data;
    auto document = json::Document::parse(event.data);
    CR_ASSERT(document.has_value());  // modules publish JSON
    json::Writer w;
    w.begin_object();
    document->root().each_member([&](std::string_view name, json::View value) {
        if (std::ranges::find(owners_members, name) == owners_members.end()) w.key(name).raw(value.dump());
    });
    w.end_object();
    return w.take();
}

}  // namespace cloudretail::events
