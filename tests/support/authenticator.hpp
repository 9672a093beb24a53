// An authenticator app of an account, over HTTP: sets a second factor up and shows codes of it, each of a
// later step than the one before, so that none was used. Thread rule: as the client that is given.
#pragma once

#include <string>
#include <support/shop.hpp>
#include <vector>

namespace cloudretail::test {

/// The bytes of a secret as setup shows it (base32, RFC 4648, without padding), as an authenticator app reads
/// it.
std::string bytes_of(const std::string& base32);

class Authenticator {
  public:
    /// POST /api/users/me/2fa/setup. Throws where it is refused.
    Authenticator(HttpClient& client, Account account);
    /// POST …/enable; the recovery codes.
    std::vector<std::string> enable();
    /// Good now. At most two within half a minute: of the present step and the next.
    std::string next_code();
    [[nodiscard]] const std::string& qr_svg() const { return qr_svg_; }

  private:
    HttpClient& client_;
    Account account_;
    std::string secret_, qr_svg_;
    std::int64_t step_ = 0;  // of the last code shown
};

}  // namespace cloudretail::test
