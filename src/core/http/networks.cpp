// See networks.hpp.
#include <http/networks.hpp>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <stdexcept>

namespace cloudretail::http {

namespace {

namespace ip = boost::asio::ip;

std::optional<ip::network_v6> parse_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view host = text.substr(0, slash);
    const auto address = parse_address(host);
    if (!address) return std::nullopt;
    const int offset = host.find(':') == std::string_view::npos ? 96 : 0;
    int bits = 128 - offset;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        const bool whole = read.ec == std::errc{} && read.ptr == digits.data() + digits.size();
        if (!whole || bits < 0 || bits > 128 - offset) return std::nullopt;
    }
    return ip::network_v6(*address, static_cast<unsigned short>(bits + offset));
}

bool inside(const ip::network_v6& network, const Address& address) {
    return ip::network_v6(address, network.prefix_length()).canonical() == network.canonical();
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
    if (text.empty() || text.size() > 64) return std::nullopt;
    boost::system::error_code failed;
    const ip::address address = ip::make_address(std::string(text), failed);
    if (failed) return std::nullopt;
    return address.is_v4() ? ip::make_address_v6(ip::v4_mapped, address.to_v4()) : address.to_v6();
}

Networks::Networks(const std::vector<std::string>& list) {
    for (const std::string& text : list) {
        const auto network = parse_network(text);
        if (!network) throw std::invalid_argument("not an address or network: " + text);
        networks_.push_back(*network);
    }
}

bool Networks::hold(const Address& address) const {
    return std::any_of(networks_.begin(), networks_.end(),
                       [&](const ip::network_v6& network) { return inside(network, address); });
}

}  // namespace cloudretail::http
