// Sealing: what was sealed comes back, and nothing else does.
#include <catch2/catch.hpp>
#include <security/random.hpp>
#include <security/sealed_box.hpp>

#include <set>

using namespace cloudretail::security;

namespace {
const std::string secret = "a secret of the tests, longer than 32 bytes";
}

TEST_CASE("what is sealed is opened with the same key and context alone") {
    const SealedBox box(secret), same(secret), other(secret + "!");
    for (const std::string& plain : {std::string(), std::string("x"), std::string("\0\xff\n", 3), secret}) {
        const std::string sealed = box.seal(plain, "totp:1");
        CHECK(box.open(sealed, "totp:1") == plain);
        CHECK(same.open(sealed, "totp:1") == plain);
        CHECK_FALSE(other.open(sealed, "totp:1"));
        CHECK_FALSE(box.open(sealed, "totp:2"));
        if (plain.size() > 1) CHECK(sealed.find(plain) == std::string::npos);
    }
}

TEST_CASE("sealing twice gives different texts") {
    const SealedBox box(secret);
    CHECK(box.seal("x", "c") != box.seal("x", "c"));
}

TEST_CASE("a sealed text that was altered anywhere is not opened") {
    const SealedBox box(secret);
    const std::string sealed = box.seal("the second factor", "c");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string altered = sealed;
        altered[i] = altered[i] == 'A' ? 'B' : 'A';
        INFO(i);
        CHECK_FALSE(box.open(altered, "c"));
    }
    for (std::size_t n = 0; n < sealed.size(); ++n) CHECK_FALSE(box.open(sealed.substr(0, n), "c"));
    CHECK_FALSE(box.open(sealed + "A", "c"));
    CHECK_FALSE(box.open("not base64 at all!", "c"));
}

TEST_CASE("a short sealing secret is refused") {
    CHECK_THROWS_AS(SealedBox(std::string(31, 'x')), std::invalid_argument);
}

TEST_CASE("random tokens are 43 characters that are safe in an address, never the same") {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const std::string token = random_token();
        CHECK(token.size() == 43);
        CHECK(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
              std::string::npos);
        seen.insert(token);
    }
    CHECK(seen.size() == 100);
}
