// See events.hpp. Subscribers have a thread of their own; the orders' answers are compared with it at the
// end.
#include "events.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "drive.hpp"
#include "http.hpp"

namespace bench {

namespace {

constexpr std::size_t id_length = 36;

struct Heard {
    std::string order;
    Clock::time_point at;
};

class Subscribers {
  public:
    Subscribers(int port, const std::string& token, int count) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
        raise_file_limit(static_cast<std::size_t>(count) + 64);
        const auto request = make_request("GET", "/api/events?types=order.created", "", token);
        for (int i = 0; i < count; ++i) {
            const int fd = dial(port);
            if (write(fd, request.data(), request.size()) != static_cast<ssize_t>(request.size()))
                std::exit(1);
            streams_.push_back({fd, {}});
        }
        for (auto& s : streams_) await_head(s);
        for (std::size_t i = 0; i < streams_.size(); ++i) {
            fcntl(streams_[i].fd, F_SETFL, fcntl(streams_[i].fd, F_GETFL) | O_NONBLOCK);
            epoll_event event{EPOLLIN, {.u64 = i}};
            epoll_ctl(epoll_, EPOLL_CTL_ADD, streams_[i].fd, &event);
        }
        thread_ = std::thread([this] { listen(); });
    }
    ~Subscribers() {
        for (const auto& s : streams_) close(s.fd);
        close(epoll_);
    }
    Subscribers(const Subscribers&) = delete;
    std::vector<Heard> end() {
        stop_ = true;
        thread_.join();
        return std::move(heard_);
    }
    [[nodiscard]] std::size_t so_far() const { return count_; }

  private:
    struct Stream {
        int fd;
        std::string in;
    };
    static void await_head(Stream& s) {
        char buffer[4096];
        while (s.in.find("retry:") == std::string::npos) {
            const auto n = read(s.fd, buffer, sizeof buffer);
            if (n <= 0 || !(s.in.append(buffer, static_cast<std::size_t>(n))).starts_with("HTTP/1.1 200")) {
                std::fprintf(stderr, "no stream of events: %s\n", s.in.c_str());
                std::exit(1);
            }
        }
    }
    void listen() {
        epoll_event events[256];
        char buffer[65536];
        while (!stop_) {
            const int n = epoll_wait(epoll_, events, 256, 50);
            for (int i = 0; i < n; ++i) {
                auto& s = streams_[events[i].data.u64];
                const auto got = read(s.fd, buffer, sizeof buffer);
                if (got <= 0) {
                    epoll_ctl(epoll_, EPOLL_CTL_DEL, s.fd, nullptr);
                    continue;
                }
                s.in.append(buffer, static_cast<std::size_t>(got));
                read_events(s);
            }
        }
    }
    void read_events(Stream& s) {
        const auto now = Clock::now();
        for (auto end = s.in.find("\n\n"); end != std::string::npos; end = s.in.find("\n\n")) {
            const auto subject = member(std::string_view(s.in).substr(0, end), "subject");
            if (subject.size() == id_length) {
                heard_.push_back({subject, now});
                ++count_;
            }
            s.in.erase(0, end + 2);
        }
    }

    int epoll_;
    std::vector<Stream> streams_;
    std::thread thread_;
    std::atomic<bool> stop_{false};
    std::atomic<std::size_t> count_{0};
    std::vector<Heard> heard_;
};

}  // namespace

void fan_out(int port, int server, int postmaster, const Shop& shop, int subscribers, double rate,
             double for_s) {
    Subscribers listening(port, shop.vendor, subscribers);
    Tally tally(server, postmaster);
    Visitor visitor(shop, "order");
    Drive drive(
        port, [&](std::size_t who) { return visitor.next(who); }, tally);
    std::unordered_map<std::string, Clock::time_point> answered;
    drive.on_answer([&](std::string_view answer, int status) {
        const auto head = answer.find("\r\n\r\n");
        if (status == 201) answered.emplace(member(answer.substr(head), "id"), Clock::now());
    });
    drive.open(rate, for_s, 64, 5);
    const auto expected = answered.size() * static_cast<std::size_t>(subscribers);
    // What other orders set going may still arrive too: the end is when nothing has come for a second.
    auto heard = listening.so_far();
    for (auto still_since = Clock::now(); Clock::now() - still_since < seconds(1);) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        if (listening.so_far() != heard) still_since = Clock::now();
        heard = listening.so_far();
    }
    std::vector<double> delays;
    for (const auto& one : listening.end()) {
        const auto at = answered.find(one.order);
        if (at != answered.end()) delays.push_back(std::max(0.0, ms_between(at->second, one.at)));
    }
    std::sort(delays.begin(), delays.end());
    char text[256];
    std::snprintf(text, sizeof text,
                  R"(,"delivered":%zu,"missing":%zu,"delayP50ms":%.2f,"delayP99ms":%.2f,"delayP999ms":%.2f)",
                  delays.size(), expected - std::min(expected, delays.size()), quantile(delays, 0.5),
                  quantile(delays, 0.99), quantile(delays, 0.999));
    tally.print(text);
}

}  // namespace bench
