// A small HTTP/1.1 connection for the load generator: blocking for set-up, or driven by epoll. Knows
// Content-Length answers only, which is all our server and nginx send.
#pragma once

#include <string>
#include <string_view>

namespace bench {

struct Reply {
    int status = 0;
    std::string body;
};

/// Connects to 127.0.0.1:port (TCP_NODELAY). Exits with a message when it cannot.
int dial(int port);
/// One blocking request on a fresh connection.
Reply call(int port, std::string_view method, std::string_view path, std::string_view body,
           std::string_view token);
/// Looks for one whole answer at the start of `buffer`: its length in bytes, or 0 when it is not complete;
/// sets status.
std::size_t answer_length(std::string_view buffer, int& status);
std::string make_request(std::string_view method, std::string_view path, std::string_view body,
                         std::string_view token, std::string_view extra_headers = {});
/// The text of a string member of flat JSON; enough for ids and tokens.
std::string member(std::string_view json, std::string_view name);

}  // namespace bench
