// Which addresses requests of ours may go to.
#include <catch2/catch.hpp>
#include <http/address_guard.hpp>
#include <stdexcept>

using namespace cloudretail::http;

namespace {
bool is_public_text(const std::string& text) {
    const auto address = parse_address(text);
    REQUIRE(address);
    return is_public(*address);
}
}  // namespace

TEST_CASE("what a registry of special addresses names is not the public internet", "[http]") {
    for (const char* text : {"0.0.0.0",
                             "0.1.2.3",
                             "10.0.0.1",
                             "10.255.255.255",
                             "100.64.0.1",
                             "100.127.255.255",
                             "127.0.0.1",
                             "127.255.255.254",
                             "169.254.0.1",
                             "169.254.169.254",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.0.0.1",
                             "192.0.2.1",
                             "192.88.99.1",
                             "192.168.0.1",
                             "198.18.0.1",
                             "198.19.255.255",
                             "198.51.100.7",
                             "203.0.113.9",
                             "224.0.0.1",
                             "239.255.255.255",
                             "240.0.0.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "::ffff:127.0.0.1",
                             "::ffff:10.0.0.1",
                             "::127.0.0.1",
                             "::ffff:0:127.0.0.1",
                             "64:ff9b::7f00:1",
                             "64:ff9b::169.254.169.254",
                             "64:ff9b:1::1",
                             "100::1",
                             "2001::1",
                             "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                             "2001:2::1",
                             "2001:10::1",
                             "2001:20::1",
                             "2001:db8::1",
                             "2002:7f00:1::1",
                             "2002:c0a8:1::1",
                             "2002:808:808::1",
                             "3ffe::1",
                             "3fff::1",
                             "5f00::1",
                             "fc00::1",
                             "fd00:ec2::254",
                             "fe80::1",
                             "febf::1",
                             "fec0::1",
                             "ff02::1",
                             "2a00::5efe:10.0.0.1",
                             "2a00::200:5efe:192.168.1.1"}) {
        CAPTURE(text);
        CHECK_FALSE(is_public_text(text));
    }
}

TEST_CASE("what lies beside the special addresses is public", "[http]") {
    for (const char* text : {"1.1.1.1",         "8.8.8.8",
                             "9.255.255.255",   "11.0.0.0",
                             "100.63.255.255",  "100.128.0.0",
                             "126.255.255.255", "128.0.0.0",
                             "172.15.255.255",  "172.32.0.0",
                             "192.0.1.0",       "192.167.255.255",
                             "192.169.0.0",     "198.17.255.255",
                             "198.20.0.0",      "223.255.255.255",
                             "::ffff:8.8.8.8",  "64:ff9b::8.8.8.8",
                             "2001:200::1",     "2001:4860:4860::8888",
                             "2606:4700::1111", "2a00::5efe:8.8.8.8",
                             "2003::1"}) {
        CAPTURE(text);
        CHECK(is_public_text(text));
    }
}

TEST_CASE("networks that the operator names are open besides", "[http]") {
    const AddressGuard guard(Networks({"10.1.0.0/16", "fd00:1::/32", "127.0.0.1"}));
    const auto allows = [&](const char* text) { return guard.allows(*parse_address(text)); };
    CHECK(allows("10.1.255.1"));
    CHECK(allows("::ffff:10.1.0.1"));
    CHECK(allows("fd00:1::5"));
    CHECK(allows("127.0.0.1"));
    CHECK(allows("8.8.8.8"));
    CHECK_FALSE(allows("10.2.0.1"));
    CHECK_FALSE(allows("127.0.0.2"));
    CHECK_FALSE(allows("64:ff9b::10.1.0.1"));
    CHECK(guard.open_inside());
    CHECK_FALSE(AddressGuard().open_inside());
}

TEST_CASE("what is neither an address nor a network is refused", "[http]") {
    for (const char* text :
         {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "fd00::/129", "localhost", "10.0.0"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(Networks({text}), std::invalid_argument);
    }
}
