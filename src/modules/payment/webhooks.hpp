// What the payment provider tells us of its own accord: checked, stored, answered, and acted on afterwards.
// An event is only a reason to ask the gateway how its charge stands, so events may come late, twice and in
// any order. Thread-safe.
#pragma once

#include <events/bus.hpp>
#include <metrics/metrics.hpp>
#include <security/signed_webhook.hpp>
#include "inbox_store.hpp"
#include "service.hpp"

namespace cloudretail::payment {

using security::is_signed;
using security::sign_webhook;
using security::webhook_key;
using security::WebhookHeaders;

struct WebhookSettings {
    std::string provider;  // the name in the address
    std::string secret;    // empty: nothing is taken
    std::int64_t tolerance_ms = 300'000;
    int attempts = 20;
};

/// What it is given must outlive it and all calls under way.
class Webhooks {
  public:
    /// Throws std::invalid_argument where the secret is shorter than 24 bytes (Standard Webhooks) or not
    /// base64.
    Webhooks(Service& service, db::Database& database, const PaymentGateway& gateway,
             WebhookSettings settings, metrics::Registry& metrics);
    /// Stores the event, once. Errors: not_found (no such provider, or no secret is set), webhook_not_signed
    /// (the signature is not ours, or made longer ago than the tolerance).
    Task<Result<>> receive(std::string provider, WebhookHeaders headers, std::string body);
    /// Acts on the events whose time has come. What cannot be settled yet is tried again with backoff; after
    /// the last attempt the event is dead: a dead letter, until it is retried or the provider sends it again.
    Task<void> process();
    /// The subscription that dead events are parked for, so that administrators can have them tried again.
    static constexpr const char* parked_for = "payment.webhook";
    /// Its handler: the dead event waits to be acted on again.
    static void take_again(db::Tx& tx, const events::Event& event);

  private:
    Task<void> act(inbox::Received event);
    [[nodiscard]] bool is_timely(const std::string& timestamp) const;

    Service& service_;
    db::Database& database_;
    const PaymentGateway& gateway_;
    WebhookSettings settings_;
    std::string key_;
    metrics::Counter& received_;
    metrics::Counter& repeated_;
    metrics::Counter& refused_;
    std::shared_ptr<std::atomic<std::int64_t>> dead_ = std::make_shared<std::atomic<std::int64_t>>(0);
};

}  // namespace cloudretail::payment
