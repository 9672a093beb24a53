// Wiring of the user module; see module.hpp.
#include "module.hpp"

#include <app/database_settings.hpp>
#include <log/log.hpp>
#include <security/jwt.hpp>
#include <security/password.hpp>
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
          service(database, hasher, tokens, revocations, throttle_settings(e.config)) {}

    app::Environment environment;
    bool secure_cookies;
    db::Database database;
    security::TokenSigner signer;
    security::PasswordHasher hasher;
    Revocations revocations;
    RevocationFeed feed;
    Tokens tokens;
    Service service;
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
    if (impl_->database.dialect() == db::Dialect::sqlite) return impl_->feed.load();
    try {
        impl_->feed.load();
    } catch (const std::exception& error) {
        log::warning("nobody is signed in until the database comes", {{"error", error.what()}});
    }
    e.runtime.spawn(e.runtime.background(), "user.revocations",
                    [&feed = impl_->feed, stopped = impl_->stopped] { return feed.follow(stopped); });
}

void UserModule::stop() { impl_->stopped->store(true); }

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
