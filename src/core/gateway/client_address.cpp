// See client_address.hpp.
#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <config/config.hpp>
#include <gateway/client_address.hpp>
#include <optional>

namespace cloudretail::gateway {

namespace {

namespace ip = boost::asio::ip;

/// Every address as IPv6, IPv4 as a mapped one, so that both spellings of the same peer compare equal.
std::optional<ip::address_v6> parse_address(std::string_view text) {
    if (text.empty() || text.size() > 64) return std::nullopt;
    boost::system::error_code failed;
    const ip::address address = ip::make_address(std::string(text), failed);
    if (failed) return std::nullopt;
    return address.is_v4() ? ip::make_address_v6(ip::v4_mapped, address.to_v4()) : address.to_v6();
}

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

bool inside(const ip::network_v6& network, const ip::address_v6& address) {
    return ip::network_v6(address, network.prefix_length()).canonical() == network.canonical();
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace

ClientAddress::ClientAddress(const std::vector<std::string>& trusted_proxies) {
    for (const std::string& text : trusted_proxies) {
        const auto network = parse_network(text);
        if (!network)
            throw config::ConfigError("gateway.trusted_proxies: not an address or network: " + text);
        networks_.push_back(*network);
    }
}

bool ClientAddress::trusted(std::string_view address) const {
    const auto parsed = parse_address(address);
    return parsed &&
           std::any_of(networks_.begin(), networks_.end(), [&](const auto& n) { return inside(n, *parsed); });
}

std::string ClientAddress::of(const http::Request& request) const {
    std::string client = request.peer;
    if (networks_.empty() || !trusted(client)) return client;
    const auto& fields = request.headers.list();
    // Later proxies append on the right, in the same field or in one more.
    for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
        if (!http::same_name(field->first, "X-Forwarded-For")) continue;
        std::string_view list = field->second;
        while (!list.empty()) {
            const std::size_t comma = list.rfind(',');
            const std::string_view hop =
                trimmed(comma == std::string_view::npos ? list : list.substr(comma + 1));
            // What is not an address was not written by a proxy of ours: whoever sent it is the last we know.
            if (!parse_address(hop)) return client;
            client = hop;
            if (!trusted(hop)) return client;
            list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
        }
    }
    return client;
}

std::string ClientAddress::rate_key(std::string_view address) {
    if (address.find(':') == std::string_view::npos) return std::string(address);
    const auto parsed = parse_address(address);
    if (!parsed) return std::string(address);
    if (parsed->is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, *parsed).to_string();
    return ip::network_v6(*parsed, 64).canonical().to_string();
}

}  // namespace cloudretail::gateway
