// SQL of the user module; see store.hpp. Thread rule: the session's.
#include "store.hpp"

#include "render.hpp"

namespace cloudretail::user::store {

namespace {

constexpr db::Columns columns = "tttttttiiit";
constexpr std::string_view select =
    "SELECT id, email, role, first_name, last_name, phone, addresses, version, created_at, updated_at, "
    "password_hash "
    "FROM users ";

Account read(const db::Row& r) {
    Account account;
    User& user = account.user;
    user.id = r.id<UserId>(0);
    user.email = r.text(1);
    auto role = role_from_text(r.text(2));
    CR_ASSERT(role.has_value());
    user.role = *role;
    user.first_name = r.text(3);
    user.last_name = r.text(4);
    user.phone = r.maybe_text(5);
    user.addresses = addresses_from_json(r.text(6));
    user.version = r.integer(7);
    user.created_at = r.time(8);
    user.updated_at = r.time(9);
    account.password_hash = r.text(10);
    return account;
}

}  // namespace

bool insert(db::Tx& tx, const Account& account, std::optional<Timestamp> consent_at) {
    const User& u = account.user;
    const std::string addresses = addresses_to_json(u.addresses);
    return tx->exec(
               "INSERT INTO users (id, email, password_hash, role, first_name, last_name, phone, addresses, "
               "consent_at, version, created_at, updated_at) VALUES (:id, :email, :hash, :role, :first, "
               ":last, :phone, "
               ":addresses, :consent, :version, :created, :updated) ON CONFLICT (email) DO NOTHING",
               u.id, u.email, account.password_hash, to_text(u.role), u.first_name, u.last_name, u.phone,
               addresses, consent_at, u.version, u.created_at, u.updated_at) == 1;
}

std::optional<Account> find_by_email(db::Session& session, std::string_view normal_email) {
    static const std::string sql = std::string(select) + "WHERE email = :email";
    return session.query_one(columns, sql, read, normal_email);
}

std::optional<User> find(db::Session& session, UserId id) {
    static const std::string sql = std::string(select) + "WHERE id = :id";
    return session.query_one(
        columns, sql, [](const db::Row& r) { return read(r).user; }, id);
}

bool update(db::Tx& tx, const User& u) {
    const std::string addresses = addresses_to_json(u.addresses);
    return tx->exec(
               "UPDATE users SET role = :role, first_name = :first, last_name = :last, phone = :phone, "
               "addresses = :addresses, version = :version, updated_at = :at WHERE id = :id AND version = "
               ":before",
               to_text(u.role), u.first_name, u.last_name, u.phone, addresses, u.version, u.updated_at, u.id,
               u.version - 1) == 1;
}

bool replace_password(db::Tx& tx, UserId id, std::string_view before, std::string_view after) {
    return tx->exec("UPDATE users SET password_hash = :after WHERE id = :id AND password_hash = :before",
                    after, id, before) == 1;
}

void revoke(db::Tx& tx, const RevokedToken& token) {
    tx->exec(
        "INSERT INTO revoked_tokens (token_id, expires_at, revoked_at) VALUES (:id, :expires, :now) "
        "ON CONFLICT (token_id) DO NOTHING",
        token.token_id, token.expires_at, tx.now());
}

std::vector<RevokedToken> revoked(db::Session& session, Timestamp since, Timestamp now) {
    auto read_token = [](const db::Row& r) {
        auto id = Uuid::parse(r.text(0));
        CR_ASSERT(id.has_value());
        return RevokedToken{*id, r.time(1)};
    };
    return session.query(
        "ti",
        "SELECT token_id, expires_at FROM revoked_tokens WHERE revoked_at > :since AND expires_at > :now",
        read_token, since, now);
}

std::int64_t sweep_revoked(db::Tx& tx, int limit) {
    return tx->exec(
        "DELETE FROM revoked_tokens WHERE token_id IN "
        "(SELECT token_id FROM revoked_tokens WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit)",
        tx.now(), limit);
}

std::vector<std::string> with_wrong_email(db::Session& session) {
    return session.query("t",
                         "SELECT id FROM users u WHERE email <> LOWER(email) OR email = '' OR EXISTS "
                         "(SELECT 1 FROM users o WHERE o.email = LOWER(u.email) AND o.id <> u.id) LIMIT 100",
                         [](const db::Row& r) { return r.text(0); });
}

std::vector<std::string> without_consent(db::Session& session) {
    return session.query("t", "SELECT id FROM users WHERE consent_at IS NULL AND role <> 'admin' LIMIT 100",
                         [](const db::Row& r) { return r.text(0); });
}

}  // namespace cloudretail::user::store
