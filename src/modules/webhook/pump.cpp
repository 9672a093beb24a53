// See pump.hpp.
#include "pump.hpp"

#include <audit/audit.hpp>
#include <log/log.hpp>
#include <security/random.hpp>
#include <security/signed_webhook.hpp>
#include "service.hpp"

namespace cloudretail::webhook {

namespace {

constexpr std::int64_t slice_ms = 50;  // how soon news and the end are noticed
constexpr std::int64_t tidy_every_ms = 5'000, full_for_ms = 5 * 60'000;
constexpr int buried_at_once = 500;
constexpr std::size_t error_bytes = 200;

std::string random_span() {
    std::string span;
    for (const char byte : security::random_bytes(8)) {
        constexpr std::string_view digits = "0123456789abcdef";
        span += digits[static_cast<unsigned char>(byte) >> 4];
        span += digits[static_cast<unsigned char>(byte) & 15];
    }
    return span;
}

}  // namespace

struct Pump::Numbers {
    std::atomic<std::int64_t> pending{0}, dead{0}, active{0}, inactive{0}, disabled{0}, failing{0},
        under_way{0}, full_since_ms{0};  // all places taken on end since; 0 = there is room
    metrics::Counter *delivered = nullptr, *failed = nullptr, *refused = nullptr, *given_up = nullptr,
                     *switched_off = nullptr;
};

Pump::Pump(const app::Environment& environment, db::Database& database, Intake& intake,
           const security::SealedBox& box, http::Client& client, PumpSettings settings)
    : database_(database),
      runtime_(environment.runtime),
      intake_(intake),
      box_(box),
      client_(client),
      settings_(std::move(settings)),
      owner_(make_uuid().to_string()),
      numbers_(std::make_shared<Numbers>()),
      duration_(environment.metrics.histogram("cloudretail_webhook_duration_seconds",
                                              "Time that tries to deliver to a webhook took.")),
      job_("webhook.deliver", database.clock()) {
    metrics::Registry& metrics = environment.metrics;
    const auto counter = [&](const char* result) {
        return &metrics.counter("cloudretail_webhook_attempts_total",
                                "Tries to deliver to a webhook, by how they ended.", {{"result", result}});
    };
    numbers_->delivered = counter("delivered");
    numbers_->failed = counter("failed");
    numbers_->refused = counter("not_allowed");
    numbers_->given_up =
        &metrics.counter("cloudretail_webhook_given_up_total", "Deliveries to webhooks that were given up.");
    numbers_->switched_off =
        &metrics.counter("cloudretail_webhook_switched_off_total",
                         "Webhooks switched off because they were gone or kept failing.");
    const auto gauge = [&](const char* name, const char* help, const char* state,
                           std::atomic<std::int64_t> Numbers::*number) {
        const metrics::Labels labels = *state == '\0' ? metrics::Labels{} : metrics::Labels{{"state", state}};
        metrics.gauge(name, help, labels, [numbers = numbers_, number] {
            return static_cast<double>(((*numbers).*number).load());
        });
    };
    constexpr const char *deliveries = "cloudretail_webhook_deliveries", *webhooks = "cloudretail_webhooks";
    gauge(deliveries, "Deliveries to webhooks.", "pending", &Numbers::pending);
    gauge(deliveries, "Deliveries to webhooks.", "dead", &Numbers::dead);
    gauge(webhooks, "Webhooks.", "active", &Numbers::active);
    gauge(webhooks, "Webhooks.", "inactive", &Numbers::inactive);
    gauge(webhooks, "Webhooks.", "disabled", &Numbers::disabled);
    gauge(webhooks, "Webhooks.", "failing", &Numbers::failing);
    gauge("cloudretail_webhook_in_flight", "Tries to deliver that are under way.", "", &Numbers::under_way);
}

void Pump::start() {
    runtime_.spawn(runtime_.background(), "webhook.deliver", [this] { return loop(*this); });
}

void Pump::stop() {
    stopping_ = true;
    client_.stop();
}

app::Condition Pump::condition() const {
    const std::int64_t since_ms = numbers_->full_since_ms;
    const bool good = since_ms == 0 || database_.clock().now().ms - since_ms < full_for_ms;
    return {"deliveries", good, good ? "" : "all webhook.at_once places have been taken for minutes"};
}

Task<void> Pump::loop(Pump& self) {
    std::int64_t waited_ms = self.settings_.poll_ms, since_tidy_ms = tidy_every_ms;
    bool away = false;
    while (!self.stopping_) {
        std::string error;
        if (self.intake_.anything_new() || waited_ms >= self.settings_.poll_ms) {
            waited_ms = 0;
            self.job_.began();
            try {
                while (co_await turn(self) > 0 && !self.stopping_) {
                }
                if (since_tidy_ms >= tidy_every_ms) co_await tidy(self);
                if (since_tidy_ms >= tidy_every_ms) since_tidy_ms = 0;
            } catch (const std::exception& e) {
                error = e.what();
            }
            if (!error.empty() && !away) log::warning("webhooks have to wait", {{"error", error}});
            away = !error.empty();
            self.job_.ended(error, self.settings_.poll_ms);
        }
        co_await runtime::sleep_ms(slice_ms);
        waited_ms += slice_ms;
        since_tidy_ms += slice_ms;
    }
}

Task<void> Pump::tidy(Pump& self) {
    auto end = [](db::Tx& tx) { return store::bury(tx, buried_at_once) + store::forget(tx, buried_at_once); };
    while (co_await self.database_.write(end) > 0 && !self.stopping_) {
    }
    auto look = [](db::Session& session) {
        return std::pair(store::delivery_counts(session), store::counts(session));
    };
    const auto [deliveries, webhooks] = co_await self.database_.read(std::move(look));
    Numbers& numbers = *self.numbers_;
    numbers.pending = deliveries.pending;
    numbers.dead = deliveries.dead;
    numbers.active = webhooks.active;
    numbers.inactive = webhooks.inactive;
    numbers.disabled = webhooks.disabled;
    numbers.failing = webhooks.failing;
}

Task<int> Pump::turn(Pump& self) {
    const PumpSettings& settings = self.settings_;
    const int room = settings.at_once - self.under_way_;
    const Timestamp now = self.database_.clock().now();
    if (room > 0) self.numbers_->full_since_ms = 0;
    if (room <= 0 && self.numbers_->full_since_ms == 0) self.numbers_->full_since_ms = now.ms;
    if (room <= 0 || self.stopping_) co_return 0;
    auto look = [owner = self.owner_, after = self.last_, each = settings.per_webhook,
                 trial = settings.schedule.breaker_failures, now](db::Session& session) {
        return store::due(session, {.owner = owner, .of_each = each, .after = after, .on_trial = trial}, now);
    };
    const auto candidates = co_await self.database_.read(std::move(look));
    auto picked = rules::pick(candidates, self.busy_, settings.per_webhook, room);
    if (picked.empty()) co_return 0;
    using Taken = std::vector<std::pair<store::Due, std::vector<Secret>>>;
    auto take = [picked = std::move(picked), owner = self.owner_,
                 until = now.plus_ms(settings.lease_ms)](db::Tx& tx) {
        Taken taken;
        for (const DeliveryId& id : picked) {
            auto due = store::take(tx, id, owner, until);
            if (!due) continue;
            auto secrets = store::secrets(tx.session(), due->delivery.webhook_id, tx.now());
            taken.emplace_back(std::move(*due), std::move(secrets));
        }
        return taken;
    };
    Taken taken = co_await self.database_.write(std::move(take));
    for (auto& [due, secrets] : taken) {
        ++self.under_way_;
        ++self.numbers_->under_way;
        ++self.busy_[due.delivery.webhook_id];
        self.last_ = due.delivery.webhook_id;
        self.runtime_.spawn(self.runtime_.background(), "webhook.delivery",
                            [&self, due = std::move(due), secrets = std::move(secrets)]() mutable {
                                return deliver(self, std::move(due), std::move(secrets));
                            });
    }
    co_return static_cast<int>(taken.size());
}

http::ClientRequest Pump::request(const store::Due& due, const std::vector<Secret>& secrets,
                                  Timestamp now) const {
    const std::string timestamp = std::to_string(now.ms / 1'000), &id = due.delivery.message_id;
    std::string signatures;
    for (const Secret& secret : secrets) {
        const auto opened = box_.open(secret.sealed, secret_context(due.delivery.webhook_id));
        if (!opened) continue;
        (signatures += signatures.empty() ? "" : " ") +=
            security::sign_webhook(security::webhook_key(*opened), id, timestamp, due.body);
    }
    http::ClientRequest request{due.url, {}, due.body};
    if (signatures.empty()) return request;
    request.headers.add("Content-Type", "application/cloudevents+json; charset=utf-8");
    request.headers.add("webhook-id", id);
    request.headers.add("webhook-timestamp", timestamp);
    request.headers.add("webhook-signature", signatures);
    if (auto trace = rules::next_span(due.traceparent, random_span()); !trace.empty())
        request.headers.add("traceparent", trace);
    return request;
}

Task<void> Pump::deliver(Pump& self, store::Due due, std::vector<Secret> secrets) {
    const Timestamp at = self.database_.clock().now();
    http::ClientRequest request = self.request(due, secrets, at);
    http::ClientAnswer answer;
    if (request.headers.has("webhook-signature")) {
        auto post = [&client = self.client_,
                     request = std::move(request)](Then<http::ClientAnswer> then) mutable {
            client.post(std::move(request), std::move(then));
        };
        UniqueFunction<void(Then<http::ClientAnswer>)> named(std::move(post));
        answer = co_await runtime::await_then<http::ClientAnswer>(std::move(named));
    } else {
        answer.failure = http::ClientAnswer::Failure::no_trust;
        answer.error = "the secret cannot be opened: rotate it";
    }
    std::string error;
    try {
        auto write = [&self, due, answer, at](db::Tx& tx) { return self.settle(tx, due, answer, at); };
        const Effect effect = co_await self.database_.write(std::move(write));
        self.count(due, answer, effect);
    } catch (const std::exception& e) {
        error = e.what();  // the lease runs out, and it is sent again
    }
    if (!error.empty()) log::warning("a delivery is not written down", {{"error", error}});
    --self.under_way_;
    --self.numbers_->under_way;
    if (--self.busy_[due.delivery.webhook_id] == 0) self.busy_.erase(due.delivery.webhook_id);
    self.intake_.note_new();  // there may be more for this endpoint
}

void Pump::count(const store::Due& due, const http::ClientAnswer& answer, const Effect& effect) {
    using Failure = http::ClientAnswer::Failure;
    if (answer.failure == Failure::stopped) return;
    duration_.observe_us(answer.duration_ms * 1'000);
    const bool delivered = rules::verdict_of(answer.status) == rules::Verdict::delivered;
    const bool refused = answer.failure == Failure::not_allowed;
    (delivered ? numbers_->delivered : refused ? numbers_->refused : numbers_->failed)->add();
    if (effect.given_up) {
        numbers_->given_up->add();
        log::warning("a delivery to a webhook was given up",
                     {{"delivery", due.delivery.id.to_string()}, {"attempts", due.delivery.attempts + 1}});
    }
    if (effect.switched_off == nullptr) return;
    numbers_->switched_off->add();
    log::warning("a webhook was switched off",
                 {{"webhook", due.delivery.webhook_id.to_string()}, {"reason", effect.switched_off}});
}

Pump::Effect Pump::settle(db::Tx& tx, const store::Due& due, const http::ClientAnswer& answer,
                          Timestamp at) const {
    const Delivery& delivery = due.delivery;
    if (answer.failure == http::ClientAnswer::Failure::stopped) {
        store::give_back(tx, delivery.id, owner_);
        return {};
    }
    store::Settlement settlement;
    Attempt& attempt = settlement.attempt;
    attempt.number = delivery.attempts + 1;
    attempt.at = at;
    attempt.duration_ms = answer.duration_ms;
    attempt.status = answer.status;
    attempt.error = answer.error.substr(0, error_bytes);
    attempt.response = rules::excerpt(answer.body);
    if (rules::verdict_of(answer.status) != rules::Verdict::delivered) {
        if (attempt.error.empty()) attempt.error = "the answer is " + std::to_string(answer.status);
        return fail(tx, due, answer, std::move(settlement));
    }
    settlement.state = State::delivered;
    settlement.next_at = delivery.next_at;
    store::set_well(tx, delivery.webhook_id);
    store::settle(tx, delivery.id, owner_, settlement);
    return {};
}

/// The endpoint's row is locked before the delivery's, as everywhere.
Pump::Effect Pump::fail(db::Tx& tx, const store::Due& due, const http::ClientAnswer& answer,
                        store::Settlement settlement) const {
    const Delivery& delivery = due.delivery;
    const auto& schedule = settings_.schedule;
    auto webhook = store::find_locked(tx, delivery.webhook_id);
    const bool gone = rules::verdict_of(answer.status) == rules::Verdict::gone;
    const std::int64_t asked_ms = rules::asked_wait_ms(answer.status, answer.retry_after_s, schedule);
    const auto wait = rules::next_wait_ms(delivery.tries + 1, tx.now().ms - delivery.round_at.ms, asked_ms,
                                          schedule, static_cast<int>(settings_.jitter() * 1'000));
    Effect effect;
    effect.given_up = !wait || gone;
    settlement.state = effect.given_up ? State::dead : State::pending;
    settlement.next_at = effect.given_up ? delivery.next_at : tx.now().plus_ms(*wait);
    if (!store::settle(tx, delivery.id, owner_, settlement)) return {};
    if (!webhook || !webhook->active) return effect;
    const bool first = !webhook->standing.failing_since.has_value();
    webhook->standing = rules::failed(webhook->standing, tx.now(), asked_ms, schedule);
    if (gone || rules::is_worn_out(webhook->standing, tx.now(), schedule)) {
        effect.switched_off = gone ? "gone" : "failing";
        switch_off(tx, std::move(*webhook), effect.switched_off);
    } else {
        store::set_standing(tx, webhook->id, webhook->standing, webhook->version + (first ? 1 : 0));
    }
    return effect;
}

void Pump::switch_off(db::Tx& tx, Webhook webhook, const char* reason) const {
    webhook.active = false;
    webhook.disabled_reason = reason;
    ++webhook.version;
    webhook.updated_at = tx.now();
    store::update(tx, webhook);
    audit::record_system(tx, "webhook.switched_off", webhook.id.to_string(),
                         std::string(R"({"reason":")") + reason + "\"}");
    intake_.look_again();
}

}  // namespace cloudretail::webhook
