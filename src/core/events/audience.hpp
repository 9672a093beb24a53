// Who may see an event besides administrators, decided by the module that publishes it and kept with the
// event. Everything that shows events to people (streams, the log, webhooks) filters by this alone. Plain
// functions, any thread.
#pragma once

#include <base/caller.hpp>
#include <events/event.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::events {

/// Ids of users, one space between them. The first is the owner: whom the event is about, who sees all of it.
class Audience {
  public:
    /// Administrators alone.
    Audience() = default;
    Audience(UserId owner) : text_(owner.to_string()) {}
    /// Unless it is in there already.
    Audience& add(UserId id);
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] bool empty() const { return text_.empty(); }

  private:
    std::string text_;
};

/// The users in the audience's text.
std::vector<UserId> users_of(std::string_view audience);

/// May the caller see that the event happened?
bool may_see(const Caller& caller, const Event& event);

/// The event's data as the caller may see them: to others than administrators and the owner, without the
/// members that are the owner's own (`customerId`, `total`). Only where may_see().
std::string shown_to(const Caller& caller, const Event& event);

}  // namespace cloudretail::events
