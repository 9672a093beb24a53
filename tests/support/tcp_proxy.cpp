// See tcp_proxy.hpp. One poll loop over all sockets; it looks at its flags every 20 ms.
#include <support/tcp_proxy.hpp>

#include <support/listener.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <stdexcept>
#include <vector>

namespace cloudretail::test {

namespace {

sockaddr_in address_of(const std::string& host, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
    return address;
}

/// Everything that is there now, from one to the other; false when either end is over.
bool pump(int from, int to) {
    char chunk[16 * 1024];
    const ssize_t n = ::recv(from, chunk, sizeof chunk, 0);
    for (ssize_t sent = 0; sent < n;) {
        const ssize_t more = ::send(to, chunk + sent, static_cast<std::size_t>(n - sent), MSG_NOSIGNAL);
        if (more <= 0) return false;
        sent += more;
    }
    return n > 0;
}

}  // namespace

struct TcpProxy::Pair {
    int client, server;
};

TcpProxy::TcpProxy(std::string host, std::uint16_t port, bool away)
    : host_(std::move(host)), target_(port), away_(away) {
    const Listener listener = listen_on("127.0.0.1");
    listener_ = listener.socket;
    port_ = listener.port;
    thread_ = std::thread([this] { run(); });
}

TcpProxy::~TcpProxy() {
    stop_ = true;
    thread_.join();
    ::close(listener_);
}

void TcpProxy::run() {
    std::vector<Pair> pairs;
    const auto drop = [](const Pair& pair) {
        ::close(pair.client);
        ::close(pair.server);
    };
    const auto accept = [&] {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) return;
        const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = address_of(host_, target_);
        const Pair pair{client, server};
        if (away_ || ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            return drop(pair);
        pairs.push_back(pair);
    };
    while (!stop_) {
        if (away_) {
            std::for_each(pairs.begin(), pairs.end(), drop);
            pairs.clear();
        }
        std::vector<pollfd> waits{{listener_, POLLIN, 0}};
        for (const Pair& pair : pairs) {
            waits.push_back({pair.client, POLLIN, 0});
            waits.push_back({pair.server, POLLIN, 0});
        }
        if (::poll(waits.data(), waits.size(), 20) <= 0) continue;
        std::vector<Pair> open;
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            const bool good = (waits[1 + 2 * i].revents == 0 || pump(pairs[i].client, pairs[i].server)) &&
                              (waits[2 + 2 * i].revents == 0 || pump(pairs[i].server, pairs[i].client));
            if (good) {
                open.push_back(pairs[i]);
            } else {
                drop(pairs[i]);
            }
        }
        pairs = std::move(open);
        if (waits[0].revents != 0) accept();
    }
    std::for_each(pairs.begin(), pairs.end(), drop);
}

std::string with_port(const std::string& url, std::uint16_t port) {
    const auto slash = url.rfind('/');
    const auto colon = url.rfind(':', slash);
    return url.substr(0, colon + 1) + std::to_string(port) + url.substr(slash);
}

std::uint16_t port_of(const std::string& url) {
    const auto slash = url.rfind('/');
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':', slash) + 1)));
}

}  // namespace cloudretail::test
