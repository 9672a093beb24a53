// The tiny SMTP server; see smtp_receiver.hpp.
#include <support/smtp_receiver.hpp>

#include <support/listener.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <stdexcept>
#include <utility>

namespace cloudretail::test {

namespace {

constexpr int slice_ms = 20;  // how soon the end is noticed

void say(int client, const std::string& line) {
    const std::string out = line + "\r\n";
    (void)!::send(client, out.data(), out.size(), MSG_NOSIGNAL);
}

}  // namespace

SmtpReceiver::SmtpReceiver(const char* where) {
    const Listener listener = listen_on(where);
    listener_ = listener.socket;
    port_ = listener.port;
    thread_ = std::thread([this] { serve(); });
}

SmtpReceiver::~SmtpReceiver() {
    ending_ = true;
    thread_.join();
    ::close(listener_);
}

std::vector<ReceivedMail> SmtpReceiver::mails() const {
    const std::lock_guard lock(mutex_);
    return mails_;
}

std::string SmtpReceiver::greeting() const {
    const std::lock_guard lock(mutex_);
    return greeting_;
}

std::string SmtpReceiver::transcript() const {
    const std::lock_guard lock(mutex_);
    return transcript_;
}

void SmtpReceiver::answer_recipients_with(std::string answer) {
    const std::lock_guard lock(mutex_);
    recipient_answer_ = std::move(answer);
}

void SmtpReceiver::serve() {
    std::vector<std::thread> talks;
    while (!ending_) {
        pollfd waiting{listener_, POLLIN, 0};
        if (::poll(&waiting, 1, slice_ms) <= 0) continue;
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        ++clients_;
        clients_.notify_all();
        talks.emplace_back([this, client] { talk(client); });
    }
    for (auto& talk : talks) talk.join();
}

void SmtpReceiver::talk(int client) {
    if (!silent_) say(client, "220 receiver");
    std::string buffer;
    ReceivedMail mail;
    bool in_data = false, going_on = true;
    while (going_on && !ending_) {
        pollfd waiting{client, POLLIN, 0};
        if (::poll(&waiting, 1, slice_ms) <= 0) continue;
        char bytes[4096];
        const ssize_t n = ::recv(client, bytes, sizeof bytes, 0);
        if (n <= 0) break;
        buffer.append(bytes, static_cast<std::size_t>(n));
        for (std::size_t end; going_on && (end = buffer.find("\r\n")) != std::string::npos;) {
            const std::string line = buffer.substr(0, end);
            buffer.erase(0, end + 2);
            going_on = obey(client, line, mail, in_data);
        }
    }
    ::close(client);
}

bool SmtpReceiver::obey(int client, const std::string& line, ReceivedMail& mail, bool& in_data) {
    const std::lock_guard lock(mutex_);
    if (in_data && line != ".") {
        mail.data += (line.starts_with('.') ? line.substr(1) : line) + "\r\n";
        return true;
    }
    if (in_data) {
        in_data = false;
        mails_.push_back(std::exchange(mail, {}));
        say(client, "250 taken");
        return true;
    }
    transcript_ += line + "\n";
    const std::string verb = line.substr(0, 4);
    if (verb == "EHLO" || verb == "HELO") {
        greeting_ = line.substr(5);
        say(client, "250 receiver");
    } else if (verb == "MAIL") {
        mail.from = line.substr(10, line.find('>') - 9);
        say(client, "250 ok");
    } else if (verb == "RCPT") {
        mail.to = line.substr(8);
        say(client, recipient_answer_);
    } else if (verb == "DATA") {
        in_data = true;
        say(client, "354 go on");
    } else if (verb == "QUIT") {
        say(client, "221 bye");
        return false;
    } else {
        say(client, verb == "RSET" || verb == "NOOP" ? "250 ok" : "502 unknown");
    }
    return true;
}

}  // namespace cloudretail::test
