// See service.hpp.
#include "service.hpp"

#include <algorithm>
#include <audit/audit.hpp>
#include <gateway/page.hpp>
#include <security/random.hpp>
#include <security/signed_webhook.hpp>
#include <webhook/events.hpp>
#include "event_types.hpp"
#include "render.hpp"

namespace cloudretail::webhook {

namespace {

constexpr std::size_t key_bytes = 32;
constexpr int old_secrets = 4;
constexpr int attempts_shown = 10;  // of one delivery

Result<> may_have_webhooks(const Caller& caller) {
    if (caller.role == Role::vendor || caller.is_admin()) return {};
    return Error(cloudretail::errors::forbidden, "Webhooks are for vendors and administrators.");
}

Error no_such_webhook() { return {cloudretail::errors::not_found, "There is no such webhook."}; }
Error no_such_delivery() { return {cloudretail::errors::not_found, "There is no such delivery."}; }

/// One of the caller's.
Result<Webhook> allowed(const Caller& caller, std::optional<Webhook> found) {
    if (auto may = may_have_webhooks(caller); !may) return may.error();
    if (!found || (found->owner_id != caller.id && !caller.is_admin())) return no_such_webhook();
    return std::move(*found);
}

Error inactive() { return {errors::webhook_inactive, "Switch it on before something is sent to it."}; }

/// What was changed, by name: the values may say more than an audit may keep.
std::string names_of(const Change& change) {
    json::Writer w;
    w.begin_object().key("fields").begin_array();
    if (change.url) w.value("url");
    if (change.events) w.value("events");
    if (change.description) w.value("description");
    if (change.active) w.value("active");
    w.end_array().end_object();
    return w.take();
}

void apply(const Change& change, Webhook& webhook) {
    if (change.url) webhook.url = *change.url;
    if (change.events) webhook.events = *change.events;
    if (change.description) webhook.description = *change.description;
    if (!change.active) return;
    if (*change.active && !webhook.active) webhook.standing = {};
    webhook.active = *change.active;
    webhook.disabled_reason.clear();
}

template <class T>
Page<T> page(std::vector<T> items, std::int64_t total, int limit) {
    Page<T> made{std::move(items), total, false};
    made.more = made.items.size() > static_cast<std::size_t>(limit);
    if (made.more) made.items.pop_back();
    return made;
}

}  // namespace

std::string secret_context(WebhookId id) { return "webhook:" + id.to_string(); }

std::string etag_of(const Webhook& webhook) { return "\"" + std::to_string(webhook.version) + "\""; }

Service::Service(db::Database& database, Intake& intake, const security::SealedBox& box,
                 const http::ClientSettings& client, ServiceSettings settings)
    : database_(database), intake_(intake), box_(box), client_(client), settings_(settings) {}

Result<> Service::check(const Change& change) const {
    Error error(cloudretail::errors::validation, "Some fields are not valid.");
    if (change.url)
        if (auto problem = http::url_problem(client_, *change.url); !problem.empty())
            error.fields.push_back({"/url", problem});
    const auto events = change.events.value_or(std::vector<std::string>());
    for (std::size_t i = 0; i < events.size(); ++i)
        if (!is_pattern(events[i]))
            error.fields.push_back({"/events/" + std::to_string(i), "is no event type, module.* or *"});
    if (error.fields.empty()) return {};
    return error;
}

std::string Service::add_secret(db::Tx& tx, WebhookId id) const {
    const std::string secret = security::webhook_secret(security::random_bytes(key_bytes));
    store::add_secret(tx, id, {make_uuid().to_string(), box_.seal(secret, secret_context(id)), {}});
    return secret;
}

Task<Result<db::StoredAnswer>> Service::create(Caller caller, Change change, db::IdempotencyKey key) {
    if (auto may = may_have_webhooks(caller); !may) co_return may.error();
    if (auto good = check(change); !good) co_return good.error();
    Webhook webhook;
    webhook.id = WebhookId::make();
    webhook.owner_id = caller.id;
    webhook.owner_role = caller.role;
    apply(change, webhook);
    auto job = [this, caller = std::move(caller), webhook = std::move(webhook),
                key = std::move(key)](db::Tx& tx) { return insert(tx, caller, webhook, key); };
    co_return co_await database_.write(std::move(job));
}

Result<db::StoredAnswer> Service::insert(db::Tx& tx, const Caller& caller, Webhook webhook,
                                         const db::IdempotencyKey& key) {
    auto before = db::claim(tx, key, webhook.id.to_string());
    if (!before) return before.error();
    if (*before) return std::move(**before);
    if (store::count(tx.session(), caller.id) >= settings_.per_owner)
        return gateway::keep_refusal(tx, key, {errors::webhook_limit, "Remove one of your webhooks first."},
                                     {"/api/webhooks", caller.request_id});
    webhook.created_at = webhook.updated_at = tx.now();
    store::insert(tx, webhook);
    const std::string secret = add_secret(tx, webhook.id);
    audit::record(tx, caller, "webhook.created", webhook.id.to_string());
    intake_.look_again();
    db::StoredAnswer answer;
    answer.status = 201;
    answer.location = "/api/webhooks/" + webhook.id.to_string();
    answer.etag = etag_of(webhook);
    answer.subject = webhook.id.to_string();
    answer.body = to_json(webhook);
    db::keep(tx, key, answer);  // without the secret, which lies nowhere unsealed
    answer.body = to_json(webhook, secret);
    return answer;
}

Task<Result<Webhook>> Service::get(Caller caller, WebhookId id) {
    auto look = [id](db::Session& session) { return store::find(session, id); };
    auto found = co_await database_.read(std::move(look));
    co_return allowed(caller, std::move(found));
}

Task<Result<Page<Webhook>>> Service::list(Caller caller, Part<WebhookId> part) {
    if (auto may = may_have_webhooks(caller); !may) co_return may.error();
    std::optional<UserId> owner;
    if (!caller.is_admin()) owner = caller.id;
    auto look = [owner, part](db::Session& session) {
        return page(store::list(session, owner, part.before, part.offset, part.limit + 1),
                    store::count(session, owner), part.limit);
    };
    co_return co_await database_.snapshot(std::move(look));
}

Task<Result<Webhook>> Service::change(Caller caller, WebhookId id, Change change, std::string if_match) {
    if (auto good = check(change); !good) co_return good.error();
    auto job = [this, caller = std::move(caller), id, change = std::move(change),
                if_match = std::move(if_match)](db::Tx& tx) -> Result<Webhook> {
        auto webhook = allowed(caller, store::find_locked(tx, id));
        if (!webhook) return webhook.error();
        if (auto match = gateway::check_if_match(if_match, etag_of(*webhook)); !match) return match.error();
        apply(change, *webhook);
        ++webhook->version;
        webhook->updated_at = tx.now();
        store::update(tx, *webhook);
        audit::record(tx, caller, "webhook.changed", id.to_string(), names_of(change));
        intake_.look_again();
        return webhook;
    };
    co_return co_await database_.write(std::move(job));
}

Task<Result<>> Service::remove(Caller caller, WebhookId id, std::string if_match) {
    auto job = [this, caller = std::move(caller), id,
                if_match = std::move(if_match)](db::Tx& tx) -> Result<> {
        auto webhook = allowed(caller, store::find_locked(tx, id));
        if (!webhook) return webhook.error();
        if (auto match = gateway::check_if_match(if_match, etag_of(*webhook)); !match) return match.error();
        store::remove(tx, id);
        audit::record(tx, caller, "webhook.deleted", id.to_string());
        intake_.look_again();
        return {};
    };
    co_return co_await database_.write(std::move(job));
}

Task<Result<Rotated>> Service::rotate(Caller caller, WebhookId id) {
    auto job = [this, caller = std::move(caller), id](db::Tx& tx) -> Result<Rotated> {
        auto webhook = allowed(caller, store::find_locked(tx, id));
        if (!webhook) return webhook.error();
        Rotated rotated;
        rotated.before_expires_at = tx.now().plus_ms(settings_.secret_overlap_ms);
        store::retire_secrets(tx, id, rotated.before_expires_at, old_secrets);
        rotated.secret = add_secret(tx, id);
        ++webhook->version;
        webhook->updated_at = tx.now();
        store::update(tx, *webhook);
        audit::record(tx, caller, "webhook.secret_rotated", id.to_string());
        rotated.webhook = std::move(*webhook);
        return rotated;
    };
    co_return co_await database_.write(std::move(job));
}

Task<Result<Delivery>> Service::test(Caller caller, WebhookId id) {
    auto job = [this, caller = std::move(caller), id](db::Tx& tx) -> Result<Delivery> {
        auto webhook = allowed(caller, store::find_locked(tx, id));
        if (!webhook) return webhook.error();
        if (!webhook->active) return inactive();
        const auto waiting = store::pending_of(tx.session(), id, test_event);
        const DeliveryId sent = waiting ? waiting->id : add_test(tx, id, caller.traceparent);
        if (waiting) store::send_again(tx, sent);
        intake_.note_new();
        return store::find(tx.session(), id, sent).value();
    };
    co_return co_await database_.write(std::move(job));
}

Task<Result<Delivery>> Service::send_again(Caller caller, WebhookId id, DeliveryId delivery) {
    auto job = [this, caller = std::move(caller), id, delivery](db::Tx& tx) -> Result<Delivery> {
        auto webhook = allowed(caller, store::find_locked(tx, id));
        if (!webhook) return webhook.error();
        if (!store::find(tx.session(), id, delivery)) return no_such_delivery();
        if (!webhook->active) return inactive();
        store::send_again(tx, delivery);
        audit::record(tx, caller, "webhook.sent_again", delivery.to_string());
        intake_.note_new();
        return store::find(tx.session(), id, delivery).value();
    };
    co_return co_await database_.write(std::move(job));
}

Task<Result<Page<Delivery>>> Service::deliveries(Caller caller, WebhookId id, std::optional<State> state,
                                                 Part<DeliveryId> part) {
    auto webhook = co_await get(caller, id);
    if (!webhook) co_return webhook.error();
    co_return co_await page_of({id, state}, part);
}

Task<Result<Page<Delivery>>> Service::dead(Caller caller, Part<DeliveryId> part) {
    if (!caller.is_admin()) co_return Error(cloudretail::errors::forbidden, "This is for administrators.");
    co_return co_await page_of({std::nullopt, State::dead}, part);
}

Task<Result<Page<Delivery>>> Service::page_of(store::Filter filter, Part<DeliveryId> part) {
    auto look = [filter, part](db::Session& session) {
        return page(store::list(session, filter, part.before, part.offset, part.limit + 1, attempts_shown),
                    store::count(session, filter), part.limit);
    };
    co_return co_await database_.snapshot(std::move(look));
}

}  // namespace cloudretail::webhook
