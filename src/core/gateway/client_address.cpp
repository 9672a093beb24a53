// See client_address.hpp.
#include <boost/asio/ip/address_v4.hpp>
#include <config/config.hpp>
#include <gateway/client_address.hpp>
#include <stdexcept>

namespace cloudretail::gateway {

namespace ip = boost::asio::ip;

namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace

ClientAddress::ClientAddress(const std::vector<std::string>& trusted_proxies) try
    : networks_(trusted_proxies) {
} catch (const std::invalid_argument& e) {
    throw config::ConfigError(std::string("gateway.trusted_proxies: ") + e.what());
}

bool ClientAddress::trusted(std::string_view address) const {
    const auto parsed = http::parse_address(address);
    return parsed && networks_.hold(*parsed);
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
            if (!http::parse_address(hop)) return client;
            client = hop;
            if (!trusted(hop)) return client;
            list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
        }
    }
    return client;
}

std::string ClientAddress::rate_key(std::string_view address) {
    if (address.find(':') == std::string_view::npos) return std::string(address);
    const auto parsed = http::parse_address(address);
    if (!parsed) return std::string(address);
    if (parsed->is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, *parsed).to_string();
    return ip::network_v6(*parsed, 64).canonical().to_string();
}

}  // namespace cloudretail::gateway
