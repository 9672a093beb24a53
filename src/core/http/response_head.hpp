// Writes status line and header of a response as the bytes that go out, with the fields that are the server's
// own (Date, Content-Length, Connection). Used by one thread at a time.
#pragma once

#include <array>
#include <ctime>
#include <http/message.hpp>
#include <string>
#include <string_view>

namespace cloudretail::http {

/// The value of Date (RFC 9110 section 6.6.1), made once a second.
class DateCache {
  public:
    std::string_view at(std::time_t now);

  private:
    std::time_t second_ = -1;
    std::array<char, 30> text_{};
};

struct HeadOptions {
    bool head_request = false;  // Content-Length as for GET
    bool close = false;         // Connection: close
    bool keep_alive = false;    // an HTTP/1.0 client must be told
    bool chunked = false;       // the length is not known: Transfer-Encoding instead of Content-Length
    bool until_close = false;   // nor may it be said, to an HTTP/1.0 client
    std::string_view date;
};

/// May a response of this status carry a body (RFC 9110 section 6.4.1)?
bool may_have_body(int status);

/// Fields of the response that are the server's business are left out; control characters in values become
/// spaces, so that no value can end its line.
std::string render_head(const Response& response, const HeadOptions& options);

}  // namespace cloudretail::http
