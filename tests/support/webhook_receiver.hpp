// A receiver of webhooks on the loopback: keeps what it is sent and answers as it is told, also with nothing
// or with what is no HTTP. Threads of its own; use from the test's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cloudretail::test {

struct ReceivedCall {
    std::string method, path;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
    [[nodiscard]] std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string() : found->second;
    }
};

/// An answer with this status; `more` are header lines, each with its line end.
std::string http_answer(int status, const std::string& body = {}, const std::string& more = {});

/// Is one of the call's signatures made with this secret ("whsec_…")? By OpenSSL, not by what signs.
bool is_signed_with(const ReceivedCall& call, const std::string& secret);

class WebhookReceiver {
  public:
    /// Bytes to answer with before the connection is closed; none = it is held open, and nothing is said.
    using Answer = std::function<std::string(const ReceivedCall&)>;

    /// Answers 200 until told otherwise.
    explicit WebhookReceiver(const char* address = "127.0.0.1");
    ~WebhookReceiver();
    WebhookReceiver(const WebhookReceiver&) = delete;
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url(const std::string& path = "/hook") const;
    void answer_with(Answer answer);
    void answer_with(int status) {
        answer_with([status](const ReceivedCall&) { return http_answer(status); });
    }
    /// Whole requests, in the order they came; all, or those to one path.
    [[nodiscard]] std::vector<ReceivedCall> calls(const std::string& path = {}) const;
    /// Connections that were taken, whatever came of them.
    [[nodiscard]] int connections() const { return connections_; }

  private:
    void serve();
    void talk(int client);

    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::string address_;
    std::atomic<bool> ending_{false};
    std::atomic<int> connections_{0};
    mutable std::mutex mutex_;
    std::vector<ReceivedCall> calls_;
    Answer answer_;
    std::thread thread_;
};

}  // namespace cloudretail::test
