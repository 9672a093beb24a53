// Which sender the configuration asks for; see sender.hpp. Start-up only.
#include <mail/file_sender.hpp>
#include <mail/smtp_sender.hpp>
#include <stdexcept>

namespace cloudretail::mail {

Mailbox sender_mailbox(const config::Config& config) {
    try {
        return parse_mailbox(config.text("mail.from"));
    } catch (const std::invalid_argument& e) {
        throw config::ConfigError("mail.from: " + std::string(e.what()));
    }
}

std::unique_ptr<Sender> make_sender(const config::Config& config, resilience::Breaker& breaker) {
    const std::string& url = config.text("mail.url");
    if (url == "file:") {
        FileSettings settings;
        settings.folder = std::filesystem::path(config.text("server.data_dir")) / "mail";
        settings.retention_ms = config.duration_ms("mail.retention");
        settings.files = static_cast<std::size_t>(config.integer("mail.files"));
        return std::make_unique<FileSender>(std::move(settings));
    }
    SmtpSettings settings;
    try {
        settings = parse_smtp_url(url);
    } catch (const std::invalid_argument& e) {
        throw config::ConfigError("mail.url: " + std::string(e.what()));
    }
    settings.password = config.text("mail.password");
    if (settings.user.empty() != settings.password.empty())
        throw config::ConfigError("mail.url and mail.password: a user and a password come together");
    settings.plain_text = config.text("mail.tls") == "none";
    if (settings.plain_text && settings.tls_from_start)
        throw config::ConfigError("mail.tls: none does not go with smtps://");
    if (settings.plain_text && !settings.password.empty() && !settings.on_this_machine())
        throw config::ConfigError("mail.tls: a password goes to another machine only by TLS");
    const Mailbox from = sender_mailbox(config);
    settings.greeting = from.address.substr(from.address.find('@') + 1);
    settings.timeout_ms = config.duration_ms("mail.timeout");
    return std::make_unique<SmtpSender>(std::move(settings), breaker);
}

}  // namespace cloudretail::mail
