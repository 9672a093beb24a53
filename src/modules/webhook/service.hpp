// What owners and administrators do with webhooks: one method per use-case: permission, transaction, audit.
// Not HTTP, not SQL, and not the sending (pump.hpp). Thread-safe. Whose webhook it is not, for them there is
// none.
#pragma once

#include <db/idempotency.hpp>
#include <http/client.hpp>
#include <security/sealed_box.hpp>
#include "delivery_store.hpp"
#include "intake.hpp"

namespace cloudretail::webhook {

/// What a body says; absent members stay as they are.
struct Change {
    std::optional<std::string> url, description;
    std::optional<std::vector<std::string>> events;
    std::optional<bool> active;
};

struct ServiceSettings {
    int per_owner = 20;
    std::int64_t secret_overlap_ms = 24 * 3'600'000;
};

struct Rotated {
    Webhook webhook;
    std::string secret;  // "whsec_…"
    Timestamp before_expires_at{};
};

template <class T>
struct Page {
    std::vector<T> items;
    std::int64_t total = 0;
    bool more = false;
};

/// Which part of a list, newest first: before an id, or past the first `offset`.
template <class Id>
struct Part {
    std::optional<Id> before{};
    std::int64_t offset = 0;
    int limit = 20;
};

class Service {
  public:
    /// `client` says which URLs it takes. All references outlive the service.
    Service(db::Database& database, Intake& intake, const security::SealedBox& box,
            const http::ClientSettings& client, ServiceSettings settings);

    /// 201 with the secret, which nobody is shown again: a repeated key is answered without it. Errors:
    /// forbidden, validation, webhook_limit.
    Task<Result<db::StoredAnswer>> create(Caller caller, Change change, db::IdempotencyKey key);
    /// Errors of all below: forbidden, not_found.
    Task<Result<Webhook>> get(Caller caller, WebhookId id);
    /// The caller's own, or all of them for administrators.
    Task<Result<Page<Webhook>>> list(Caller caller, Part<WebhookId> part);
    /// Switching on also forgets what has failed. Errors: validation, stale.
    Task<Result<Webhook>> change(Caller caller, WebhookId id, Change change, std::string if_match);
    /// Errors: stale.
    Task<Result<>> remove(Caller caller, WebhookId id, std::string if_match);
    /// A new secret; messages are signed with the one before too, for a while.
    Task<Result<Rotated>> rotate(Caller caller, WebhookId id);
    /// Sends a webhook.test; where one is still to be sent, that one, at once. Errors: webhook_inactive.
    Task<Result<Delivery>> test(Caller caller, WebhookId id);
    /// Sends it once more, with a whole schedule; where it is still to be sent, at once. Errors:
    /// webhook_inactive.
    Task<Result<Delivery>> send_again(Caller caller, WebhookId id, DeliveryId delivery);
    Task<Result<Page<Delivery>>> deliveries(Caller caller, WebhookId id, std::optional<State> state,
                                            Part<DeliveryId> part);
    /// Of all webhooks; for administrators.
    Task<Result<Page<Delivery>>> dead(Caller caller, Part<DeliveryId> part);

  private:
    Result<db::StoredAnswer> insert(db::Tx& tx, const Caller& caller, Webhook webhook,
                                    const db::IdempotencyKey& key);
    std::string add_secret(db::Tx& tx, WebhookId id) const;
    Task<Result<Page<Delivery>>> page_of(store::Filter filter, Part<DeliveryId> part);
    [[nodiscard]] Result<> check(const Change& change) const;

    db::Database& database_;
    Intake& intake_;
    const security::SealedBox& box_;
    const http::ClientSettings& client_;
    const ServiceSettings settings_;
};

/// What sealed secrets are bound to.
std::string secret_context(WebhookId id);
std::string etag_of(const Webhook& webhook);

}  // namespace cloudretail::webhook
