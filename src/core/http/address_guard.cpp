// See address_guard.hpp. Sources: the IANA IPv4 and IPv6 special-purpose address registries (RFC 6890), RFC
// 6052 (NAT64), RFC 5214 (ISATAP).
#include <http/address_guard.hpp>

#include <algorithm>
#include <boost/asio/ip/address_v4.hpp>

namespace cloudretail::http {

namespace {

/// What is not the public internet in IPv4, and inside 2000::/3.
const Networks& special() {
    static const Networks networks({
        "0.0.0.0/8",        // this network
        "10.0.0.0/8",       // private
        "100.64.0.0/10",    // between a carrier and its customers
        "127.0.0.0/8",      // this machine
        "169.254.0.0/16",   // link-local, with the clouds' metadata service
        "172.16.0.0/12",    // private
        "192.0.0.0/24",     // protocol assignments
        "192.0.2.0/24",     // documentation
        "192.88.99.0/24",   // 6to4 relays
        "192.168.0.0/16",   // private
        "198.18.0.0/15",    // benchmarks
        "198.51.100.0/24",  // documentation
        "203.0.113.0/24",   // documentation
        "224.0.0.0/4",      // multicast
        "240.0.0.0/4",      // reserved, broadcast
        "2001::/23",        // protocol assignments, Teredo among them
        "2001:db8::/32",    // documentation
        "2002::/16",        // 6to4
        "3ffe::/16",        // the former 6bone
        "3fff::/20",        // documentation
    });
    return networks;
}

Address embedded(const Address& address) {
    const auto bytes = address.to_bytes();
    boost::asio::ip::address_v4::bytes_type last{};
    std::copy(bytes.end() - 4, bytes.end(), last.begin());
    return boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, boost::asio::ip::address_v4(last));
}

/// The interface identifier says that the last four bytes are an IPv4 address to tunnel to.
bool is_isatap(const Address& address) {
    const auto b = address.to_bytes();
    return (b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe;
}

}  // namespace

bool is_public(const Address& address) {
    static const Networks nat64({"64:ff9b::/96"}), global({"2000::/3"});
    if (special().hold(address)) return false;
    if (address.is_v4_mapped()) return true;
    if (nat64.hold(address)) return is_public(embedded(address));
    if (!global.hold(address)) return false;
    return !is_isatap(address) || is_public(embedded(address));
}

}  // namespace cloudretail::http
