// What erasing a person needs of the user module's tables: SQL only, plain functions on a session or
// transaction. Decides nothing.
#pragma once

#include <db/database.hpp>
#include <optional>
#include <string>
#include <vector>

namespace cloudretail::user {

/// How far the erasure of a person is.
struct ErasureState {
    UserId user_id;
    std::string email{};      // empty once no mail to it is left
    std::string waits_for{};  // in a few words, without personal data; empty: nothing known
    Timestamp asked_at{};
    std::optional<Timestamp> ended_at{};
};

/// When somebody consented to the processing of their data, and to which text.
struct Consent {
    std::optional<Timestamp> given_at;
    std::string text;
};

/// A mail that is on its way to somebody.
struct MailInQueue {
    std::string subject;
    Timestamp created_at;
};

namespace store {

/// Notes that the person is to be erased, and takes everything out of the tables that is the account's. The
/// e-mail stays with the note until no mail to it is left.
void begin_erasure(db::Tx& tx, UserId id, std::string_view email);
std::optional<ErasureState> find_erasure(db::Session& session, UserId id);
void set_erasure_waits(db::Tx& tx, UserId id, std::string_view waits_for);
void forget_email(db::Tx& tx, UserId id);
void end_erasure(db::Tx& tx, UserId id);
/// Deletes at most `limit` notes of erasures that ended more than `retention_ms` ago.
std::int64_t sweep_erasures(db::Tx& tx, std::int64_t retention_ms, int limit);

/// Deletes mails to the address that were posted up to `until`, but for those being sent: answers how many of
/// these there are.
std::int64_t delete_mails(db::Tx& tx, std::string_view email, Timestamp until);
std::vector<MailInQueue> mails_to(db::Session& session, std::string_view email, int limit);

void set_consent_text(db::Tx& tx, UserId id, std::string_view text);
Consent find_consent(db::Session& session, UserId id);

}  // namespace store
}  // namespace cloudretail::user
