// Wiring of the user module; see module.hpp.
#include "module.hpp"

#include <app/database_settings.hpp>
#include <log/log.hpp>
#include <mail/sender.hpp>
#include <security/jwt.hpp>
#include <security/password.hpp>
#include "mail_pump.hpp"
#include "mail_store.hpp"
#include "order_letters.hpp"
#include "revocation_feed.hpp"
#include "routes.hpp"
#include "service.hpp"
#include "tokens.hpp"

namespace cloudretail::user {

namespace {

std::string jwt_secret(const config::Config& config) {
    return security::load_or_make_secret(config.text("auth.jwt_secret"), config.text("server.data_dir"),
                                         "jwt_secret");
}

security::PasswordSettings password_settings(const config::Config& config) {
    security::PasswordSettings settings;
    settings.memory_bytes = static_cast<std::size_t>(config.bytes("auth.password_memory"));
    settings.passes = static_cast<int>(config.integer("auth.password_passes"));
    settings.queue = static_cast<int>(config.integer("auth.password_queue"));
    return settings;
}

ThrottleSettings throttle_settings(const config::Config& config) {
    ThrottleSettings settings;
    settings.failures = static_cast<int>(config.integer("limits.login_failures"));
    return settings;
}

PumpSettings pump_settings(const config::Config& config) {
    PumpSettings settings;
    settings.from = mail::sender_mailbox(config);
    settings.attempts = static_cast<int>(config.integer("mail.attempts"));
    settings.first_delay_ms = config.duration_ms("mail.retry_delay");
    settings.max_delay_ms = config.duration_ms("mail.retry_limit");
    settings.timeout_ms = config.duration_ms("mail.timeout");
    return settings;
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
          signer(jwt_secret(e.config)),
          hasher(password_settings(e.config)),
          feed(database, revocations),
          tokens(signer, revocations, e.clock, e.config.duration_ms("auth.token_ttl")),
          service(database, hasher, tokens, revocations, throttle_settings(e.config)),
          breaker("mail", breaker_settings(e.config), e.clock),
          sender(mail::make_sender(e.config, breaker)),
          pump(database, *sender, pump_settings(e.config), e.metrics) {}

    app::Environment environment;
    bool secure_cookies;
    db::Database database;
    security::TokenSigner signer;
    security::PasswordHasher hasher;
    Revocations revocations;
    RevocationFeed feed;
    Tokens tokens;
    Service service;
    resilience::Breaker breaker;  // around the mail server
    std::unique_ptr<mail::Sender> sender;
    MailPump pump;
    std::shared_ptr<std::atomic<bool>> stopped = std::make_shared<std::atomic<bool>>(false);
};

UserModule::UserModule(const app::Environment& environment) : impl_(std::make_unique<Impl>(environment)) {}
UserModule::~UserModule() = default;

Users& UserModule::users() { return impl_->service; }
gateway::Authenticator& UserModule::authenticator() { return impl_->tokens; }
db::Database& UserModule::database() { return impl_->database; }

std::vector<gateway::Route> UserModule::routes() {
    return user::routes(impl_->service, impl_->database, impl_->secure_cookies);
}

void UserModule::start() {
    auto& e = impl_->environment;
    e.bus.add_source("user", impl_->database);
    e.bus.subscribe({"user.order_letters", "order", order_letter_events(), &impl_->database,
                     [url = e.config.text("server.public_url")](db::Tx& tx, const events::Event& event) {
                         write_order_letter(tx, event, url);
                     }});
    impl_->pump.start();
    e.metrics.gauge("cloudretail_password_queue", "Password checks waiting", {},
                    [&hasher = impl_->hasher] { return static_cast<double>(hasher.waiting()); });
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

std::vector<app::Sweep> UserModule::sweeps() {
    const auto keep_ms = impl_->environment.config.duration_ms("mail.retention");
    return {{"mails", [keep_ms](db::Tx& tx, int limit) { return store::sweep_mails(tx, keep_ms, limit); }}};
}

std::vector<const resilience::Breaker*> UserModule::breakers() { return {&impl_->breaker}; }

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

Task<std::vector<app::Violation>> UserModule::check() {
    auto job = [](db::Session& session) { return violations_in(session); };
    co_return co_await impl_->database.snapshot(std::move(job));
}

}  // namespace cloudretail::user
