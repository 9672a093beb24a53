// Finds the route of a method and a path: a tree of path segments in which a literal beats a parameter. Knows
// nothing of authentication or schemas. Thread rule: filled at start, then constant.
#pragma once

#include <gateway/route.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::gateway {

/// What the router found.
struct Match {
    int route = -1;                   // index given to add(); -1: none for this method
    bool path_known = false;          // the path exists: 405 rather than 404
    std::string allow;                // for 405 and OPTIONS: "GET, HEAD, POST, OPTIONS"
    std::vector<std::string> values;  // of the parameters, in order
};

class Router {
  public:
    Router();
    ~Router();
    Router(Router&&) noexcept;
    /// `path` is "/api/orders/{id}"; below /api it is served under /api/v1 too. Throws std::invalid_argument
    /// when the method and path are taken or the template is not one.
    void add(http::Method method, std::string_view path, int route);
    /// `path` is decoded and without a query. HEAD finds the route of GET. A path of more than 16 segments is
    /// unknown. "*" is no path, but allows what any path does (RFC 9110 section 9.3.7).
    [[nodiscard]] Match find(http::Method method, std::string_view path) const;

  private:
    struct Node;
    std::unique_ptr<Node> root_;
    std::unique_ptr<Node> every_;  // the methods of all paths
};

}  // namespace cloudretail::gateway
