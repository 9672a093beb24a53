// What administrators see of accounts and decide about them. A decision acts at once: whose role changes, who
// is disabled or loses the second factor is signed out everywhere. One active administrator always stays.
// Thread-safe.
#pragma once

#include <gateway/page.hpp>
#include "access_writer.hpp"
#include "store.hpp"

namespace cloudretail::user {

class Administration {
  public:
    explicit Administration(AccessWriter& access) : access_(access) {}

    struct Page {
        std::vector<User> users;
        std::int64_t total = 0;
    };
    /// Newest first. Errors: forbidden, validation (a cursor that is none of ours).
    Task<Result<Page>> list(Caller caller, UserFilter filter, gateway::PageRequest page);
    /// Errors: forbidden, not_found.
    Task<Result<User>> get(Caller caller, UserId id);
    /// `if_match`: the request's If-Match, may be empty. Errors: forbidden (also: the caller's own second
    /// factor), not_found, stale, last_admin.
    Task<Result<User>> decide(Caller caller, UserId id, AccountDecision decision, std::string if_match);

  private:
    Result<Cutting<User>> decide(db::Tx& tx, const Caller& caller, UserId id, const AccountDecision& decision,
                                 const std::string& if_match) const;

    AccessWriter& access_;
};

/// In a transaction, before the account is locked: would the store be without an active administrator but
/// for this account?
bool is_last_admin(db::Tx& tx, UserId id);

}  // namespace cloudretail::user
