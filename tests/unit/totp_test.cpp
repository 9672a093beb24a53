// One-time passwords against RFC 6238, and when they are accepted.
#include <catch2/catch.hpp>
#include <security/totp.hpp>

using namespace cloudretail;
using namespace cloudretail::security;

namespace {
const std::string rfc_secret = "12345678901234567890";  // RFC 6238, appendix B
}

TEST_CASE("one-time passwords are those of RFC 6238") {
    struct Vector {
        std::int64_t second;
        const char* code;  // the last six of its eight digits
    };
    for (const auto& [second, code] : {Vector{59, "287082"}, Vector{1'111'111'109, "081804"},
                                       Vector{1'111'111'111, "050471"}, Vector{1'234'567'890, "005924"},
                                       Vector{2'000'000'000, "279037"}, Vector{20'000'000'000, "353130"}}) {
        INFO(second);
        CHECK(totp_code(rfc_secret, totp_step({second * 1000})) == code);
    }
}

TEST_CASE("codes of RFC 4226 by counter are the same computation") {
    const char* codes[] = {"755224", "287082", "359152", "969429", "338314",
                           "254676", "287922", "162583", "399871", "520489"};
    for (int i = 0; i < 10; ++i) CHECK(totp_code(rfc_secret, i) == codes[i]);
}

TEST_CASE("a code is good one step early or late, and never at or before the last step used") {
    const Timestamp now{1'800'000'015'000};
    const std::int64_t present = totp_step(now);
    for (std::int64_t off = -3; off <= 3; ++off) {
        INFO(off);
        const auto step = matching_totp_step(rfc_secret, totp_code(rfc_secret, present + off), now, -1);
        CHECK(step.has_value() == (off >= -1 && off <= 1));
        if (step) CHECK(*step == present + off);
    }
    const std::string code = totp_code(rfc_secret, present);
    CHECK(matching_totp_step(rfc_secret, code, now, present - 1) == present);
    CHECK_FALSE(matching_totp_step(rfc_secret, code, now, present));
    CHECK_FALSE(matching_totp_step(rfc_secret, code, now, present + 1));
    for (const char* wrong : {"", "000", "1234567", "abcdef"})
        CHECK_FALSE(matching_totp_step(rfc_secret, wrong, now, -1));
}

TEST_CASE("base32 is RFC 4648's, without padding") {
    struct Vector {
        const char *plain, *text;
    };
    for (const auto& [plain, text] :
         {Vector{"", ""}, Vector{"f", "MY"}, Vector{"fo", "MZXQ"}, Vector{"foo", "MZXW6"},
          Vector{"foob", "MZXW6YQ"}, Vector{"fooba", "MZXW6YTB"}, Vector{"foobar", "MZXW6YTBOI"}})
        CHECK(base32(plain) == text);
    CHECK(base32(std::string("\xff\x00\x80", 3)) == "74AIA");
}

TEST_CASE("secrets are 160 random bits") {
    const std::string one = make_totp_secret(), two = make_totp_secret();
    CHECK(one.size() == 20);
    CHECK(one != two);
}

TEST_CASE("an authenticator's address names the store and the account, encoded") {
    CHECK(otpauth_uri("Corner Shop", "a+b@example.com", "foobar") ==
          "otpauth://totp/Corner%20Shop:a%2Bb%40example.com?secret=MZXW6YTBOI&issuer=Corner%20Shop"
          "&algorithm=SHA1&digits=6&period=30");
}
