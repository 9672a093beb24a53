// The queue of mails in its table: SQL only, plain functions on a session or transaction. Decides nothing.
#pragma once

#include <optional>
#include <vector>
#include "mailing.hpp"

namespace cloudretail::user::store {

/// A mail that is due, leased to whoever takes it.
struct QueuedMail {
    Letter letter;
    int attempts = 0;  // tries that failed before
    Timestamp created_at{};
};

struct MailCounts {
    std::int64_t waiting = 0, dead = 0;
};

/// Nothing where a reference is known.
void add_mails(db::Tx& tx, std::span<const Letter> letters);
// On SQLite another owner is always a dead one: the data directory's lock lets one process in.

/// Is there one that take_mails would find?
bool mail_due(db::Session& session, std::string_view owner, Timestamp now);
/// At most `limit` due ones, the longest due first, leased to `owner`.
std::vector<QueuedMail> take_mails(db::Tx& tx, std::string_view owner, Timestamp lease_until, int limit);

// What became of a leased one; nothing where the lease is another's by now.
void mail_sent(db::Tx& tx, std::string_view reference, std::string_view owner);
void mail_postponed(db::Tx& tx, std::string_view reference, std::string_view owner, std::string_view error,
                    Timestamp next_at);
void mail_dead(db::Tx& tx, std::string_view reference, std::string_view owner, std::string_view error);

MailCounts count_mails(db::Session& session);
/// Deletes at most `limit` mails settled more than `retention_ms` ago.
std::int64_t sweep_mails(db::Tx& tx, std::int64_t retention_ms, int limit);

}  // namespace cloudretail::user::store
