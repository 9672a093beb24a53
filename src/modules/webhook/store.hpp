// Webhooks and their secrets in their tables: SQL only, plain functions on a session or transaction.
#pragma once

#include <db/database.hpp>
#include "webhook.hpp"

namespace cloudretail::webhook::store {

/// What decides whether an event goes to an endpoint.
struct Listener {
    WebhookId id;
    Caller owner;
    std::vector<std::string> events;
    Timestamp created_at{};
};

struct Counts {
    std::int64_t active = 0, inactive = 0, disabled = 0, failing = 0;  // disabled: by us
};

void insert(db::Tx& tx, const Webhook& webhook);
std::optional<Webhook> find(db::Session& session, WebhookId id);
/// Locked until the end of the transaction.
std::optional<Webhook> find_locked(db::Tx& tx, WebhookId id);
/// All but id, owner and time of creation.
void update(db::Tx& tx, const Webhook& webhook);
/// A message was taken: whatever failed before is forgotten.
void set_well(db::Tx& tx, WebhookId id);
/// Not for what listeners() shows: that is update()'s.
void set_standing(db::Tx& tx, WebhookId id, const Standing& standing, std::int64_t version);
/// Newest first, before `before` or past the first `offset`; of one owner or of all.
std::vector<Webhook> list(db::Session& session, std::optional<UserId> owner, std::optional<WebhookId> before,
                          std::int64_t offset, int limit);
std::int64_t count(db::Session& session, std::optional<UserId> owner);
/// Nothing of it is found any more; its deliveries go later (forget in delivery_store.hpp).
void remove(db::Tx& tx, WebhookId id);
std::int64_t remove_all_of(db::Tx& tx, UserId owner);

void add_secret(db::Tx& tx, WebhookId webhook, const Secret& secret);
/// Those without an end get one; only the newest `kept` stay.
void retire_secrets(db::Tx& tx, WebhookId webhook, Timestamp expires_at, int kept);
/// Those that are good now, newest first.
std::vector<Secret> secrets(db::Session& session, WebhookId webhook, Timestamp now);
std::int64_t sweep_secrets(db::Tx& tx, int limit);

void set_owner_role(db::Tx& tx, UserId owner, Role role);
void set_owner_active(db::Tx& tx, UserId owner, bool active);

/// Who hears events now; stamp() changes with every change of it.
std::vector<Listener> listeners(db::Session& session);
std::string stamp(db::Session& session);

Counts counts(db::Session& session);

}  // namespace cloudretail::webhook::store
