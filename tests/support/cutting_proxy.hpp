// A TCP proxy in front of PostgreSQL that cuts the connection at a COMMIT: before the server has seen it, or
// after it has answered and before the client hears of it. Threads of its own; use from the test's thread.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cloudretail::test {

class CuttingProxy {
  public:
    enum class Cut { nothing, before_commit, after_commit };

    /// Listens on `port` of the loopback, or a free one, and forwards to the server of `url`
    /// (postgresql://user@127.0.0.1:port/…).
    explicit CuttingProxy(const std::string& url, int port = 0);
    ~CuttingProxy();
    CuttingProxy(const CuttingProxy&) = delete;
    /// `url` with our port in place of the server's.
    [[nodiscard]] std::string url(const std::string& url) const;
    [[nodiscard]] int port() const { return listening_port_; }
    /// The next COMMIT that passes is cut in this way; later ones pass.
    void arm(Cut cut) { cut_ = cut; }
    [[nodiscard]] bool fired() const { return fired_; }

  private:
    void accept_loop();
    void serve(int client);

    std::string port_;  // of the server
    int listener_ = -1, listening_port_ = 0;
    std::atomic<Cut> cut_{Cut::nothing};
    std::atomic<bool> fired_{false};
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::thread> connections_;
    std::thread acceptor_;
};

}  // namespace cloudretail::test
