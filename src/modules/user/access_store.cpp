// SQL of sessions, ended tokens, codes and mailed secrets; see access_store.hpp. Thread rule: the session's.
#include "access_store.hpp"

namespace cloudretail::user {

std::string_view to_text(Purpose purpose) { return purpose == Purpose::reset ? "reset" : "verify"; }

namespace store {

namespace {

Uuid uuid_in(const db::Row& r, int column) {
    auto id = Uuid::parse(r.text(column));
    CR_ASSERT(id.has_value());
    return *id;
}

constexpr db::Columns session_columns = "tttiii";

Session read_session(const db::Row& r) {
    return {uuid_in(r, 0), r.id<UserId>(1), r.text(2), r.time(3), r.time(4), r.time(5)};
}

constexpr db::Columns epoch_columns = "ttti";

TokenEpoch read_epoch(const db::Row& r) {
    TokenEpoch epoch{r.id<UserId>(0), uuid_in(r, 1), std::nullopt, r.time(3)};
    if (!r.is_null(2)) epoch.kept = uuid_in(r, 2);
    return epoch;
}

RevokedToken read_revoked(const db::Row& r) { return {uuid_in(r, 0), r.time(1)}; }

LetterRequest read_request(const db::Row& r) {
    return {uuid_in(r, 0), r.text(1) == to_text(Purpose::reset) ? Purpose::reset : Purpose::verify,
            r.text(2)};
}

}  // namespace

void insert(db::Tx& tx, const Session& s) {
    tx->exec(
        "INSERT INTO sessions (token_id, user_id, device, created_at, seen_at, expires_at) "
        "VALUES (:token, :user, :device, :created, :seen, :expires)",
        s.token_id, s.user_id, s.device, s.created_at, s.seen_at, s.expires_at);
}

std::vector<Session> sessions(db::Session& session, UserId user_id, Timestamp now, std::optional<Uuid> before,
                              std::int64_t limit, std::int64_t offset) {
    if (!before) {
        return session.query(
            session_columns,
            "SELECT token_id, user_id, device, created_at, seen_at, expires_at FROM sessions "
            "WHERE user_id = :user AND expires_at > :now "
            "ORDER BY token_id DESC LIMIT :limit OFFSET :offset",
            read_session, user_id, now, limit, offset);
    }
    return session.query(session_columns,
                         "SELECT token_id, user_id, device, created_at, seen_at, expires_at FROM sessions "
                         "WHERE user_id = :user AND expires_at > :now AND token_id < :before "
                         "ORDER BY token_id DESC LIMIT :limit",
                         read_session, user_id, now, *before, limit);
}

std::int64_t count_sessions(db::Session& session, UserId user_id, Timestamp now) {
    return session.number("SELECT COUNT(*) FROM sessions WHERE user_id = :user AND expires_at > :now",
                          user_id, now);
}

std::optional<Session> find_session(db::Session& session, UserId user_id, const Uuid& token_id) {
    return session.query_one(
        session_columns,
        "SELECT token_id, user_id, device, created_at, seen_at, expires_at FROM sessions "
        "WHERE token_id = :token AND user_id = :user",
        read_session, token_id, user_id);
}

void set_seen(db::Tx& tx, const Uuid& token_id, Timestamp hour) {
    tx->exec("UPDATE sessions SET seen_at = :hour WHERE token_id = :token AND seen_at < :hour", hour,
             token_id);
}

std::optional<Timestamp> last_expiry(db::Session& session, UserId user_id) {
    return session.query_one(
        "i", "SELECT expires_at FROM sessions WHERE user_id = :user ORDER BY expires_at DESC LIMIT 1",
        [](const db::Row& r) { return r.time(0); }, user_id);
}

std::optional<Timestamp> last_expiry(db::Session& session) {
    return session.query_one("i", "SELECT expires_at FROM sessions ORDER BY expires_at DESC LIMIT 1",
                             [](const db::Row& r) { return r.time(0); });
}

std::optional<Uuid> newest_token(db::Session& session, UserId user_id) {
    auto newest = session.query_one(
        "t", "SELECT token_id FROM sessions WHERE user_id = :user ORDER BY token_id DESC LIMIT 1",
        [](const db::Row& r) { return uuid_in(r, 0); }, user_id);
    const auto epoch = epoch_of(session, user_id);
    if (epoch && (!newest || *newest < epoch->first)) newest = epoch->first;
    return newest;
}

void delete_sessions(db::Tx& tx, UserId user_id, const std::optional<Uuid>& kept) {
    const std::string but = kept ? kept->to_string() : std::string();
    tx->exec("DELETE FROM sessions WHERE user_id = :user AND token_id <> :kept", user_id, but);
}

void revoke(db::Tx& tx, const RevokedToken& token) {
    tx->exec(
        "INSERT INTO revoked_tokens (token_id, expires_at, revoked_at) VALUES (:id, :expires, :now) "
        "ON CONFLICT (token_id) DO NOTHING",
        token.token_id, token.expires_at, tx.now());
    tx->exec("DELETE FROM sessions WHERE token_id = :id", token.token_id);
}

void set_epoch(db::Tx& tx, const TokenEpoch& e) {
    tx->exec(
        "INSERT INTO token_epochs (user_id, first_id, kept_id, moved_at, expires_at) "
        "VALUES (:user, :first, :kept, :now, :expires) ON CONFLICT (user_id) DO UPDATE SET "
        "first_id = excluded.first_id, kept_id = excluded.kept_id, moved_at = excluded.moved_at, "
        "expires_at = excluded.expires_at",
        e.user_id, e.first, e.kept, tx.now(), e.expires_at);
}

void end_everybody(db::Tx& tx, const Uuid& first, Timestamp expires_at) {
    tx->exec(
        "INSERT INTO token_epochs (user_id, first_id, kept_id, moved_at, expires_at) "
        "SELECT id, :first, NULL, :now, :expires FROM users WHERE 1 = 1 ON CONFLICT (user_id) DO UPDATE SET "
        "first_id = excluded.first_id, kept_id = NULL, moved_at = excluded.moved_at, "
        "expires_at = excluded.expires_at",
        first, tx.now(), expires_at);
    tx->exec("DELETE FROM sessions");
    tx->exec("DELETE FROM account_tokens");
}

std::optional<TokenEpoch> epoch_of(db::Session& session, UserId user_id) {
    return session.query_one(
        epoch_columns,
        "SELECT user_id, first_id, kept_id, expires_at FROM token_epochs WHERE user_id = :user", read_epoch,
        user_id);
}

CutOff ended(db::Session& session, Timestamp since, Timestamp now) {
    CutOff cut;
    cut.tokens = session.query(
        "ti",
        "SELECT token_id, expires_at FROM revoked_tokens WHERE revoked_at > :since AND expires_at > :now",
        read_revoked, since, now);
    cut.epochs = session.query(epoch_columns,
                               "SELECT user_id, first_id, kept_id, expires_at FROM token_epochs "
                               "WHERE moved_at > :since AND expires_at > :now",
                               read_epoch, since, now);
    return cut;
}

void set_recovery_codes(db::Tx& tx, UserId user_id, const std::vector<std::string>& hashes) {
    tx->exec("DELETE FROM recovery_codes WHERE user_id = :user", user_id);
    for (const std::string& hash : hashes)
        tx->exec("INSERT INTO recovery_codes (user_id, code_hash) VALUES (:user, :hash)", user_id, hash);
}

bool take_recovery_code(db::Tx& tx, UserId user_id, std::string_view hash) {
    return tx->exec("DELETE FROM recovery_codes WHERE user_id = :user AND code_hash = :hash", user_id,
                    hash) == 1;
}

void insert_mailed(db::Tx& tx, std::string_view hash, UserId user_id, Purpose purpose, Timestamp expires_at) {
    tx->exec(
        "INSERT INTO account_tokens (token_hash, user_id, purpose, created_at, expires_at) "
        "VALUES (:hash, :user, :purpose, :now, :expires)",
        hash, user_id, to_text(purpose), tx.now(), expires_at);
}

std::optional<UserId> find_mailed(db::Session& session, std::string_view hash, Purpose purpose,
                                  Timestamp now) {
    return session.query_one(
        "t",
        "SELECT user_id FROM account_tokens WHERE token_hash = :hash AND purpose = :purpose AND expires_at > "
        ":now",
        [](const db::Row& r) { return r.id<UserId>(0); }, hash, to_text(purpose), now);
}

bool take_mailed(db::Tx& tx, std::string_view hash) {
    return tx->exec("DELETE FROM account_tokens WHERE token_hash = :hash", hash) == 1;
}

void delete_mailed(db::Tx& tx, UserId user_id, Purpose purpose) {
    tx->exec("DELETE FROM account_tokens WHERE user_id = :user AND purpose = :purpose", user_id,
             to_text(purpose));
}

std::int64_t count_mailed(db::Session& session, UserId user_id, Purpose purpose, Timestamp since) {
    return session.number(
        "SELECT COUNT(*) FROM account_tokens WHERE user_id = :user AND purpose = :purpose AND created_at > "
        ":since",
        user_id, to_text(purpose), since);
}

void insert_request(db::Tx& tx, const LetterRequest& request) {
    tx->exec(
        "INSERT INTO letter_requests (id, purpose, email, requested_at) VALUES (:id, :purpose, :email, :now)",
        request.id, to_text(request.purpose), request.email, tx.now());
}

std::vector<LetterRequest> requests(db::Session& session, std::int64_t limit) {
    return session.query("ttt", "SELECT id, purpose, email FROM letter_requests ORDER BY id LIMIT :limit",
                         read_request, limit);
}

bool take_request(db::Tx& tx, const Uuid& id) {
    return tx->exec("DELETE FROM letter_requests WHERE id = :id", id) == 1;
}

std::int64_t sweep_revoked(db::Tx& tx, int limit) {
    return tx->exec(
        "DELETE FROM revoked_tokens WHERE token_id IN "
        "(SELECT token_id FROM revoked_tokens WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit)",
        tx.now(), limit);
}

std::int64_t sweep_epochs(db::Tx& tx, int limit) {
    return tx->exec(
        "DELETE FROM token_epochs WHERE user_id IN "
        "(SELECT user_id FROM token_epochs WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit)",
        tx.now(), limit);
}

std::int64_t sweep_sessions(db::Tx& tx, int limit) {
    return tx->exec(
        "DELETE FROM sessions WHERE token_id IN "
        "(SELECT token_id FROM sessions WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit)",
        tx.now(), limit);
}

std::int64_t sweep_mailed(db::Tx& tx, int limit) {
    return tx->exec(
        "DELETE FROM account_tokens WHERE token_hash IN "
        "(SELECT token_hash FROM account_tokens WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit)",
        tx.now(), limit);
}

}  // namespace store
}  // namespace cloudretail::user
