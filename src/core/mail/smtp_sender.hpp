// Mail by SMTP through libcurl: smtp:// begins TLS (STARTTLS) before anything else, and sends nothing to a
// server that does not, smtps:// speaks it from the start. Without TLS only where plain_text says so. Thread
// rule: send on one thread.
#pragma once

#include <atomic>
#include <mail/sender.hpp>

namespace cloudretail::mail {

struct SmtpSettings {
    bool tls_from_start = false;
    bool plain_text = false;  // no TLS at all, as for a relay on this machine
    std::string host, port, user, password;
    std::string greeting;  // the name we introduce ourselves by (EHLO)
    std::int64_t timeout_ms = 15'000;

    [[nodiscard]] bool on_this_machine() const;
};

/// smtp://user@host:port or smtps://…; throws std::invalid_argument that says what is wrong.
SmtpSettings parse_smtp_url(std::string_view url);

class SmtpSender final : public Sender {
  public:
    SmtpSender(SmtpSettings settings, resilience::Breaker& breaker);
    ~SmtpSender() override;
    Sent send(const Message& message) override;
    [[nodiscard]] bool available() const override { return !breaker_.open(); }
    void forget(std::string_view, Timestamp) override {}  // nothing is kept here
    void tidy(Timestamp) override {}
    void stop() override { stopping_ = true; }

  private:
    Sent try_once(const Message& message);

    SmtpSettings settings_;
    resilience::Breaker& breaker_;
    std::atomic<bool> stopping_{false};
    void* handle_;  // CURL*, which keeps the connection between two mails
};

}  // namespace cloudretail::mail
