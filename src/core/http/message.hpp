// Plain request and response: what the rest of the house sees of HTTP. Beast stays in request_parser.cpp.
// Any thread.
#pragma once

#include <base/error.hpp>
#include <base/task.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloudretail::http {

namespace errors {
inline constexpr ErrorType bad_request{"bad-request", "The request is not valid HTTP", ErrorKind::malformed};
inline constexpr ErrorType too_large{"too-large", "The body is too large", ErrorKind::too_large};
}  // namespace errors

enum class Method { get, head, post, put, patch, del, options, other };

std::string_view to_text(Method method);

/// Do two field names (or tokens such as "gzip") agree, ASCII case aside?
bool same_name(std::string_view a, std::string_view b);

/// Header fields in order of arrival; names compare without case.
class Fields {
  public:
    void add(std::string name, std::string value) { list_.emplace_back(std::move(name), std::move(value)); }
    /// Replaces every field of that name by this one.
    void set(std::string_view name, std::string value);
    /// The first value, or an empty view.
    [[nodiscard]] std::string_view get(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& list() const { return list_; }

  private:
    std::vector<std::pair<std::string, std::string>> list_;
};

struct Request {
    Method method = Method::get;
    std::string method_text;
    std::string target;                                      // as sent: /api/products?page=2
    std::string path;                                        // decoded, without the query: /api/products
    std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
    Fields headers;  // snapshot taken before the body: trailers never get in
    std::string body;
    std::string peer;  // address of the TCP peer, text
    /// Where the body is not read before the handler is called (ServerSettings::streams): its next part, a
    /// hundred kilobytes or so at most; nullopt when all of it has come. Then `body` stays empty. Errors:
    /// bad_request (also where it ends early or comes too slowly), too_large; nothing more comes after one.
    std::function<Task<Result<std::optional<std::string>>>()> read_piece;
    [[nodiscard]] std::optional<std::string_view> query_value(std::string_view name) const;
};

struct Response {
    int status = 200;
    Fields headers;
    std::string body;
    /// Instead of body: bytes shared with a cache, sent without a copy.
    std::shared_ptr<const std::string> shared_body;
    /// Instead of a body: asked for one piece after the other until nullopt; each is sent (as one chunk)
    /// before the next is asked for. Throwing breaks the connection off, so that the peer knows it has not
    /// got all.
    std::function<Task<std::optional<std::string>>()> stream{};
    /// For a stream that waits for news: called at most once, on the connection's thread, when the peer has
    /// gone or the server is shutting down. The stream should end soon then. Without it a stream runs to its
    /// end.
    std::function<void()> end_stream{};
    [[nodiscard]] const std::string& content() const { return shared_body ? *shared_body : body; }
};

Response json_response(int status, std::string body);

using Handler = std::function<Task<Response>(Request&)>;

}  // namespace cloudretail::http
