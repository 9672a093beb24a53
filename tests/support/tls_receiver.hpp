// A receiver of HTTPS requests on the loopback with a certificate made for it: by an authority that a client
// may be told to trust. Answers 200. A thread of its own; use from the test's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace cloudretail::test {

class TlsReceiver {
  public:
    /// The certificate is for `host` (a name), from now for `days` (before now where negative).
    explicit TlsReceiver(const std::string& host, int days = 1);
    ~TlsReceiver();
    TlsReceiver(const TlsReceiver&) = delete;
    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// The authority's certificate, PEM.
    [[nodiscard]] const std::string& authority() const { return authority_; }
    /// Requests of which a byte was read.
    [[nodiscard]] int requests() const { return requests_; }

  private:
    struct Tls;
    void serve();

    std::unique_ptr<Tls> tls_;
    std::string authority_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> ending_{false};
    std::atomic<int> requests_{0};
    std::thread thread_;
};

}  // namespace cloudretail::test
