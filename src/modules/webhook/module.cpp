// Wiring of the webhook module; see module.hpp.
#include "module.hpp"

#include <app/database_settings.hpp>
#include <charconv>
#include <fstream>
#include <security/jwt.hpp>
#include "event_types.hpp"
#include "person.hpp"
#include "pump.hpp"
#include "routes.hpp"

namespace cloudretail::webhook {

namespace {

constexpr int faults_shown = 100;  // of one rule
constexpr int highest_port = 65'535;
constexpr std::int64_t lease_margin_ms = 30'000;

/// "*" = any, which is an empty list.
std::vector<int> ports(const config::Config& config) {
    std::vector<int> numbers;
    for (const std::string& text : config.list("webhook.ports")) {
        if (text == "*") return {};
        int number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > highest_port)
            throw config::ConfigError("webhook.ports: not a port or *: " + text);
        numbers.push_back(number);
    }
    if (numbers.empty()) throw config::ConfigError("webhook.ports: names no port");
    return numbers;
}

http::AddressGuard guard(const config::Config& config) try {
    return http::AddressGuard(http::Networks(config.list("webhook.allow_private")));
} catch (const std::invalid_argument& e) {
    throw config::ConfigError(std::string("webhook.allow_private: ") + e.what());
}

std::string ca_file(const config::Config& config) {
    const std::string& path = config.text("webhook.ca_file");
    if (!path.empty() && !std::ifstream(path))
        throw config::ConfigError("webhook.ca_file: the file cannot be read");
    return path;
}

http::ClientSettings client_settings(const config::Config& config) {
    http::ClientSettings settings;
    settings.guard = guard(config);
    settings.plain = config.flag("webhook.allow_http");
    settings.ports = ports(config);
    settings.ca_file = ca_file(config);
    settings.user_agent = "CloudRetail-Webhooks/1.0";
    settings.connect_timeout_ms = config.duration_ms("webhook.connect_timeout");
    settings.timeout_ms = config.duration_ms("webhook.timeout");
    settings.body_bytes = static_cast<std::size_t>(config.bytes("webhook.response_bytes"));
    return settings;
}

ServiceSettings service_settings(const config::Config& config) {
    return {static_cast<int>(config.integer("webhook.per_owner")),
            config.duration_ms("webhook.secret_overlap")};
}

PumpSettings pump_settings(const config::Config& config) {
    PumpSettings settings;
    settings.schedule.give_up_after_ms = config.duration_ms("webhook.give_up_after");
    settings.schedule.retry_after_limit_ms = config.duration_ms("webhook.retry_after_limit");
    settings.schedule.disable_after_ms = config.duration_ms("webhook.disable_after");
    settings.schedule.breaker_failures = static_cast<int>(config.integer("breaker.failures"));
    settings.schedule.breaker_reset_ms = config.duration_ms("breaker.reset");
    settings.at_once = static_cast<int>(config.integer("webhook.at_once"));
    settings.per_webhook = static_cast<int>(config.integer("webhook.at_once_each"));
    settings.lease_ms = config.duration_ms("webhook.timeout") + lease_margin_ms;
    return settings;
}

std::string sealing_secret(const config::Config& config) {
    return security::load_or_make_secret(config.text("auth.sealing_secret"), config.text("server.data_dir"),
                                         "sealing_secret");
}

}  // namespace

struct WebhookModule::Impl {
    explicit Impl(const app::Environment& e)
        : environment(e),
          database(app::database_settings(e.config, "webhook"), e.clock),
          box(sealing_secret(e.config)),
          client(client_settings(e.config)),
          service(database, intake, box, client.settings(), service_settings(e.config)),
          pump(e, database, intake, box, client, pump_settings(e.config)) {}
    ~Impl() { database.close(); }

    app::Environment environment;
    db::Database database;
    security::SealedBox box;
    Intake intake;
    http::Client client;
    Service service;
    Pump pump;
};

WebhookModule::WebhookModule(const app::Environment& environment)
    : impl_(std::make_unique<Impl>(environment)) {}
WebhookModule::~WebhookModule() = default;

db::Database& WebhookModule::database() { return impl_->database; }

std::vector<gateway::Route> WebhookModule::routes() {
    return webhook::routes(impl_->service, impl_->database);
}

void WebhookModule::start() {
    auto& e = impl_->environment;
    e.persons.add(person_holder(impl_->database));
    for (const Source& source : sources())
        e.bus.subscribe({"webhook." + source.module, source.module, source.types, &impl_->database,
                         [&intake = impl_->intake, module = source.module](
                             db::Tx& tx, const events::Event& event) { intake.take(tx, module, event); }});
    impl_->pump.start();
}

void WebhookModule::stop() { impl_->pump.stop(); }

std::vector<app::Condition> WebhookModule::conditions() { return {impl_->pump.condition()}; }

std::vector<const app::Job*> WebhookModule::jobs() { return {&impl_->pump.job()}; }

std::vector<app::Sweep> WebhookModule::sweeps() {
    const auto ms = impl_->environment.config.duration_ms("webhook.retention");
    return {{"deliveries", [ms](db::Tx& tx, int limit) { return store::sweep_deliveries(tx, ms, limit); }},
            {"messages", [ms](db::Tx& tx, int limit) { return store::sweep_messages(tx, ms, limit); }},
            {"secrets", store::sweep_secrets}};
}

Task<std::vector<app::Violation>> WebhookModule::check() {
    auto job = [](db::Session& session) { return store::faults(session, faults_shown); };
    auto faults = co_await impl_->database.snapshot(std::move(job));
    std::vector<app::Violation> violations;
    violations.reserve(faults.size());
    for (auto& fault : faults) violations.push_back({std::move(fault.rule), std::move(fault.id)});
    co_return violations;
}

}  // namespace cloudretail::webhook
