// A tiny SMTP server on the loopback that takes every mail, or answers as it is told. A thread of its own;
// use from the test's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cloudretail::test {

struct ReceivedMail {
    std::string from, to;  // with their angle brackets
    std::string data;      // as the sender wrote it: leading dots are single again
};

class SmtpReceiver {
  public:
    /// `address`: of the loopback.
    explicit SmtpReceiver(const char* address = "127.0.0.1");
    ~SmtpReceiver();
    SmtpReceiver(const SmtpReceiver&) = delete;
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::vector<ReceivedMail> mails() const;
    /// What the last client introduced itself as.
    [[nodiscard]] std::string greeting() const;
    /// Every line that clients sent outside of data.
    [[nodiscard]] std::string transcript() const;
    /// "250 ok" unless told.
    void answer_recipients_with(std::string answer);
    /// Takes connections from now on, and says nothing.
    void stay_silent() { silent_ = true; }
    /// Until somebody has connected.
    void wait_for_client() const { clients_.wait(0); }

  private:
    void serve();
    void talk(int client);
    bool obey(int client, const std::string& line, ReceivedMail& mail, bool& in_data);

    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> silent_{false}, ending_{false};
    std::atomic<int> clients_{0};
    mutable std::mutex mutex_;
    std::vector<ReceivedMail> mails_;
    std::string recipient_answer_ = "250 ok", greeting_, transcript_;
    std::thread thread_;
};

}  // namespace cloudretail::test
