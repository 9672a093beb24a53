// SQL of API keys; see api_key_store.hpp. Thread rule: the session's.
#include "api_key_store.hpp"

namespace cloudretail::user::store {

namespace {

constexpr db::Columns key_columns = "tttttiii";

ApiKey read_key(const db::Row& r) {
    ApiKey key;
    const auto id = Uuid::parse(r.text(0));
    CR_ASSERT(id.has_value());
    key.id = *id;
    key.user_id = r.id<UserId>(1);
    key.name = r.text(2);
    key.scopes = Scopes::parse(r.text(3));
    key.hint = r.text(4);
    key.created_at = r.time(5);
    key.expires_at = r.time(6);
    key.used_at = r.maybe_time(7);
    return key;
}

}  // namespace

void insert(db::Tx& tx, const ApiKey& key, std::string_view hash) {
    tx->exec(
        "INSERT INTO api_keys (id, user_id, name, scopes, hint, key_hash, created_at, expires_at) "
        "VALUES (:id, :user, :name, :scopes, :hint, :hash, :created, :expires)",
        key.id, key.user_id, key.name, key.scopes.to_text(), key.hint, hash, key.created_at, key.expires_at);
}

std::vector<ApiKey> api_keys(db::Session& session, UserId user_id, Timestamp now, std::optional<Uuid> before,
                             std::int64_t limit, std::int64_t offset) {
    if (!before) {
        return session.query(
            key_columns,
            "SELECT id, user_id, name, scopes, hint, created_at, expires_at, used_at FROM api_keys "
            "WHERE user_id = :user AND expires_at > :now ORDER BY id DESC LIMIT :limit OFFSET :offset",
            read_key, user_id, now, limit, offset);
    }
    return session.query(
        key_columns,
        "SELECT id, user_id, name, scopes, hint, created_at, expires_at, used_at FROM api_keys "
        "WHERE user_id = :user AND expires_at > :now AND id < :before ORDER BY id DESC LIMIT :limit",
        read_key, user_id, now, *before, limit);
}

std::int64_t count_api_keys(db::Session& session, UserId user_id, Timestamp now) {
    return session.number("SELECT COUNT(*) FROM api_keys WHERE user_id = :user AND expires_at > :now",
                          user_id, now);
}

std::optional<ApiKey> find_api_key(db::Session& session, UserId user_id, const Uuid& id) {
    return session.query_one(
        key_columns,
        "SELECT id, user_id, name, scopes, hint, created_at, expires_at, used_at FROM api_keys "
        "WHERE id = :id AND user_id = :user",
        read_key, id, user_id);
}

std::optional<GoodKey> find_good_key(db::Session& session, std::string_view hash) {
    return session.query_one(
        "tttttiiit",
        "SELECT k.id, k.user_id, k.name, k.scopes, k.hint, k.created_at, k.expires_at, k.used_at, u.role "
        "FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.key_hash = :hash AND u.status = 'active'",
        [](const db::Row& r) {
            const auto role = role_from_text(r.text(8));
            CR_ASSERT(role.has_value());
            return GoodKey{read_key(r), *role};
        },
        hash);
}

void set_key_used(db::Tx& tx, const Uuid& id, Timestamp minute) {
    tx->exec(
        "UPDATE api_keys SET used_at = :minute WHERE id = :id AND (used_at IS NULL OR used_at < :minute)",
        minute, id);
}

void delete_api_key(db::Tx& tx, const Uuid& id) { tx->exec("DELETE FROM api_keys WHERE id = :id", id); }

std::vector<Uuid> delete_api_keys(db::Tx& tx, UserId user_id) {
    return tx->query(
        "t", "DELETE FROM api_keys WHERE user_id = :user RETURNING id",
        [](const db::Row& r) {
            const auto id = Uuid::parse(r.text(0));
            CR_ASSERT(id.has_value());
            return *id;
        },
        user_id);
}

void delete_all_api_keys(db::Tx& tx) { tx->exec("DELETE FROM api_keys"); }

std::int64_t sweep_api_keys(db::Tx& tx, int limit) {
    return tx->exec(
        "DELETE FROM api_keys WHERE id IN (SELECT id FROM api_keys WHERE expires_at <= :now "
        "ORDER BY expires_at LIMIT :limit)",
        tx.now(), limit);
}

}  // namespace cloudretail::user::store
