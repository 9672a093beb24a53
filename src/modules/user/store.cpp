// SQL of the user module; see store.hpp. Thread rule: the session's.
#include "store.hpp"

#include <base/like.hpp>
#include "render.hpp"

namespace cloudretail::user::store {

namespace {

constexpr db::Columns columns = "tttttttiiittiitii";
constexpr std::string_view select =
    "SELECT id, email, role, first_name, last_name, phone, addresses, version, created_at, updated_at, "
    "password_hash, status, vendor_requested, email_verified_at, totp_secret, totp_enabled_at, totp_step "
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
    auto status = status_from_text(r.text(11));
    CR_ASSERT(status.has_value());
    user.status = *status;
    user.vendor_requested = r.flag(12);
    user.email_verified = !r.is_null(13);
    account.totp_secret = r.maybe_text(14);
    user.two_factor = !r.is_null(15);
    account.totp_step = r.integer(16);
    return account;
}

/// A statement that grows with what a filter asks; owns the texts its binds borrow.
struct Question {
    std::string where = "WHERE 1 = 1";
    std::vector<db::Bind> binds;
    std::string pattern;

    explicit Question(const UserFilter& filter) {
        if (filter.role) add("role = :role", to_text(*filter.role));
        if (filter.status) add("status = :status", to_text(*filter.status));
        if (filter.vendor_requested) add("vendor_requested = :wish", *filter.vendor_requested);
        if (filter.text.empty()) return;
        pattern = "%" + escape_like(filter.text) + "%";
        add("(LOWER(email) LIKE LOWER(:pattern) ESCAPE '\\' OR LOWER(first_name || ' ' || last_name) LIKE "
            "LOWER(:pattern) ESCAPE '\\')",
            pattern);
    }
    Question(const Question&) = delete;
    void add(std::string_view condition, db::Bind bind) {
        (where += " AND ") += condition;
        binds.push_back(std::move(bind));
    }
};

}  // namespace

bool insert(db::Tx& tx, const Account& account, std::optional<Timestamp> consent_at) {
    const User& u = account.user;
    const std::string addresses = addresses_to_json(u.addresses);
    return tx->exec(
               "INSERT INTO users (id, email, password_hash, role, first_name, last_name, phone, addresses, "
               "consent_at, version, created_at, updated_at, vendor_requested) VALUES (:id, :email, :hash, "
               ":role, :first, :last, :phone, :addresses, :consent, :version, :created, :updated, :wish) "
               "ON CONFLICT (email) DO NOTHING",
               u.id, u.email, account.password_hash, to_text(u.role), u.first_name, u.last_name, u.phone,
               addresses, consent_at, u.version, u.created_at, u.updated_at, u.vendor_requested) == 1;
}

std::optional<Account> find_by_email(db::Session& session, std::string_view normal_email) {
    static const std::string sql = std::string(select) + "WHERE email = :email";
    return session.query_one(columns, sql, read, normal_email);
}

std::optional<Account> find_account(db::Session& session, UserId id) {
    static const std::string sql = std::string(select) + "WHERE id = :id";
    return session.query_one(columns, sql, read, id);
}

std::optional<User> find(db::Session& session, UserId id) {
    auto account = find_account(session, id);
    if (!account) return std::nullopt;
    return std::move(account->user);
}

std::map<UserId, Addressee> find_addressees(db::Session& session, std::span<const UserId> ids) {
    std::map<UserId, Addressee> found;
    const std::vector<db::Bind> list(ids.begin(), ids.end());
    session.query_in("ttt", "SELECT id, email, first_name FROM users WHERE id IN ({})", list,
                     [&found](const db::Row& r) {
                         return found.try_emplace(r.id<UserId>(0), Addressee{r.text(1), r.text(2)}).second;
                     });
    return found;
}

std::optional<Account> find_locked(db::Tx& tx, UserId id) {
    if (tx->dialect() == db::Dialect::sqlite) return find_account(tx.session(), id);  // one writer
    static const std::string sql = std::string(select) + "WHERE id = :id FOR UPDATE";
    return tx->query_one(columns, sql, read, id);
}

std::vector<UserId> lock_admins(db::Tx& tx) {
    std::string sql = "SELECT id FROM users WHERE role = 'admin' AND status = 'active' ORDER BY id";
    if (tx->dialect() == db::Dialect::postgresql) sql += " FOR UPDATE";
    return tx->query("t", sql, [](const db::Row& r) { return r.id<UserId>(0); });
}

std::vector<User> list(db::Session& session, const UserFilter& filter, std::optional<UserId> before,
                       std::int64_t limit, std::int64_t offset) {
    Question q(filter);
    if (before) q.add("id < :before", *before);
    q.binds.emplace_back(limit);
    q.binds.emplace_back(offset);
    return session.query_with(columns,
                              std::string(select) + q.where + " ORDER BY id DESC LIMIT :limit OFFSET :offset",
                              q.binds, [](const db::Row& r) { return read(r).user; });
}

std::int64_t count(db::Session& session, const UserFilter& filter) {
    Question q(filter);
    auto rows = session.query_with("i", "SELECT COUNT(*) FROM users " + q.where, q.binds,
                                   [](const db::Row& r) { return r.integer(0); });
    return rows.empty() ? 0 : rows.front();
}

bool update(db::Tx& tx, const User& u) {
    const std::string addresses = addresses_to_json(u.addresses);
    return tx->exec(
               "UPDATE users SET role = :role, first_name = :first, last_name = :last, phone = :phone, "
               "addresses = :addresses, status = :status, vendor_requested = :wish, version = :version, "
               "updated_at = :at WHERE id = :id AND version = :before",
               to_text(u.role), u.first_name, u.last_name, u.phone, addresses, to_text(u.status),
               u.vendor_requested, u.version, u.updated_at, u.id, u.version - 1) == 1;
}

bool replace_password(db::Tx& tx, UserId id, std::string_view before, std::string_view after) {
    return tx->exec("UPDATE users SET password_hash = :after WHERE id = :id AND password_hash = :before",
                    after, id, before) == 1;
}

void set_totp_secret(db::Tx& tx, UserId id, const std::optional<std::string>& sealed) {
    tx->exec(
        "UPDATE users SET totp_secret = :sealed, totp_enabled_at = NULL, totp_step = -1, version = version + "
        "1, updated_at = :now WHERE id = :id",
        sealed, tx.now(), id);
}

void enable_totp(db::Tx& tx, UserId id) {
    tx->exec(
        "UPDATE users SET totp_enabled_at = :now, version = version + 1, updated_at = :now WHERE id = :id",
        tx.now(), id);
}

bool take_totp_step(db::Tx& tx, UserId id, std::int64_t step) {
    return tx->exec("UPDATE users SET totp_step = :step WHERE id = :id AND totp_step < :step", step, id) == 1;
}

void set_email_verified(db::Tx& tx, UserId id) {
    tx->exec(
        "UPDATE users SET email_verified_at = :now, version = version + 1, updated_at = :now "
        "WHERE id = :id AND email_verified_at IS NULL",
        tx.now(), id);
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
