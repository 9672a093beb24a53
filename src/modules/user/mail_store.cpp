// SQL of the queue of mails; see mail_store.hpp.
#include "mail_store.hpp"

#include <db/rows.hpp>

namespace cloudretail::user {

void mailing::post(db::Tx& tx, const Letter& letter) { post(tx, std::span(&letter, 1)); }

void mailing::post(db::Tx& tx, std::span<const Letter> letters) {
    for (const Letter& letter : letters) CR_ASSERT(!letter.to.empty() && !letter.reference.empty());
    store::add_mails(tx, letters);
}

namespace store {

namespace {

QueuedMail read_mail(const db::Row& r) {
    QueuedMail mail;
    mail.letter = {r.text(1), r.text(2), r.text(3), r.text(0)};
    mail.attempts = static_cast<int>(r.integer(4));
    mail.created_at = r.time(5);
    return mail;
}

}  // namespace

void add_mails(db::Tx& tx, std::span<const Letter> letters) {
    db::Rows rows("reference, recipient, subject, body, next_at, created_at", "ttttii");
    for (const Letter& letter : letters)
        rows.add(letter.reference, letter.to, letter.subject, letter.text, tx.now(), tx.now());
    db::insert_new(tx.session(), "mails", "(reference)", rows);
}

bool mail_due(db::Session& session, std::string_view owner, Timestamp now) {
    if (session.dialect() == db::Dialect::sqlite)
        return session.number(
                   "SELECT COUNT(*) FROM (SELECT reference FROM mails WHERE state = 'waiting' AND next_at <= "
                   ":now AND (lease_until <= :free OR lease_owner <> :owner) LIMIT 1) AS due",
                   now, now, owner) > 0;
    return session.number(
               "SELECT COUNT(*) FROM (SELECT reference FROM mails WHERE state = 'waiting' AND next_at <= "
               ":now AND lease_until <= :free LIMIT 1) AS due",
               now, now) > 0;
}

std::vector<QueuedMail> take_mails(db::Tx& tx, std::string_view owner, Timestamp lease_until, int limit) {
    if (tx->dialect() == db::Dialect::sqlite)
        return tx->query("ttttii",
                         "UPDATE mails SET lease_owner = :owner, lease_until = :until WHERE reference IN "
                         "(SELECT reference FROM mails WHERE state = 'waiting' AND next_at <= :now AND "
                         "(lease_until <= :free OR lease_owner <> :me) ORDER BY next_at LIMIT "
                         ":limit) RETURNING reference, recipient, subject, body, attempts, created_at",
                         read_mail, owner, lease_until, tx.now(), tx.now(), owner, limit);
    return tx->query("ttttii",
                     "UPDATE mails SET lease_owner = :owner, lease_until = :until WHERE reference IN "
                     "(SELECT reference FROM mails WHERE state = 'waiting' AND next_at <= :now AND "
                     "lease_until <= :free ORDER BY next_at LIMIT :limit FOR UPDATE SKIP LOCKED) "
                     "RETURNING reference, recipient, subject, body, attempts, created_at",
                     read_mail, owner, lease_until, tx.now(), tx.now(), limit);
}

// A settled mail has no owner, so who has it is asked by its key alone: told the state too, a planner may go
// through all that wait.

void mail_sent(db::Tx& tx, std::string_view reference, std::string_view owner) {
    tx->exec(
        "UPDATE mails SET state = 'sent', recipient = '', subject = '', body = '', error = '', lease_until = "
        "0, lease_owner = '', settled_at = :now WHERE reference = :reference AND lease_owner = :owner",
        tx.now(), reference, owner);
}

void mail_postponed(db::Tx& tx, std::string_view reference, std::string_view owner, std::string_view error,
                    Timestamp next_at) {
    tx->exec(
        "UPDATE mails SET attempts = attempts + 1, error = :error, next_at = :next, lease_until = 0, "
        "lease_owner = '' WHERE reference = :reference AND lease_owner = :owner",
        error, next_at, reference, owner);
}

void mail_dead(db::Tx& tx, std::string_view reference, std::string_view owner, std::string_view error) {
    tx->exec(
        "UPDATE mails SET state = 'dead', body = '', attempts = attempts + 1, error = :error, lease_until = "
        "0, lease_owner = '', settled_at = :now WHERE reference = :reference AND lease_owner = :owner",
        error, tx.now(), reference, owner);
}

MailCounts count_mails(db::Session& session) {
    MailCounts counts;
    counts.waiting = session.number("SELECT COUNT(*) FROM mails WHERE state = 'waiting'");
    counts.dead = session.number("SELECT COUNT(*) FROM mails WHERE state = 'dead'");
    return counts;
}

std::int64_t sweep_mails(db::Tx& tx, std::int64_t retention_ms, int limit) {
    return tx->exec(
        "DELETE FROM mails WHERE reference IN (SELECT reference FROM mails WHERE state <> 'waiting' AND "
        "settled_at < :before ORDER BY settled_at LIMIT :limit)",
        tx.now().plus_ms(-retention_ms), limit);
}

}  // namespace store
}  // namespace cloudretail::user
