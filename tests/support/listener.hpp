// A listening TCP socket on a free port, for the servers that tests play. Throws where it cannot listen; the
// caller closes it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace cloudretail::test {

struct Listener {
    int socket;
    std::uint16_t port;
};

inline Listener listen_on(const std::string& where) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, where.c_str(), &address.sin_addr);
    socklen_t size = sizeof address;
    if (listener < 0 || ::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener, 128) != 0 ||
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("nobody can listen on " + where);
    return {listener, ntohs(address.sin_port)};
}

}  // namespace cloudretail::test
