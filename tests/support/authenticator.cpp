// See authenticator.hpp.
#include <support/authenticator.hpp>

#include <algorithm>
#include <base/clock.hpp>
#include <security/totp.hpp>
#include <stdexcept>

namespace cloudretail::test {

std::string bytes_of(const std::string& base32) {
    const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : base32) {
        bits = (bits << 5 | static_cast<std::uint32_t>(alphabet.find(c))) & 0xffff;
        if ((count += 5) >= 8) out.push_back(static_cast<char>(bits >> (count -= 8) & 0xff));
    }
    return out;
}

Authenticator::Authenticator(HttpClient& client, Account account)
    : client_(client), account_(std::move(account)) {
    const auto setup = client_.post("/api/users/me/2fa/setup", "", account_.headers());
    if (setup.status != 200) throw std::runtime_error("setting up a second factor: " + setup.body);
    secret_ = bytes_of(at(setup, "secret"));
    qr_svg_ = at(setup, "qrSvg");
}

std::vector<std::string> Authenticator::enable() {
    const auto enabled =
        client_.post("/api/users/me/2fa/enable", R"({"code":")" + next_code() + "\"}", account_.headers());
    if (enabled.status != 200) throw std::runtime_error("switching on a second factor: " + enabled.body);
    std::vector<std::string> codes;
    for (int i = 0; i < 10; ++i) codes.push_back(at(enabled, "recoveryCodes/" + std::to_string(i)));
    return codes;
}

std::string Authenticator::next_code() {
    step_ = std::max(step_ + 1, security::totp_step(system_clock().now()));
    return security::totp_code(secret_, step_);
}

}  // namespace cloudretail::test
