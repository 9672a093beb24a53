// Events as others read them: CloudEvents 1.0 in JSON (the structured mode's object), with the extension
// `traceparent` of its Distributed Tracing document; and the patterns by which readers choose types. Pure
// functions, any thread.
#pragma once

#include <events/event.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::events {

/// `data` in place of the event's own: what its reader may see (shown_to).
std::string to_cloud_event(std::string_view module, const Event& event, std::string_view data);

/// "order.*,payment.captured": types, and modules by `.*`. Nothing chosen is everything.
class TypeFilter {
  public:
    TypeFilter() = default;
    /// nullopt where one of the patterns is neither a type's name nor `name.*`, or there are more than 32.
    static std::optional<TypeFilter> parse(std::string_view text);
    [[nodiscard]] bool everything() const { return patterns_.empty(); }
    [[nodiscard]] bool matches(std::string_view type) const;

  private:
    std::vector<std::string> patterns_;  // "order." stands for all that begins so
};

}  // namespace cloudretail::events
