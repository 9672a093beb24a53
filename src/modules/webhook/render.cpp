// See render.hpp.
#include "render.hpp"

#include <base/json.hpp>

namespace cloudretail::webhook {

namespace {

void write(json::Writer& w, const Webhook& webhook) {
    w.member("id", webhook.id).member("ownerId", webhook.owner_id).member("url", webhook.url);
    w.key("events").begin_array();
    for (const std::string& event : webhook.events) w.value(event);
    w.end_array().member("description", webhook.description).member("active", webhook.active);
    w.key("disabledReason");
    webhook.disabled_reason.empty() ? w.null() : w.value(webhook.disabled_reason);
    w.member("failingSince", webhook.standing.failing_since);
    w.member("createdAt", webhook.created_at).member("updatedAt", webhook.updated_at);
}

void write(json::Writer& w, const Attempt& attempt) {
    w.begin_object().member("number", attempt.number).member("at", attempt.at);
    w.member("durationMs", attempt.duration_ms).key("status");
    attempt.status == 0 ? w.null() : w.value(attempt.status);
    w.key("error");
    attempt.error.empty() ? w.null() : w.value(attempt.error);
    w.key("response");
    attempt.status == 0 ? w.null() : w.value(attempt.response);
    w.end_object();
}

}  // namespace

std::string to_json(const Webhook& webhook, std::string_view secret) {
    json::Writer w;
    w.begin_object();
    write(w, webhook);
    if (!secret.empty()) w.member("secret", secret);
    w.end_object();
    return w.take();
}

std::string to_json(const Webhook& webhook, std::string_view secret, Timestamp before_expires_at) {
    json::Writer w;
    w.begin_object();
    write(w, webhook);
    w.member("secret", secret).member("previousSecretExpiresAt", before_expires_at).end_object();
    return w.take();
}

std::string to_json(const Delivery& delivery) {
    const bool pending = delivery.state == State::pending;
    json::Writer w;
    w.begin_object().member("id", delivery.id).member("webhookId", delivery.webhook_id);
    w.member("eventId", delivery.message_id).member("eventType", delivery.type);
    w.member("status", to_text(delivery.state)).member("attemptCount", delivery.attempts);
    w.key("nextAttemptAt");
    pending ? w.value(delivery.next_at) : w.null();
    w.key("error");
    delivery.error.empty() ? w.null() : w.value(delivery.error);
    w.key("attempts").begin_array();
    for (const Attempt& attempt : delivery.latest) write(w, attempt);
    w.end_array().member("createdAt", delivery.created_at).member("endedAt", delivery.ended_at).end_object();
    return w.take();
}

}  // namespace cloudretail::webhook
