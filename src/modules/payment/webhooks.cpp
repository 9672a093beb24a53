// Taking the provider's events and acting on them; see webhooks.hpp.
#include "webhooks.hpp"

#include <base/json.hpp>
#include <charconv>
#include <log/log.hpp>
#include <resilience/backoff.hpp>
#include <security/password.hpp>

namespace cloudretail::payment {

namespace {

constexpr std::size_t least_key_bytes = 24;
constexpr std::size_t longest_event_id = 255;
constexpr int events_at_once = 50;
constexpr std::int64_t first_delay_ms = 1'000, max_delay_ms = 3'600'000;

std::string key_of(const std::string& secret) {
    if (secret.empty()) return {};
    std::string key = webhook_key(secret);
    if (key.size() < least_key_bytes)
        throw std::invalid_argument(
            "payment.webhook_secret must be at least 24 bytes (whsec_ and base64, or text)");
    return key;
}

/// The same for the same event of the provider, for ever.
Uuid id_of(const inbox::Received& event) {
    std::string id = security::sha256_hex(event.provider + "\n" + event.event_id).substr(0, 32);
    for (const std::size_t at : {8U, 13U, 18U, 23U}) id.insert(at, 1, '-');
    return Uuid::parse(id).value();
}

events::Event letter_of(const inbox::Received& event, Timestamp at) {
    json::Writer w;
    w.begin_object().member("provider", event.provider).member("eventId", event.event_id);
    w.member("charge", event.charge).end_object();
    events::Event letter;
    letter.id = id_of(event);
    letter.type = Webhooks::parked_for;
    letter.subject = event.charge;
    letter.data = w.take();
    letter.at = at;
    return letter;
}

metrics::Counter& counter(metrics::Registry& metrics, const char* result) {
    return metrics.counter("cloudretail_payment_webhooks_total", "Events sent by the payment provider.",
                           {{"result", result}});
}

}  // namespace

Webhooks::Webhooks(Service& service, db::Database& database, const PaymentGateway& gateway,
                   WebhookSettings settings, metrics::Registry& metrics)
    : service_(service),
      database_(database),
      gateway_(gateway),
      settings_(std::move(settings)),
      key_(key_of(settings_.secret)),
      received_(counter(metrics, "received")),
      repeated_(counter(metrics, "repeated")),
      refused_(counter(metrics, "refused")) {
    metrics.gauge("cloudretail_payment_webhooks_dead",
                  "Events of the payment provider that could not be acted on.", {},
                  [dead = dead_] { return static_cast<double>(dead->load()); });
}

bool Webhooks::is_timely(const std::string& timestamp) const {
    std::int64_t seconds = 0;
    const auto read = std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), seconds);
    if (read.ec != std::errc() || read.ptr != timestamp.data() + timestamp.size()) return false;
    const std::int64_t now = database_.clock().now().ms / 1'000, tolerance = settings_.tolerance_ms / 1'000;
    return seconds >= now - tolerance && seconds <= now + tolerance;
}

Task<Result<>> Webhooks::receive(std::string provider, WebhookHeaders headers, std::string body) {
    if (key_.empty() || provider != settings_.provider)
        co_return Error(cloudretail::errors::not_found, "No such provider is set up.");
    const bool named = !headers.id.empty() && headers.id.size() <= longest_event_id;
    if (!named || !is_timely(headers.timestamp) || !is_signed(key_, headers, body)) {
        refused_.add();
        co_return Error(errors::webhook_not_signed, "The signature is missing, not right, or too old.");
    }
    // An event that speaks of none of our charges is stored too, so that the provider need not send it again.
    const std::string charge = gateway_.charge_of(body).value_or("");
    inbox::Received event{std::move(provider), std::move(headers.id), PaymentId::parse(charge) ? charge : ""};
    auto job = [event](db::Tx& tx) {
        const bool fresh = inbox::insert(tx, event);
        if (fresh) events::unpark(tx, parked_for, id_of(event));
        if (fresh && event.charge.empty()) inbox::end_attempt(tx, event, "done", "about none of our charges");
        return fresh;
    };
    const bool fresh = co_await database_.write(std::move(job));
    (fresh ? received_ : repeated_).add();
    co_return Result<>();
}

Task<void> Webhooks::process() {
    auto look = [now = database_.clock().now()](db::Session& session) {
        return inbox::due(session, now, events_at_once);
    };
    auto events = co_await database_.read(std::move(look));
    for (auto& event : events) co_await act(std::move(event));
    auto count = [](db::Session& session) { return inbox::dead(session); };
    *dead_ = co_await database_.read(std::move(count));
}

Task<void> Webhooks::act(inbox::Received event) {
    const int attempt = static_cast<int>(event.attempts) + 1;
    const Timestamp next =
        database_.clock().now().plus_ms(resilience::backoff_ms(attempt, first_delay_ms, max_delay_ms));
    auto begin = [event, next](db::Tx& tx) { return inbox::begin_attempt(tx, event, next); };
    if (!co_await database_.write(std::move(begin))) co_return;  // another process has it
    std::string error;
    try {
        auto outcome = co_await service_.settle(PaymentId::parse(event.charge).value(), Goal::learn);
        if (!outcome) error = "there is no such payment";
        if (outcome && outcome->status == Status::pending) error = "the outcome is not known yet";
    } catch (const std::exception& e) {
        error = e.what();
    }
    const bool dead = !error.empty() && attempt >= settings_.attempts;
    if (dead)
        log::error("an event of the payment provider could not be acted on",
                   {{"provider", event.provider}, {"paymentId", event.charge}, {"error", error}});
    const char* state = error.empty() ? "done" : dead ? "dead" : "received";
    auto end = [event, state, error, dead, attempt](db::Tx& tx) {
        inbox::end_attempt(tx, event, state, error);
        if (dead) events::park(tx, parked_for, letter_of(event, tx.now()), error, attempt);
        return Unit{};
    };
    co_await database_.write(std::move(end));
}

void Webhooks::take_again(db::Tx& tx, const events::Event& event) {
    auto data = json::Document::parse(event.data);
    if (!data) throw std::runtime_error("what was parked is no event of the payment provider");
    const auto text = [&](const char* name) { return std::string(data->root()[name].text().value_or("")); };
    inbox::insert(tx, {text("provider"), text("eventId"), text("charge")});
}

}  // namespace cloudretail::payment
