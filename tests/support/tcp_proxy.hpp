// Stands between the server and PostgreSQL, so that a test can take the database away and give it back
// without touching the database server. Runs on a thread of its own; its functions are for the test's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace cloudretail::test {

class TcpProxy {
  public:
    /// Forwards a free port of 127.0.0.1 to `host`:`port`; not yet, if `away`.
    TcpProxy(std::string host, std::uint16_t port, bool away = false);
    ~TcpProxy();
    TcpProxy(const TcpProxy&) = delete;
    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// Drops every connection and whoever connects from now on. Effective within a moment.
    void take_away() { away_ = true; }
    void give_back() { away_ = false; }

  private:
    struct Pair;
    void run();

    std::string host_;
    std::uint16_t target_, port_ = 0;
    int listener_ = -1;
    std::atomic<bool> away_, stop_{false};
    std::thread thread_;
};

/// A postgresql:// URL with this port instead of its own.
std::string with_port(const std::string& url, std::uint16_t port);
/// Port of a postgresql://user@host:port/name URL.
std::uint16_t port_of(const std::string& url);

}  // namespace cloudretail::test
