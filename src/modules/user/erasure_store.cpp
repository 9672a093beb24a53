// SQL of erasing persons; see erasure_store.hpp.
#include "erasure_store.hpp"

namespace cloudretail::user::store {

void begin_erasure(db::Tx& tx, UserId id, std::string_view email) {
    tx->exec("INSERT INTO erasures (user_id, email, asked_at) VALUES (:id, :email, :now)", id, email,
             tx.now());
    tx->exec("DELETE FROM recovery_codes WHERE user_id = :id", id);
    tx->exec("DELETE FROM account_tokens WHERE user_id = :id", id);
    tx->exec("DELETE FROM users WHERE id = :id", id);
}

std::optional<ErasureState> find_erasure(db::Session& session, UserId id) {
    return session.query_one(
        "tttii", "SELECT user_id, email, waits_for, asked_at, ended_at FROM erasures WHERE user_id = :id",
        [](const db::Row& r) {
            return ErasureState{r.id<UserId>(0), r.text(1), r.text(2), r.time(3), r.maybe_time(4)};
        },
        id);
}

void set_erasure_waits(db::Tx& tx, UserId id, std::string_view waits_for) {
    tx->exec("UPDATE erasures SET waits_for = :waits WHERE user_id = :id", waits_for, id);
}

void forget_email(db::Tx& tx, UserId id) {
    tx->exec("UPDATE erasures SET email = '' WHERE user_id = :id", id);
}

void end_erasure(db::Tx& tx, UserId id) {
    tx->exec("UPDATE erasures SET email = '', waits_for = '', ended_at = :now WHERE user_id = :id", tx.now(),
             id);
}

std::int64_t sweep_erasures(db::Tx& tx, std::int64_t retention_ms, int limit) {
    return tx->exec(
        "DELETE FROM erasures WHERE user_id IN (SELECT user_id FROM erasures WHERE ended_at < :before ORDER "
        "BY ended_at LIMIT :limit)",
        tx.now().plus_ms(-retention_ms), limit);
}

std::int64_t delete_mails(db::Tx& tx, std::string_view email, Timestamp until) {
    // Sent ones have no recipient any more; of the others each kind has its index.
    tx->exec("DELETE FROM mails WHERE state = 'dead' AND recipient = :email AND created_at <= :until", email,
             until);
    tx->exec(
        "DELETE FROM mails WHERE state = 'waiting' AND recipient = :email AND created_at <= :until AND "
        "lease_until <= :now",
        email, until, tx.now());
    return tx->number(
        "SELECT COUNT(*) FROM mails WHERE state = 'waiting' AND recipient = :email AND created_at <= :until",
        email, until);
}

std::vector<MailInQueue> mails_to(db::Session& session, std::string_view email, int limit) {
    return session.query(
        "ti",
        "SELECT subject, created_at FROM (SELECT subject, created_at FROM mails WHERE state = 'waiting' AND "
        "recipient = :email UNION ALL SELECT subject, created_at FROM mails WHERE state = 'dead' AND "
        "recipient = :email) AS known ORDER BY created_at DESC LIMIT :limit",
        [](const db::Row& r) {
            return MailInQueue{r.text(0), r.time(1)};
        },
        email, limit);
}

void set_consent_text(db::Tx& tx, UserId id, std::string_view text) {
    tx->exec("UPDATE users SET consent_text = :text WHERE id = :id", text, id);
}

Consent find_consent(db::Session& session, UserId id) {
    return session
        .query_one(
            "it", "SELECT consent_at, consent_text FROM users WHERE id = :id",
            [](const db::Row& r) {
                return Consent{r.maybe_time(0), r.text(1)};
            },
            id)
        .value_or(Consent{});
}

}  // namespace cloudretail::user::store
