// Addresses and networks of them as people write them ("10.0.0.7", "10.0.0.0/8", "fd00::/8"): for lists of
// whom to trust, and of where to go. IPv4 is held as IPv6 (mapped), so that both spellings of one address are
// equal. Constant after construction; any thread.
#pragma once

#include <boost/asio/ip/network_v6.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::http {

using Address = boost::asio::ip::address_v6;

std::optional<Address> parse_address(std::string_view text);

class Networks {
  public:
    Networks() = default;
    /// Throws std::invalid_argument with the entry that is neither an address nor a network.
    explicit Networks(const std::vector<std::string>& list);
    [[nodiscard]] bool hold(const Address& address) const;
    [[nodiscard]] bool empty() const { return networks_.empty(); }

  private:
    std::vector<boost::asio::ip::network_v6> networks_;
};

}  // namespace cloudretail::http
