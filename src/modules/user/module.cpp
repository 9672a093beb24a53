// Wiring of the user module; see module.hpp.
#include "module.hpp"

#include <app/database_settings.hpp>
#include <log/log.hpp>
#include <mail/sender.hpp>
#include <security/jwt.hpp>
#include <security/password.hpp>
#include "bearers.hpp"
#include "erasure.hpp"
#include "mail_pump.hpp"
#include "mail_store.hpp"
#include "order_letters.hpp"
#include "revocation_feed.hpp"
#include "routes.hpp"

namespace cloudretail::user {

namespace {

std::string secret_of(const config::Config& config, const std::string& name) {
    return security::load_or_make_secret(config.text("auth." + name), config.text("server.data_dir"), name);
}

security::PasswordSettings password_settings(const config::Config& config) {
    security::PasswordSettings settings;
    settings.memory_bytes = static_cast<std::size_t>(config.bytes("auth.password_memory"));
    settings.passes = static_cast<int>(config.integer("auth.password_passes"));
    settings.queue = static_cast<int>(config.integer("auth.password_queue"));
    return settings;
}

GuardSettings guard_settings(const config::Config& config) {
    GuardSettings settings;
    settings.passwords.failures = static_cast<int>(config.integer("limits.login_failures"));
    settings.codes.failures = static_cast<int>(config.integer("limits.code_failures"));
    return settings;
}

VendorRegistration vendor_registration(const config::Config& config) {
    const std::string& text = config.text("users.vendor_registration");
    return text == "open"       ? VendorRegistration::open
           : text == "approval" ? VendorRegistration::approval
                                : VendorRegistration::closed;
}

/// Where the store's pages are: what customers see, or else this machine.
std::string pages_url(const config::Config& config) {
    std::string url = config.text("server.public_url");
    if (url.empty()) url = "http://localhost:" + std::to_string(config.integer("ui.port"));
    while (url.ends_with('/')) url.pop_back();
    return url;
}

MailedSettings mailed_settings(const config::Config& config) {
    MailedSettings settings;
    settings.reset_ms = config.duration_ms("users.reset_ttl");
    settings.verify_ms = config.duration_ms("users.verification_ttl");
    settings.per_hour = static_cast<int>(config.integer("users.mails_per_hour"));
    settings.store_name = config.text("store.name");
    settings.public_url = pages_url(config);
    return settings;
}

PumpSettings pump_settings(const config::Config& config) {
    PumpSettings settings;
    settings.from = mail::sender_mailbox(config);
    settings.per_second = static_cast<int>(config.integer("mail.per_second"));
    settings.attempts = static_cast<int>(config.integer("mail.attempts"));
    settings.first_delay_ms = config.duration_ms("mail.retry_delay");
    settings.max_delay_ms = config.duration_ms("mail.retry_limit");
    settings.timeout_ms = config.duration_ms("mail.timeout");
    return settings;
}

KeySettings key_settings(const config::Config& config) {
    return {config.duration_ms("users.api_key_age"), static_cast<int>(config.integer("users.api_keys"))};
}

ExportSettings export_settings(const config::Config& config) {
    return {static_cast<int>(config.integer("privacy.export_rows")),
            static_cast<int>(config.integer("privacy.exports"))};
}

resilience::BreakerSettings breaker_settings(const config::Config& config) {
    return {static_cast<int>(config.integer("breaker.failures")), config.duration_ms("breaker.reset")};
}

std::vector<app::Violation> violations_in(db::Session& session) {
    std::vector<app::Violation> found;
    for (auto& id : store::with_wrong_email(session))
        found.push_back({"e-mails are kept in lower case and are unique", std::move(id)});
    for (auto& id : store::without_consent(session))
        found.push_back({"nobody but an administrator has an account without consent", std::move(id)});
    return found;
}

Task<Result<std::string>> create_admin(Service& service, std::map<std::string, std::string> options) {
    co_return co_await service.make_admin(options["email"], options["password"]);
}

}  // namespace

struct UserModule::Impl {
    explicit Impl(const app::Environment& e)
        : environment(e),
          secure_cookies(e.config.text("server.public_url").starts_with("https:")),
          database(app::database_settings(e.config, "user"), e.clock),
          signer(secret_of(e.config, "jwt_secret")),
          box(secret_of(e.config, "sealing_secret")),
          hasher(password_settings(e.config)),
          feed(database, revocations),
          tokens(signer, revocations, activity, e.clock, e.config.duration_ms("auth.token_ttl")),
          access(database, revocations, tokens.ttl_ms()),
          keys(access, revocations, key_settings(e.config)),
          bearers(tokens, keys),
          guard(database, hasher, guard_settings(e.config)),
          two_factor(database, guard, box, e.config.text("store.name")),
          sign_in(access, guard, tokens, two_factor),
          sessions(access, activity),
          passwords(access, guard, box, mailed_settings(e.config)),
          administration(access),
          service(access, hasher, tokens, passwords, box, vendor_registration(e.config),
                  e.config.text("privacy.consent_text")),
          breaker("mail", breaker_settings(e.config), e.clock),
          sender(mail::make_sender(e.config, breaker)),
          pump(database, *sender, pump_settings(e.config), e.metrics),
          erasure(access, guard, pump, e, export_settings(e.config)) {}

    static Task<void> keep_house(Impl& self, std::shared_ptr<std::atomic<bool>> stopped);

    app::Environment environment;
    bool secure_cookies;
    db::Database database;
    security::TokenSigner signer;
    security::SealedBox box;
    security::PasswordHasher hasher;
    Revocations revocations;
    Activity activity;
    RevocationFeed feed;
    Tokens tokens;
    AccessWriter access;
    ApiKeys keys;
    Bearers bearers;
    Guard guard;
    TwoFactor two_factor;
    SignIn sign_in;
    Sessions sessions;
    Passwords passwords;
    Administration administration;
    Service service;
    resilience::Breaker breaker;  // around the mail server
    std::unique_ptr<mail::Sender> sender;
    MailPump pump;
    Erasure erasure;
    std::shared_ptr<std::atomic<bool>> stopped = std::make_shared<std::atomic<bool>>(false);
};

// Both jobs outwait a database that is away: what was asked for stays asked for.
Task<void> UserModule::Impl::keep_house(Impl& self, std::shared_ptr<std::atomic<bool>> stopped) {
    using Steady = std::chrono::steady_clock;
    constexpr std::int64_t slice_ms = 100;
    auto next_round = Steady::now(), next_try = next_round;
    for (bool last = false; !last;) {
        co_await runtime::sleep_ms(slice_ms);
        last = stopped->load();
        const auto now = Steady::now();
        const bool round = now >= next_round || last;
        if (now < next_try && !last) continue;
        try {
            // Every minute, because another process may have died with requests of its own.
            if (self.passwords.requested() || round) co_await self.passwords.work_off();
            if (round) co_await self.sessions.write_activity();
            if (round) co_await self.keys.write_activity();
            if (round) next_round = now + std::chrono::minutes(1);
        } catch (const std::exception& e) {
            log::warning("accounts' housekeeping waits", {{"error", e.what()}});
            next_try = now + std::chrono::seconds(5);
        }
    }
}

UserModule::UserModule(const app::Environment& environment) : impl_(std::make_unique<Impl>(environment)) {}
UserModule::~UserModule() = default;

Users& UserModule::users() { return impl_->service; }
gateway::Authenticator& UserModule::authenticator() { return impl_->bearers; }
db::Database& UserModule::database() { return impl_->database; }

std::vector<gateway::Route> UserModule::routes() {
    const Services services{impl_->service,    impl_->sign_in,   impl_->sessions,
                            impl_->two_factor, impl_->passwords, impl_->administration};
    auto all = user::routes(services, impl_->database, impl_->secure_cookies);
    for (auto& route : access_routes(services)) all.push_back(std::move(route));
    for (auto& route : admin_routes(impl_->administration)) all.push_back(std::move(route));
    for (auto& route : api_key_routes(impl_->keys)) all.push_back(std::move(route));
    for (auto& route : privacy_routes(impl_->erasure)) all.push_back(std::move(route));
    return all;
}

void UserModule::start() {
    auto& e = impl_->environment;
    e.bus.add_source("user", impl_->database);
    auto letters = [url = e.config.text("server.public_url")](db::Tx& tx,
                                                              std::span<const events::Event> some) {
        write_order_letters(tx, some, url);
    };
    e.bus.subscribe(
        {"user.order_letters", "order", order_letter_events(), &impl_->database, {}, std::move(letters)});
    e.persons.add(impl_->erasure.holder());
    e.sagas.define(impl_->erasure.saga());
    impl_->pump.start();
    e.metrics.gauge("cloudretail_password_queue", "Password checks waiting", {},
                    [&hasher = impl_->hasher] { return static_cast<double>(hasher.waiting()); });
    e.runtime.spawn(e.runtime.background(), "user.housekeeping",
                    [&impl = *impl_, stopped = impl_->stopped] { return Impl::keep_house(impl, stopped); });
    if (impl_->database.dialect() == db::Dialect::sqlite) return impl_->feed.load();
    try {
        impl_->feed.load();
    } catch (const std::exception& error) {
        log::warning("nobody is signed in until the database comes", {{"error", error.what()}});
    }
    e.runtime.spawn(e.runtime.background(), "user.revocations",
                    [&feed = impl_->feed, stopped = impl_->stopped] { return feed.follow(stopped); });
}

void UserModule::stop() {
    impl_->stopped->store(true);
    impl_->pump.stop();
}

std::vector<const resilience::Breaker*> UserModule::breakers() { return {&impl_->breaker}; }

std::vector<const app::Job*> UserModule::jobs() { return {&impl_->pump.job()}; }

std::vector<app::Condition> UserModule::conditions() {
    const bool good = impl_->sender->available();
    return {{"mail", good, good ? "" : "the mail server is away; mails wait in the queue"}};
}

std::vector<app::Command> UserModule::commands() {
    auto run = [&service = impl_->service](std::map<std::string, std::string> options) {
        return create_admin(service, std::move(options));
    };
    return {{"admin create", run}};
}

void UserModule::restored(db::Tx& tx) { impl_->access.end_everybody(tx); }

std::vector<app::Sweep> UserModule::sweeps() {
    const auto& config = impl_->environment.config;
    const auto mails_ms = config.duration_ms("mail.retention");
    const auto erasures_ms = config.duration_ms("privacy.erasure_retention");
    return {{"revoked_tokens", store::sweep_revoked},
            {"token_epochs", store::sweep_epochs},
            {"sessions", store::sweep_sessions},
            {"account_tokens", store::sweep_mailed},
            {"api_keys", store::sweep_api_keys},
            {"mails", [mails_ms](db::Tx& tx, int limit) { return store::sweep_mails(tx, mails_ms, limit); }},
            {"erasures",
             [erasures_ms](db::Tx& tx, int limit) { return store::sweep_erasures(tx, erasures_ms, limit); }}};
}

Task<std::vector<app::Violation>> UserModule::check() {
    auto job = [](db::Session& session) { return violations_in(session); };
    co_return co_await impl_->database.snapshot(std::move(job));
}

}  // namespace cloudretail::user
