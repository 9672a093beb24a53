// The text of API keys, and the scopes they carry.
#include <base/caller.hpp>
#include <catch2/catch.hpp>
#include <security/api_key.hpp>
#include <set>

using namespace cloudretail;
using namespace cloudretail::security;

TEST_CASE("API keys have a prefix, randomness and a checksum", "[security]") {
    std::set<std::string> seen;
    for (int i = 0; i < 200; ++i) {
        const std::string key = make_api_key();
        CHECK(key.size() == 42);
        CHECK(key.starts_with("crk_"));
        CHECK(key.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 4) ==
              std::string::npos);
        CHECK(is_api_key(key));
        CHECK(api_key_hint(key) == key.substr(0, 8));
        seen.insert(key);
    }
    CHECK(seen.size() == 200);
}

TEST_CASE("the checksum is the CRC-32 of the random part, in base 62 with leading zeros", "[security]") {
    // Computed with another implementation (Python's zlib.crc32).
    CHECK(is_api_key("crk_000000000000000000000000000000002wjyrI"));
    CHECK(is_api_key("crk_AbCdEfGhIjKlMnOpQrStUvWxYz0123451HTd0k"));
}

TEST_CASE("what is no API key is known without asking anybody", "[security]") {
    const std::string good = make_api_key();
    for (std::size_t at = 0; at < good.size(); ++at) {
        CAPTURE(at);
        std::string changed = good;
        changed[at] = changed[at] == 'x' ? 'y' : 'x';
        CHECK_FALSE(is_api_key(changed));
    }
    for (const std::string& text : {std::string(), std::string("crk_"), good + "0", good.substr(1),
                                    good.substr(0, 41), "crk_" + std::string(38, '\xff')})
        CHECK_FALSE(is_api_key(text));
}

TEST_CASE("scopes are read and written as text, each once", "[security]") {
    const Scopes scopes = Scopes::parse("orders:write orders:read  orders:write");
    CHECK(scopes.to_text() == "orders:read orders:write");
    CHECK(scopes.has("orders:read"));
    CHECK_FALSE(scopes.has("orders"));
    CHECK_FALSE(Scopes::parse("").has(""));
    CHECK(Scopes::parse(" ").names().empty());
}
