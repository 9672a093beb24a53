// The load generator's HTTP; see http.hpp.
#include "http.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace bench {

int dial(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
        std::perror("connect");
        std::exit(1);
    }
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

std::size_t answer_length(std::string_view buffer, int& status) {
    auto end = buffer.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    std::from_chars(buffer.data() + 9, buffer.data() + 12, status);
    std::size_t length = 0;
    for (auto name : {std::string_view("\r\nContent-Length: "), std::string_view("\r\ncontent-length: ")}) {
        auto at = buffer.substr(0, end).find(name);
        if (at == std::string_view::npos) continue;
        std::from_chars(buffer.data() + at + name.size(), buffer.data() + end, length);
    }
    std::size_t whole = end + 4 + length;
    return buffer.size() >= whole ? whole : 0;
}

std::string make_request(std::string_view method, std::string_view path, std::string_view body,
                         std::string_view token, std::string_view extra_headers) {
    std::string r;
    r.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    if (!token.empty()) r.append("Authorization: Bearer ").append(token).append("\r\n");
    if (!body.empty())
        r.append("Content-Type: application/json\r\nContent-Length: ")
            .append(std::to_string(body.size()))
            .append("\r\n");
    r.append(extra_headers).append("\r\n").append(body);
    return r;
}

Reply call(int port, std::string_view method, std::string_view path, std::string_view body,
           std::string_view token) {
    int fd = dial(port);
    auto request = make_request(method, path, body, token, "Connection: close\r\n");
    for (std::size_t sent = 0; sent < request.size();) {
        auto n = write(fd, request.data() + sent, request.size() - sent);
        if (n <= 0) break;
        sent += static_cast<std::size_t>(n);
    }
    Reply reply;
    std::string in;
    char buffer[16384];
    for (;;) {
        auto whole = answer_length(in, reply.status);
        if (whole != 0) break;
        auto n = read(fd, buffer, sizeof buffer);
        if (n <= 0) break;
        in.append(buffer, static_cast<std::size_t>(n));
    }
    close(fd);
    auto head = in.find("\r\n\r\n");
    if (head != std::string::npos) reply.body = in.substr(head + 4);
    return reply;
}

std::string member(std::string_view json, std::string_view name) {
    auto key = "\"" + std::string(name) + "\":\"";
    auto at = json.find(key);
    if (at == std::string_view::npos) return {};
    auto from = at + key.size();
    return std::string(json.substr(from, json.find('"', from) - from));
}

}  // namespace bench
