// See cutting_proxy.hpp. Blocking sockets, one thread per connection.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string_view>
#include <support/cutting_proxy.hpp>

namespace cloudretail::test {
namespace {

int checked(int result, const char* what) {
    if (result < 0) throw std::runtime_error(what);
    return result;
}

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

bool forward(int to, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

}  // namespace

CuttingProxy::CuttingProxy(const std::string& url, int port) {
    const std::size_t colon = url.rfind(':');
    port_ = url.substr(colon + 1, url.find('/', colon) - colon - 1);
    listener_ = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
    const int yes = 1;
    checked(setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), "setsockopt");
    sockaddr_in address = loopback(port);
    socklen_t length = sizeof address;
    checked(bind(listener_, reinterpret_cast<sockaddr*>(&address), length), "bind");
    checked(listen(listener_, 16), "listen");
    checked(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
    listening_port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_loop(); });
}

CuttingProxy::~CuttingProxy() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
        const std::lock_guard lock(mutex_);
        for (const int socket : open_) shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& connection : connections_) connection.join();
    for (const int socket : open_) close(socket);
    close(listener_);
}

std::string CuttingProxy::url(const std::string& url) const {
    const std::size_t colon = url.rfind(':');
    return url.substr(0, colon + 1) + std::to_string(listening_port_) + url.substr(url.find('/', colon));
}

void CuttingProxy::accept_loop() {
    for (;;) {
        const int client = accept(listener_, nullptr, nullptr);
        if (client < 0) return;
        const std::lock_guard lock(mutex_);
        open_.push_back(client);
        connections_.emplace_back([this, client] { serve(client); });
    }
}

void CuttingProxy::serve(int client) {
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    {
        const std::lock_guard lock(mutex_);
        open_.push_back(server);
    }
    sockaddr_in address = loopback(std::stoi(port_));
    bool going = connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    bool cut_answer = false;
    char buffer[16'384];
    while (going) {
        pollfd both[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
        if (poll(both, 2, -1) < 0) break;
        const bool asked = (both[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
        const ssize_t got = recv(asked ? client : server, buffer, sizeof buffer, 0);
        if (got <= 0) break;
        const std::string_view bytes(buffer, static_cast<std::size_t>(got));
        if (asked && bytes.find(std::string_view("COMMIT\0", 7)) != std::string_view::npos) {
            const Cut cut = cut_.exchange(Cut::nothing);
            if (cut != Cut::nothing) fired_ = true;
            if (cut == Cut::before_commit) break;
            cut_answer = cut == Cut::after_commit;
        }
        if (asked && requests_.fetch_sub(1) == 1) {
            fired_ = true;
            if (side_ == Side::request) break;
            cut_answer = true;
        }
        if (!asked && cut_answer) break;
        going = forward(asked ? server : client, bytes);
    }
    shutdown(client, SHUT_RDWR);
    shutdown(server, SHUT_RDWR);
}

}  // namespace cloudretail::test
