// sd_notify by hand; see notify.hpp.
#include <app/notify.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

namespace cloudretail::app {

namespace {

std::string_view environment(const char* name) {
    const char* const value = std::getenv(name);
    return value ? std::string_view(value) : std::string_view();
}

}  // namespace

void notify(std::string_view state) {
    const std::string_view path = environment("NOTIFY_SOCKET");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() < 2 || path.size() >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path[0] == '@') address.sun_path[0] = '\0';  // the abstract namespace
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return;
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    // A manager that does not listen is its own trouble: the service runs on.
    (void)::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                   reinterpret_cast<const sockaddr*>(&address), length);
    ::close(socket);
}

std::int64_t watchdog_ms() {
    const std::string pid(environment("WATCHDOG_PID"));
    if (!pid.empty() && std::strtol(pid.c_str(), nullptr, 10) != ::getpid()) return 0;
    const std::string us(environment("WATCHDOG_USEC"));
    return us.empty() ? 0 : std::strtoll(us.c_str(), nullptr, 10) / 1000;
}

Watchdog::Watchdog(runtime::Runtime& runtime)
    : runtime_(runtime),
      turned_(std::make_shared<std::vector<std::atomic<bool>>>(static_cast<std::size_t>(runtime.size()))) {
    for (auto& turned : *turned_) turned = true;
}

bool Watchdog::feed() {
    for (const auto& turned : *turned_)
        if (!turned) return false;
    notify("WATCHDOG=1");
    for (int i = 0; i < runtime_.size(); ++i) {
        (*turned_)[static_cast<std::size_t>(i)] = false;
        runtime::net::post(runtime_.context(i),
                           [all = turned_, i] { (*all)[static_cast<std::size_t>(i)] = true; });
    }
    return true;
}

}  // namespace cloudretail::app
