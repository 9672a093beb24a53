// Signing with cpp-jwt, and the wall in front of its decoder (version 1.4 aborts on bytes >= 0x80, throws
// through its error_code overload, accepts tokens without exp): nothing that we did not sign ourselves gets
// to it. Any thread.
#include <security/jwt.hpp>
#include <security/security.hpp>

#include <algorithm>
#include <jwt/jwt.hpp>
#include <stdexcept>

namespace cloudretail::security {
namespace {

constexpr std::size_t longest_token = 4096;
constexpr std::int64_t latest_second = 253'402'300'799;  // the end of the year 9999

bool is_token_char(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

std::optional<std::string> string_claim(const nlohmann::json& payload, const char* name) {
    const auto at = payload.find(name);
    if (at == payload.end() || !at->is_string()) return std::nullopt;
    return at->get<std::string>();
}

/// NumericDate (RFC 7519 2), whole seconds only.
std::optional<Timestamp> time_claim(const nlohmann::json& payload, const char* name) {
    const auto at = payload.find(name);
    if (at == payload.end() || !at->is_number_integer()) return std::nullopt;
    const auto seconds = at->get<std::int64_t>();
    if (seconds < 0 || seconds > latest_second) return std::nullopt;
    return Timestamp{seconds * 1000};
}

std::optional<Claims> read_claims(const nlohmann::json& payload, const std::string& issuer) {
    if (!payload.is_object() || string_claim(payload, "iss") != issuer) return std::nullopt;
    auto subject = string_claim(payload, "sub");
    auto role = string_claim(payload, "role");
    auto token_id = string_claim(payload, "jti");
    const auto issued = time_claim(payload, "iat");
    const auto expires = time_claim(payload, "exp");
    if (!subject || !role || !token_id || !issued || !expires) return std::nullopt;
    return Claims{std::move(*subject), std::move(*role), std::move(*token_id), *issued, *expires};
}

/// Runs the library's decoder on a token whose header and MAC are known to be ours. Its own verification is
/// left off: it knows only the system's clock, and converts an `exp` of 1e300 without looking.
std::optional<Claims> decode(std::string_view token, const std::string& secret, const std::string& issuer) {
    try {
        std::error_code failure;
        const auto object =
            jwt::decode(jwt::string_view(token.data(), token.size()), jwt::params::algorithms({"HS256"}),
                        failure, jwt::params::secret(secret), jwt::params::verify(false));
        if (failure || object.header().algo() != jwt::algorithm::HS256) return std::nullopt;
        return read_claims(object.payload().create_json_obj(), issuer);
    } catch (...) {
        return std::nullopt;
    }
}

}  // namespace

TokenSigner::TokenSigner(std::string secret, std::string issuer)
    : secret_(std::move(secret)), issuer_(std::move(issuer)) {
    initialize();
    if (secret_.size() < 32) throw std::invalid_argument("a token secret must be at least 32 bytes long");
    // Names the key without telling anything about it.
    key_id_ = hmac_sha256_base64url(secret_, "cloudretail key id").substr(0, 8);
    const std::string sample = sign(Claims{});
    header_ = sample.substr(0, sample.find('.'));
}

std::string TokenSigner::sign(const Claims& claims) const {
    jwt::jwt_object object{jwt::params::algorithm("HS256"), jwt::params::secret(secret_)};
    object.header().add_header("kid", key_id_);
    object.add_claim("iss", issuer_);
    object.add_claim("sub", claims.subject);
    object.add_claim("role", claims.role);
    object.add_claim("jti", claims.token_id);
    object.add_claim("iat", claims.issued_at.ms / 1000);
    object.add_claim("exp", claims.expires_at.ms / 1000);
    std::error_code failure;
    std::string token = object.signature(failure);
    if (failure) throw std::runtime_error("a token cannot be signed: " + failure.message());
    return token;
}

Result<Claims> TokenSigner::verify(std::string_view token, Timestamp now) const {
    const Error refused(errors::unauthenticated, "The token is not valid or has expired.");
    if (token.size() > longest_token || !std::all_of(token.begin(), token.end(), is_token_char))
        return refused;
    if (std::count(token.begin(), token.end(), '.') != 2) return refused;
    const std::size_t first = token.find('.'), second = token.rfind('.');
    if (token.substr(0, first) != header_) return refused;
    const std::string mac = hmac_sha256_base64url(secret_, token.substr(0, second));
    if (!equal_in_constant_time(mac, token.substr(second + 1))) return refused;

    auto claims = decode(token, secret_, issuer_);
    if (!claims || claims->expires_at <= now) return refused;
    return std::move(*claims);
}

}  // namespace cloudretail::security
