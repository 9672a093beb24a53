// Fills the set of ended tokens from its tables: once on SQLite, where this process alone writes; again and
// again on PostgreSQL, where other processes sign people out too, so that it takes effect here within about a
// second.
#pragma once

#include <atomic>
#include <base/task.hpp>
#include <db/database.hpp>
#include <memory>
#include "revocations.hpp"

namespace cloudretail::user {

class RevocationFeed {
  public:
    RevocationFeed(db::Database& database, Revocations& revocations)
        : database_(database), revocations_(revocations) {}
    /// Blocks; not on an io thread. Throws what the database throws.
    void load();
    /// Looks every second until `stopped`; survives the database being away.
    Task<void> follow(std::shared_ptr<std::atomic<bool>> stopped);

  private:
    void take(const CutOff& cut, Timestamp now);

    db::Database& database_;
    Revocations& revocations_;
    Timestamp since_{};  // of the caller of load, then of follow alone
};

}  // namespace cloudretail::user
