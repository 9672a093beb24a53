// Cross-origin requests (Fetch standard): an allow-list of origins and the answers to preflights. Cookies
// never cross origins: only requests with a token of their own are let in. Thread rule: constant after
// construction.
#pragma once

#include <http/message.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::gateway {

class Cors {
  public:
    /// Origins as browsers send them ("https://shop.example"), or "*" for all.
    explicit Cors(std::vector<std::string> origins);
    /// The answer to any OPTIONS request; `allow` is the path's Allow, empty where there is no such path.
    [[nodiscard]] std::optional<http::Response> preflight(const http::Request& request,
                                                          const std::string& allow) const;
    /// Adds what a browser needs to show an answer to a page of an allowed origin.
    void mark(const http::Request& request, http::Response& response) const;

  private:
    [[nodiscard]] bool allowed(std::string_view origin) const;
    std::vector<std::string> origins_;
    bool all_ = false;
};

}  // namespace cloudretail::gateway
