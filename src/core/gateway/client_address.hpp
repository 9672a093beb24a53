// Whose request it is by address: the TCP peer, unless that is a proxy of ours; then what the proxy says.
// Thread rule: constant after construction.
#pragma once

#include <http/message.hpp>
#include <http/networks.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::gateway {

class ClientAddress {
  public:
    /// Addresses and networks ("10.0.0.7", "10.0.0.0/8", "::1"). Throws config::ConfigError.
    explicit ClientAddress(const std::vector<std::string>& trusted_proxies);

    /// The right-most address of X-Forwarded-For that is not a trusted proxy; the peer when it is none
    /// itself.
    [[nodiscard]] std::string of(const http::Request& request) const;

    /// What rate limits count by: the address, of IPv6 its /64 (one customer has at least that many).
    static std::string rate_key(std::string_view address);

  private:
    [[nodiscard]] bool trusted(std::string_view address) const;
    http::Networks networks_;
};

}  // namespace cloudretail::gateway
