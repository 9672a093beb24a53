// control.sock, both ends; see control.hpp.
#include <app/control.hpp>

#include <base/json.hpp>
#include <log/log.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace cloudretail::app {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t request_limit = 64 * 1024;
constexpr std::size_t reply_limit = 16 * 1024 * 1024;
constexpr milliseconds line_time{5'000};
constexpr milliseconds connect_time{5'000};
/// A backup takes what it takes; when the server ends, so does the connection.
constexpr milliseconds answer_time = milliseconds::max();

class File {
  public:
    explicit File(int number) : number_(number) {}
    File(File&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    File& operator=(File&&) = delete;
    ~File() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int get() const { return number_; }

  private:
    int number_;
};

std::runtime_error failure(const std::string& what) {
    return std::runtime_error("control.sock: " + what + ": " + std::strerror(errno));
}

/// The socket's address. A path past the 108 bytes that sockaddr_un holds goes by way of the open directory.
class Address {
  public:
    explicit Address(const std::string& data_dir)
        : directory_(::open(data_dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
        if (directory_.get() < 0) throw failure("cannot open " + data_dir);
        std::string path = data_dir + "/control.sock";
        if (path.size() >= sizeof address_.sun_path)
            path = "/proc/self/fd/" + std::to_string(directory_.get()) + "/control.sock";
        address_.sun_family = AF_UNIX;
        std::memcpy(address_.sun_path, path.data(), path.size());
    }
    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
    [[nodiscard]] const char* path() const { return address_.sun_path; }
    static constexpr socklen_t size = sizeof(sockaddr_un);

  private:
    File directory_;
    sockaddr_un address_{};
};

File make_socket() {
    File socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.get() < 0) throw failure("socket");
    return socket;
}

int left_ms(Clock::time_point end) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now()).count();
    return left > 0 ? static_cast<int>(left) : 0;
}

/// One line without its end. Throws when it is too long, too late or cut off.
std::string read_line(int socket, std::size_t limit, milliseconds time) {
    const bool for_ever = time == milliseconds::max();
    const auto end = for_ever ? Clock::time_point::max() : Clock::now() + time;
    std::string line;
    char chunk[4096];
    for (;;) {
        pollfd wait{socket, POLLIN, 0};
        const int ready = ::poll(&wait, 1, for_ever ? -1 : left_ms(end));
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) throw std::runtime_error("control.sock: the other end does not answer");
        const ssize_t n = ::recv(socket, chunk, sizeof chunk, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) throw std::runtime_error("control.sock: the connection ended early");
        line.append(chunk, static_cast<std::size_t>(n));
        if (const auto at = line.find('\n'); at != std::string::npos) return line.substr(0, at);
        if (line.size() > limit) throw std::runtime_error("control.sock: the line is too long");
    }
}

void write_line(int socket, std::string line) {
    line += '\n';
    const auto end = Clock::now() + line_time;
    for (std::size_t sent = 0; sent < line.size();) {
        pollfd wait{socket, POLLOUT, 0};
        const int ready = ::poll(&wait, 1, left_ms(end));
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) throw std::runtime_error("control.sock: the other end does not read");
        const ssize_t n = ::send(socket, line.data() + sent, line.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n < 0) throw failure("send");
        sent += static_cast<std::size_t>(n);
    }
}

std::string to_json(const VerbRequest& request) {
    json::Writer w;
    w.begin_object().member("verb", request.verb).key("options").begin_object();
    for (const auto& [name, value] : request.options) w.member(name, value);
    w.end_object().end_object();
    return w.take();
}

VerbRequest request_from(const std::string& line) {
    auto document = json::Document::parse(line);
    if (!document) throw std::runtime_error("control.sock: the request is not JSON");
    VerbRequest request{std::string(document->root()["verb"].text().value_or("")), {}};
    document->root()["options"].each_member([&](std::string_view name, json::View value) {
        request.options.emplace(name, value.text().value_or(""));
    });
    return request;
}

std::string to_json(const VerbReply& reply) {
    json::Writer w;
    w.begin_object().member("status", reply.status).member("output", reply.output).end_object();
    return w.take();
}

VerbReply reply_from(const std::string& line) {
    auto document = json::Document::parse(line);
    if (!document) throw std::runtime_error("control.sock: the answer is not JSON");
    return {static_cast<int>(document->root()["status"].integer().value_or(1)),
            std::string(document->root()["output"].text().value_or(""))};
}

File connect_within(const Address& address, milliseconds time) {
    const auto end = Clock::now() + time;
    for (;;) {
        File socket = make_socket();
        if (::connect(socket.get(), address.get(), Address::size) == 0) return socket;
        if ((errno != ENOENT && errno != ECONNREFUSED) || Clock::now() >= end)
            throw failure("the process that holds the data directory does not take commands");
        std::this_thread::sleep_for(milliseconds(50));
    }
}

}  // namespace

struct ControlServer::Impl {
    Address address;
    CarryOut carry_out;
    File listener = make_socket();
    int wake[2] = {-1, -1};  // a pipe: closed writing end = stop
    std::thread thread;

    Impl(const std::string& data_dir, CarryOut c) : address(data_dir), carry_out(std::move(c)) {
        ::unlink(address.path());
        if (::bind(listener.get(), address.get(), Address::size) != 0) throw failure("bind");
        // Nobody is listened to before the mode is right.
        if (::chmod(address.path(), 0600) != 0) throw failure("chmod");
        if (::listen(listener.get(), 8) != 0) throw failure("listen");
        if (::pipe2(wake, O_CLOEXEC) != 0) throw failure("pipe");
        thread = std::thread([this] { serve(); });
    }
    ~Impl() {
        ::close(wake[1]);
        thread.join();
        ::close(wake[0]);
        ::unlink(address.path());
    }
    Impl(const Impl&) = delete;

    void serve() {
        for (;;) {
            pollfd waits[2] = {{listener.get(), POLLIN, 0}, {wake[0], POLLIN, 0}};
            if (::poll(waits, 2, -1) < 0) continue;  // EINTR; nothing else can be
            if (waits[1].revents != 0) return;
            const File connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (connection.get() < 0) continue;
            try {
                answer(connection.get());
            } catch (const std::exception& e) {
                log::warning("a control connection failed", {{"error", e.what()}});
            }
        }
    }

    void answer(int connection) {
        const VerbRequest request = request_from(read_line(connection, request_limit, line_time));
        log::info("carrying out a verb of the command line", {{"verb", request.verb}});
        VerbReply reply;
        try {
            reply = carry_out(request);
        } catch (const std::exception& e) {
            reply = {1, std::string("cloudretail: ") + e.what() + "\n"};
        }
        write_line(connection, to_json(reply));
    }
};

ControlServer::ControlServer(const std::string& data_dir, CarryOut carry_out)
    : impl_(std::make_unique<Impl>(data_dir, std::move(carry_out))) {}

ControlServer::~ControlServer() = default;

VerbReply ask(const std::string& data_dir, const VerbRequest& request) {
    const Address address(data_dir);
    const File socket = connect_within(address, connect_time);
    write_line(socket.get(), to_json(request));
    return reply_from(read_line(socket.get(), reply_limit, answer_time));
}

}  // namespace cloudretail::app
