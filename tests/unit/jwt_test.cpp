// Tokens: what is signed comes back, and nothing else gets in. Behind the wall the library's decoder is fed
// with broken payloads under a good MAC, because a leaked or shared key must not become a crash either.
#include <sodium.h>
#include <sys/stat.h>
#include <catch2/catch.hpp>
#include <security/jwt.hpp>
#include <security/security.hpp>

#include <support/result_text.hpp>
#include "scratch.hpp"

using namespace cloudretail;
using security::Claims;
using security::TokenSigner;

namespace {

const std::string secret = "a secret of the tests, long enough for HS256";
const Timestamp now{1'800'000'000'000};

Claims some_claims() { return {"user-1", "vendor", "token-1", now, now.plus_ms(3'600'000)}; }

std::string base64url(std::string_view bytes) {
    constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string text(::sodium_base64_encoded_len(bytes.size(), variant), '\0');
    ::sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                        bytes.size(), variant);
    text.pop_back();
    return text;
}

/// A token of any header and payload, correctly signed.
std::string forged(const std::string& header_segment, std::string_view payload,
                   const std::string& key = secret) {
    const std::string signed_part = header_segment + "." + base64url(payload);
    return signed_part + "." + security::hmac_sha256_base64url(key, signed_part);
}

std::string good_header(const TokenSigner& signer) {
    const std::string token = signer.sign(some_claims());
    return token.substr(0, token.find('.'));
}

std::string payload_with(const std::string& changed, const std::string& value) {
    std::vector<std::pair<std::string, std::string>> members{
        {"exp", "1800003600"},  {"iat", "1800000000"},  {"iss", "\"cloudretail\""},
        {"jti", "\"token-1\""}, {"role", "\"vendor\""}, {"sub", "\"user-1\""}};
    std::string out;
    for (const auto& [name, usual] : members) {
        const std::string& text = name == changed ? value : usual;
        if (!text.empty()) out += (out.empty() ? "{\"" : ",\"") + name + "\":" + text;
    }
    return out + "}";
}

struct Random {
    std::uint64_t state;
    std::size_t below(std::size_t n) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::size_t>(state >> 33) % n;
    }
};

}  // namespace

TEST_CASE("a signed token comes back with its claims until it expires") {
    const TokenSigner signer(secret);
    const std::string token = signer.sign(some_claims());
    const auto claims = signer.verify(token, now);
    REQUIRE(claims);
    CHECK(claims->subject == "user-1");
    CHECK(claims->role == "vendor");
    CHECK(claims->token_id == "token-1");
    CHECK(claims->issued_at == now);
    CHECK(claims->expires_at == now.plus_ms(3'600'000));
    CHECK(signer.verify(token, now.plus_ms(3'599'999)));
    CHECK_FALSE(signer.verify(token, now.plus_ms(3'600'000)));
}

TEST_CASE("the time that counts is the caller's, not the system's") {
    const TokenSigner signer(secret);
    Claims old = some_claims();
    old.issued_at = {1'000'000'000'000};
    old.expires_at = {1'000'000'060'000};
    CHECK(signer.verify(signer.sign(old), {1'000'000'000'000}));
    CHECK_FALSE(signer.verify(signer.sign(old), now));
}

TEST_CASE("a token of another key or issuer is refused") {
    const TokenSigner signer(secret), other(secret + "!"), elsewhere(secret, "elsewhere");
    CHECK_FALSE(signer.verify(other.sign(some_claims()), now));
    CHECK_FALSE(signer.verify(elsewhere.sign(some_claims()), now));
    // Our header, the other's key.
    CHECK_FALSE(signer.verify(forged(good_header(signer), payload_with("", ""), secret + "!"), now));
    CHECK(signer.verify(forged(good_header(signer), payload_with("", "")), now));
}

TEST_CASE("headers that are not ours are refused, even when correctly signed", "[pitfall-jwt-algorithm]") {
    const TokenSigner signer(secret);
    for (const char* header :
         {R"({"alg":"none","typ":"JWT"})", R"({"alg":"HS256","typ":"JWT"})", R"({"alg":5,"typ":"JWT"})",
          R"({"alg":"HS256","typ":7})", R"({"alg":"hs256"})", R"({"alg":"HS512"})", R"({"alg":"RS256"})",
          R"({})", R"([])", R"("x")", "", "{"}) {
        INFO(header);
        CHECK_FALSE(signer.verify(forged(base64url(header), payload_with("", "")), now));
    }
    const std::string token = signer.sign(some_claims());
    const std::string none = base64url(R"({"alg":"none"})") + token.substr(token.find('.'));
    CHECK_FALSE(signer.verify(none.substr(0, none.rfind('.') + 1), now));
}

TEST_CASE("every claim is required, with its type", "[pitfall-jwt-types]") {
    const TokenSigner signer(secret);
    const std::string header = good_header(signer);
    for (const char* claim : {"exp", "iat", "iss", "sub", "role", "jti"}) {
        const bool is_time = std::string_view(claim) == "exp" || std::string_view(claim) == "iat";
        for (const char* value :
             {"", "null", "true", "[]", "{}", "-1", "1e300", "1800003600.5", "99999999999999999999"}) {
            INFO(claim << " = " << value);
            CHECK_FALSE(signer.verify(forged(header, payload_with(claim, value)), now));
        }
        INFO(claim);
        CHECK_FALSE(
            signer.verify(forged(header, payload_with(claim, is_time ? "\"1800003600\"" : "5")), now));
    }
}

TEST_CASE("payloads that are not an object do not reach the caller as anything but a refusal",
          "[pitfall-jwt-types]") {
    const TokenSigner signer(secret);
    const std::string header = good_header(signer);
    const std::string deep = std::string(1'000, '[') + std::string(1'000, ']');
    for (const std::string& payload :
         std::vector<std::string>{"[]", "[1,2]", "\"text\"", "5", "null", "", "{", "\xff\xfe", deep,
                                  std::string(3, '\0'), payload_with("sub", "\"\xff\"")}) {
        INFO(payload.substr(0, 20));
        CHECK_FALSE(signer.verify(forged(header, payload), now));
    }
}

TEST_CASE("tokens of the wrong shape are refused before anything is decoded", "[pitfall-jwt-bytes]") {
    const TokenSigner signer(secret);
    const std::string token = signer.sign(some_claims());
    const std::string long_payload = payload_with("sub", "\"" + std::string(5'000, 'a') + "\"");
    const std::string high_byte = "\xff" + token.substr(1);
    std::string inside = token;
    inside[token.size() / 2] = '\x80';
    for (const std::string& bad :
         {std::string(), std::string("."), std::string(".."), std::string("..."), std::string("a.b.c"),
          token + ".", "." + token, token + "=", token + " ", token + "A", token.substr(0, token.size() - 1),
          high_byte, inside, token.substr(0, token.rfind('.') + 1), token.substr(0, token.rfind('.')),
          token + std::string(1, '\0'), std::string(5'000, 'A'), forged(good_header(signer), long_payload)}) {
        INFO(bad.substr(0, 40));
        const auto verdict = signer.verify(bad, now);
        REQUIRE_FALSE(verdict);
        CHECK(verdict.error().is(errors::unauthenticated));
        CHECK(verdict.error().detail == "The token is not valid or has expired.");
    }
}

/// 0 where it is not set: as many seconds of other random tokens follow the ones that are always tried.
std::chrono::seconds fuzz_time() {
    const char* seconds = std::getenv("CLOUDRETAIL_FUZZ_SECONDS");
    return std::chrono::seconds(seconds != nullptr ? std::atoi(seconds) : 0);
}

std::string mutated(std::string text, Random& random, bool of_same_length) {
    for (std::size_t n = 1 + random.below(4); n > 0 && !text.empty(); --n) {
        const std::size_t at = random.below(text.size());
        switch (of_same_length ? 0 : random.below(3)) {
            case 0:
                text[at] = static_cast<char>(random.below(256));
                break;
            case 1:
                text.erase(at, 1 + random.below(5));
                break;
            default:
                text.insert(at, 1, static_cast<char>(random.below(256)));
        }
    }
    return text;
}

TEST_CASE("20000 mutated tokens never crash and never pass", "[pitfall-jwt-fuzz]") {
    const TokenSigner signer(secret);
    const std::string token = signer.sign(some_claims());
    const std::string payload = payload_with("", "");
    const std::string header = good_header(signer);
    Random random{7};
    int passed = 0, decoded = 0;
    const auto end = std::chrono::steady_clock::now() + fuzz_time();
    do {
        for (int i = 0; i < 10'000; ++i) {
            const std::string changed = mutated(token, random, false);
            if (changed != token && signer.verify(changed, now)) ++passed;
        }
        // The same with the payload under a good MAC: this goes through the library's decoder.
        for (int i = 0; i < 10'000; ++i)
            if (signer.verify(forged(header, mutated(payload, random, true)), now)) ++decoded;
    } while (std::chrono::steady_clock::now() < end);
    CHECK(passed == 0);
    CHECK(decoded > 0);
}

TEST_CASE("a short secret is refused") {
    CHECK_THROWS_AS(TokenSigner(std::string(31, 'x')), std::invalid_argument);
    CHECK_NOTHROW(TokenSigner(std::string(32, 'x')));
}

TEST_CASE("the HMAC is that of RFC 4231, with short and long keys") {
    // Test cases 2 and 6, in base64url.
    CHECK(security::hmac_sha256_base64url("Jefe", "what do ya want for nothing?") ==
          "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
    CHECK(security::hmac_sha256_base64url(std::string(131, '\xaa'),
                                          "Test Using Larger Than Block-Size Key - Hash Key First") ==
          "YOQxWR7gtn8Niiaqy_W3f44LxiE3KMUUBUYEDw7jf1Q");
}

TEST_CASE("a secret is made once, kept for its owner alone, and never replaced") {
    const test::Scratch scratch;
    CHECK(security::load_or_make_secret("configured", scratch.path(), "jwt_secret") == "configured");
    const std::string made = security::load_or_make_secret("", scratch.path(), "jwt_secret");
    CHECK(made.size() == 64);
    CHECK(security::load_or_make_secret("", scratch.path(), "jwt_secret") == made);
    CHECK(security::load_or_make_secret("", scratch.path(), "other") != made);
    struct stat status {};
    REQUIRE(::stat(scratch.file("jwt_secret").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    scratch.write("cut", "0123");
    CHECK_THROWS(security::load_or_make_secret("", scratch.path(), "cut"));
    CHECK_THROWS(security::load_or_make_secret("", scratch.file("no/such/folder"), "jwt_secret"));
    CHECK(std::distance(std::filesystem::directory_iterator(scratch.path()), {}) == 3);
}
