// SQL of webhooks and their secrets; see store.hpp.
#include "store.hpp"

#include <db/idempotency.hpp>

namespace cloudretail::webhook {

std::string_view to_text(State state) {
    switch (state) {
        case State::pending:
            return "pending";
        case State::delivered:
            return "delivered";
        case State::dead:
            return "dead";
    }
    return "";
}

std::optional<State> state_from_text(std::string_view text) {
    for (const State state : {State::pending, State::delivered, State::dead})
        if (to_text(state) == text) return state;
    return std::nullopt;
}

namespace store {

namespace {

constexpr std::string_view columns =
    "id, owner_id, owner_role, url, events, description, active, disabled_reason, failures, failing_since, "
    "held_until, version, created_at, updated_at";
constexpr db::Columns kinds = "ttttttitiiiiii";

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t space = text.find(' ');
        words.emplace_back(text.substr(0, space));
        text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
    }
    return words;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) (text += text.empty() ? "" : " ") += word;
    return text;
}

Role role_of(const db::Row& r, int column) {
    auto role = role_from_text(r.text(column));
    CR_ASSERT(role);  // the table checks it
    return *role;
}

Webhook read(const db::Row& r) {
    Webhook w;
    w.id = r.id<WebhookId>(0);
    w.owner_id = r.id<UserId>(1);
    w.owner_role = role_of(r, 2);
    w.url = r.text(3);
    w.events = split(r.text(4));
    w.description = r.text(5);
    w.active = r.flag(6);
    w.disabled_reason = r.text(7);
    w.standing = {static_cast<int>(r.integer(8)), r.maybe_time(9), r.time(10)};
    w.version = r.integer(11);
    w.created_at = r.time(12);
    w.updated_at = r.time(13);
    return w;
}

std::string select(std::string_view rest) {
    return "SELECT " + std::string(columns) + " FROM webhooks WHERE deleted_at IS NULL" + std::string(rest);
}

/// A text that was never there before: a number that a voided transaction gave might come again.
void restamp(db::Tx& tx) { tx->exec("UPDATE listeners_stamp SET stamp = :stamp WHERE id = 1", make_uuid()); }

}  // namespace

void insert(db::Tx& tx, const Webhook& w) {
    tx->exec(
        "INSERT INTO webhooks (id, owner_id, owner_role, url, events, description, active, disabled_reason, "
        "version, created_at, updated_at) VALUES (:id, :owner, :role, :url, :events, :description, :active, "
        ":reason, :version, :created, :updated)",
        w.id, w.owner_id, to_text(w.owner_role), w.url, joined(w.events), w.description, w.active,
        w.disabled_reason, w.version, w.created_at, w.updated_at);
    restamp(tx);
}

std::optional<Webhook> find(db::Session& session, WebhookId id) {
    static const std::string sql = select(" AND id = :id");
    return session.query_one(kinds, sql, read, id);
}

std::optional<Webhook> find_locked(db::Tx& tx, WebhookId id) {
    static const std::string locking = select(" AND id = :id FOR UPDATE");
    if (tx->dialect() == db::Dialect::sqlite) return find(tx.session(), id);
    return tx->query_one(kinds, locking, read, id);
}

void update(db::Tx& tx, const Webhook& w) {
    tx->exec(
        "UPDATE webhooks SET url = :url, events = :events, description = :description, active = :active, "
        "disabled_reason = :reason, failures = :failures, failing_since = :since, held_until = :held, "
        "version = :version, updated_at = :updated WHERE id = :id AND deleted_at IS NULL",
        w.url, joined(w.events), w.description, w.active, w.disabled_reason, w.standing.failures,
        w.standing.failing_since, w.standing.held_until, w.version, w.updated_at, w.id);
    restamp(tx);
}

void set_well(db::Tx& tx, WebhookId id) {
    tx->exec(
        "UPDATE webhooks SET failures = 0, failing_since = NULL, held_until = 0, version = version + 1 WHERE "
        "id = :id AND failures > 0",
        id);
}

void set_standing(db::Tx& tx, WebhookId id, const Standing& standing, std::int64_t version) {
    tx->exec(
        "UPDATE webhooks SET failures = :failures, failing_since = :since, held_until = :held, version = "
        ":version WHERE id = :id",
        standing.failures, standing.failing_since, standing.held_until, version, id);
}

std::vector<Webhook> list(db::Session& session, std::optional<UserId> owner, std::optional<WebhookId> before,
                          std::int64_t offset, int limit) {
    std::string rest;
    std::vector<db::Bind> binds;
    if (owner) {
        rest += " AND owner_id = :owner";
        binds.emplace_back(*owner);
    }
    if (before) {
        rest += " AND id < :before";
        binds.emplace_back(*before);
    }
    binds.emplace_back(limit);
    binds.emplace_back(offset);
    const std::string sql = select(rest + " ORDER BY id DESC LIMIT :limit OFFSET :offset");
    return session.query_with(kinds, sql, binds, read);
}

std::int64_t count(db::Session& session, std::optional<UserId> owner) {
    if (!owner) return session.number("SELECT COUNT(*) FROM webhooks WHERE deleted_at IS NULL");
    return session.number("SELECT COUNT(*) FROM webhooks WHERE deleted_at IS NULL AND owner_id = :owner",
                          *owner);
}

void remove(db::Tx& tx, WebhookId id) {
    tx->exec(
        "UPDATE webhooks SET deleted_at = :now, active = 0, url = '', description = '' WHERE id = :id AND "
        "deleted_at IS NULL",
        tx.now(), id);
    tx->exec("DELETE FROM secrets WHERE webhook_id = :id", id);
    db::forget(tx, id.to_string());
    restamp(tx);
}

std::int64_t remove_all_of(db::Tx& tx, UserId owner) {
    const auto ids = tx->query(
        "t", "SELECT id FROM webhooks WHERE owner_id = :owner AND deleted_at IS NULL",
        [](const db::Row& r) { return r.id<WebhookId>(0); }, owner);
    for (const WebhookId& id : ids) remove(tx, id);
    return static_cast<std::int64_t>(ids.size());
}

void add_secret(db::Tx& tx, WebhookId webhook, const Secret& secret) {
    tx->exec(
        "INSERT INTO secrets (webhook_id, id, sealed, created_at, expires_at) VALUES (:webhook, :id, "
        ":sealed, :now, :expires)",
        webhook, secret.id, secret.sealed, tx.now(), secret.expires_at);
}

void retire_secrets(db::Tx& tx, WebhookId webhook, Timestamp expires_at, int kept) {
    tx->exec("UPDATE secrets SET expires_at = :at WHERE webhook_id = :webhook AND expires_at IS NULL",
             expires_at, webhook);
    tx->exec(
        "DELETE FROM secrets WHERE webhook_id = :webhook AND id NOT IN (SELECT id FROM secrets WHERE "
        "webhook_id = :webhook ORDER BY id DESC LIMIT :kept)",
        webhook, kept);
}

std::vector<Secret> secrets(db::Session& session, WebhookId webhook, Timestamp now) {
    return session.query(
        "tti",
        "SELECT id, sealed, expires_at FROM secrets WHERE webhook_id = :webhook AND (expires_at IS NULL OR "
        "expires_at > :now) ORDER BY id DESC",
        [](const db::Row& r) {
            return Secret{r.text(0), r.text(1), r.maybe_time(2)};
        },
        webhook, now);
}

std::int64_t sweep_secrets(db::Tx& tx, int limit) {
    return tx->exec(
        "DELETE FROM secrets WHERE (webhook_id, id) IN (SELECT webhook_id, id FROM secrets WHERE expires_at "
        "<= :now ORDER BY expires_at LIMIT :limit)",
        tx.now(), limit);
}

void set_owner_role(db::Tx& tx, UserId owner, Role role) {
    if (tx->exec("UPDATE webhooks SET owner_role = :role WHERE owner_id = :owner", to_text(role), owner) > 0)
        restamp(tx);
}

void set_owner_active(db::Tx& tx, UserId owner, bool active) {
    if (tx->exec("UPDATE webhooks SET owner_active = :active WHERE owner_id = :owner", active, owner) > 0)
        restamp(tx);
}

std::vector<Listener> listeners(db::Session& session) {
    return session.query(
        "tttti",
        "SELECT id, owner_id, owner_role, events, created_at FROM webhooks WHERE active = 1 AND owner_active "
        "= 1 AND owner_role <> 'customer' AND deleted_at IS NULL ORDER BY id",
        [](const db::Row& r) {
            Listener one;
            one.id = r.id<WebhookId>(0);
            one.owner.id = r.id<UserId>(1);
            one.owner.role = role_of(r, 2);
            one.events = split(r.text(3));
            one.created_at = r.time(4);
            return one;
        });
}

std::string stamp(db::Session& session) {
    return session
        .query_one("t", "SELECT stamp FROM listeners_stamp WHERE id = 1",
                   [](const db::Row& r) { return r.text(0); })
        .value_or("");
}

Counts counts(db::Session& session) {
    Counts found;
    session.query(
        "iiii",
        "SELECT COUNT(CASE WHEN active = 1 THEN 1 END), COUNT(CASE WHEN active = 0 AND disabled_reason = "
        "'' THEN 1 END), COUNT(CASE WHEN disabled_reason <> '' THEN 1 END), COUNT(CASE WHEN active = "
        "1 AND failures > 0 THEN 1 END) FROM webhooks WHERE deleted_at IS NULL",
        [&found](const db::Row& r) {
            found = {r.integer(0), r.integer(1), r.integer(2), r.integer(3)};
            return 0;
        });
    return found;
}

}  // namespace store
}  // namespace cloudretail::webhook
