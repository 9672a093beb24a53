// A TCP proxy in front of PostgreSQL that cuts the connection at a COMMIT, or at the n-th request: before
// the server has seen it, or after it has answered and before the client hears of it. Threads of its own; use
// from the test's thread.
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
    enum class Side { request, answer };

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
    /// The n-th request from now, over all connections, is cut there; `fired` tells of this one alone.
    void arm(int n, Side side) {
        fired_ = false;
        side_ = side;
        requests_ = n;
    }
    [[nodiscard]] bool fired() const { return fired_; }

  private:
    void accept_loop();
    void serve(int client);

    std::string port_;  // of the server
    int listener_ = -1, listening_port_ = 0;
    std::atomic<Cut> cut_{Cut::nothing};
    std::atomic<Side> side_{Side::request};
    std::atomic<int> requests_{0};  // until the cut; below 1: none is to come
    std::atomic<bool> fired_{false};
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::thread> connections_;
    std::thread acceptor_;
};

}  // namespace cloudretail::test
