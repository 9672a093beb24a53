// Sending mail: to files in the data folder (the default), or to an SMTP server. Senders block, so they
// belong on a thread of their own, never on an io thread. Nothing they say or log holds an address.
#pragma once

#include <config/config.hpp>
#include <mail/message.hpp>
#include <memory>
#include <resilience/breaker.hpp>
#include <string>

namespace cloudretail::mail {

/// How a try ended.
struct Sent {
    enum class Kind {
        sent,
        postponed,  // the server took no position for now (4xx): again later
        away,       // no connection, no answer in time, log-in refused: again later
        refused,    // the server will never take this one (5xx)
    } kind = Kind::sent;
    std::string reason{};  // ours or a code, never the server's words, which may repeat the address
};

/// One thread at a time, but for forget, stop and available.
class Sender {
  public:
    virtual ~Sender() = default;
    virtual Sent send(const Message& message) = 0;
    /// False while it is known to be of no use.
    [[nodiscard]] virtual bool available() const { return true; }
    /// Deletes what is kept of mails to this address that were sent (Message::at) up to `until`.
    virtual void forget(std::string_view address, Timestamp until) = 0;
    /// Deletes what was kept long enough.
    virtual void tidy(Timestamp now) = 0;
    /// Ends a try under way; later ones end at once.
    virtual void stop() {}
};

/// From the mail.* keys; `breaker` guards an SMTP server. Throws config::ConfigError for a URL or sender that
/// cannot be used. What it is given must outlive it.
std::unique_ptr<Sender> make_sender(const config::Config& config, resilience::Breaker& breaker);

/// mail.from; throws config::ConfigError.
Mailbox sender_mailbox(const config::Config& config);

}  // namespace cloudretail::mail
