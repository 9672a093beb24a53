// A person's sessions: listing them, ending one, and writing down when they were last used. Thread-safe.
#pragma once

#include <base/task.hpp>
#include <gateway/page.hpp>
#include "access_writer.hpp"
#include "activity.hpp"

namespace cloudretail::user {

class Sessions {
  public:
    Sessions(AccessWriter& access, Activity& activity) : access_(access), activity_(activity) {}

    struct Page {
        std::vector<Session> sessions;
        std::int64_t total = 0;
    };
    /// The caller's, newest first. Errors: validation (a cursor that is none of ours).
    Task<Result<Page>> list(Caller caller, gateway::PageRequest page);
    /// Its token is worth nothing from then on. Errors: not_found (somebody else's too).
    Task<Result<>> end(Caller caller, Uuid session_id);
    /// Writes what Activity has noted. What is noted when the process dies is lost: at most an hour's word.
    Task<void> write_activity();

  private:
    AccessWriter& access_;
    Activity& activity_;
};

/// Writes what was noted, in few transactions: `set` writes one.
Task<void> write_noted(db::Database& database, Activity& activity,
                       void (*set)(db::Tx&, const Uuid&, Timestamp));

}  // namespace cloudretail::user
