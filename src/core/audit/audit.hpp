// The audit trail of a module: who did what to what, written in the transaction of the deed. Rows form a hash
// chain (each SHA-256 covers the row before), so that a changed, removed or inserted row shows; whoever can
// write the whole database could still forge the whole chain, so copies of the head (backups, logs shipped
// elsewhere) are what proves its age. Ids and non-personal values only: rows outlive the persons they name.
#pragma once

#include <base/caller.hpp>
#include <db/database.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::audit {

struct Entry {
    std::int64_t seq = 0;  // dense, from 1
    Timestamp at{};
    std::string actor;       // a user's id, or "system"
    std::string action;      // "user.disabled"
    std::string subject;     // id of what it was done to
    std::string details;     // JSON object
    std::string request_id;  // of the request that asked for it; may be empty
    std::string hash;        // SHA-256, hex
};

/// Adds an entry in `tx`. `details` is a JSON object of ids and non-personal values.
void record(db::Tx& tx, const Caller& who, std::string_view action, std::string_view subject,
            std::string_view details = "{}");
/// The same for what no caller asked for: timers, the command line, other modules' processes.
void record_system(db::Tx& tx, std::string_view action, std::string_view subject,
                   std::string_view details = "{}");

/// Newest first: entries before `before_seq` (0 = from the newest), of one subject or all ("").
std::vector<Entry> page(db::Session& session, std::int64_t before_seq, std::string_view subject, int limit);

/// Entries of one subject or all ("").
std::int64_t count(db::Session& session, std::string_view subject);

struct Verdict {
    std::int64_t entries = 0;  // looked at
    std::string fault{};       // empty: the chain is whole; else a sentence with the first place it is not
};
/// Walks the chain. In one snapshot (Database::snapshot), else a row added meanwhile may look like a fault.
Verdict verify(db::Session& session);

/// Deletes entries older than `retention_ms`, at most `limit`, oldest first; the chain then begins behind
/// them. Answers how many.
std::int64_t sweep(db::Tx& tx, std::int64_t retention_ms, int limit = 1000);

}  // namespace cloudretail::audit
