// One blocking request; see ask_health.hpp.
#include <app/ask_health.hpp>

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <memory>

namespace cloudretail::app {

namespace {

constexpr timeval patience{5, 0};
constexpr std::string_view request =
    "GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Where it listens on all addresses, it also listens on the loopback one.
std::string reachable(const std::string& address) {
    if (address == "0.0.0.0") return "127.0.0.1";
    return address == "::" ? "::1" : address;
}

int connect_to(const std::string& address, const std::string& port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address.c_str(), port.c_str(), &hints, &found) != 0) return -1;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
    const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(fd, found->ai_addr, found->ai_addrlen) == 0) return fd;
    ::close(fd);
    return -1;
}

/// The beginning of the answer: "HTTP/1.1 200"; empty where none came.
std::string status_line(int fd) {
    std::string line(12, '\0');
    if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
        return {};
    if (::recv(fd, line.data(), line.size(), MSG_WAITALL) != static_cast<ssize_t>(line.size())) return {};
    return line;
}

}  // namespace

VerbReply ask_health(const config::Config& config) {
    const std::string address = reachable(config.text("gateway.address"));
    const std::string port = config.text("gateway.port");
    const int fd = connect_to(address, port);
    if (fd < 0) return {1, "cloudretail: nobody answers at " + address + " port " + port + "\n"};
    const std::string line = status_line(fd);
    ::close(fd);
    if (line == "HTTP/1.1 200") return {0, "ready\n"};
    return {1, "cloudretail: the server is not ready" + (line.empty() ? "" : " (" + line + ")") + "\n"};
}

}  // namespace cloudretail::app
