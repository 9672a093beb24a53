// See drive.hpp.
#include "drive.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "http.hpp"

namespace bench {

Drive::Drive(int port, Next next, Tally& tally)
    : port_(port), epoll_(epoll_create1(EPOLL_CLOEXEC)), next_(std::move(next)), tally_(tally) {}

Drive::~Drive() {
    for (const auto& c : connections_)
        if (c.fd >= 0) close(c.fd);
    close(epoll_);
}

void Drive::connect(std::size_t who) {
    Connection& c = connections_[who];
    c.fd = dial(port_);
    c.in.clear();
    fcntl(c.fd, F_SETFL, fcntl(c.fd, F_GETFL) | O_NONBLOCK);
    epoll_event event{EPOLLIN, {.u64 = who}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &event);
}

void Drive::send(std::size_t who, Clock::time_point due) {
    Connection& c = connections_[who];
    if (c.fd < 0) connect(who);
    const std::string request = next_(who);
    c.due = due;
    c.busy = true;
    c.counted = tally_.counting();
    const auto n = write(c.fd, request.data(), request.size());
    if (n == static_cast<ssize_t>(request.size())) return;
    std::fprintf(stderr, "a request of %zu bytes did not fit the socket\n", request.size());
    std::exit(1);
}

bool Drive::readable(std::size_t who) {
    Connection& c = connections_[who];
    char buffer[65536];
    const auto n = read(c.fd, buffer, sizeof buffer);
    if (n < 0 && errno == EAGAIN) return false;
    if (n <= 0) {  // closed; a request under way is lost
        close(c.fd);
        c.fd = -1;
        if (!c.busy) return false;
        c.busy = false;
        if (c.counted) tally_.lost(1);
        return true;
    }
    c.in.append(buffer, static_cast<std::size_t>(n));
    int status = 0;
    const auto whole = answer_length(c.in, status);
    if (whole == 0) return false;
    const std::string_view answer = std::string_view(c.in).substr(0, whole);
    if (c.counted) {
        tally_.answered(status, ms_between(c.due, Clock::now()), answer);
        if (heard_) heard_(answer, status);
    }
    c.in.erase(0, whole);
    c.shed = status == 503 || status == 429;
    c.busy = false;
    return true;
}

void Drive::wait(Clock::time_point until, const std::function<void(std::size_t)>& then) {
    const auto left = std::max<std::int64_t>(
        0, std::chrono::duration_cast<std::chrono::nanoseconds>(until - Clock::now()).count());
    const timespec timeout{left / 1'000'000'000, left % 1'000'000'000};
    epoll_event events[512];
    const int n = epoll_pwait2(epoll_, events, 512, &timeout, nullptr);
    for (int i = 0; i < n; ++i) {
        const auto who = static_cast<std::size_t>(events[i].data.u64);
        if (connections_[who].fd >= 0 && readable(who)) then(who);
    }
}

void Drive::closed(int clients, double warm_up_s, double for_s) {
    raise_file_limit(static_cast<std::size_t>(clients));
    connections_.resize(static_cast<std::size_t>(clients));
    for (std::size_t who = 0; who < connections_.size(); ++who) send(who, Clock::now());
    std::deque<std::pair<Clock::time_point, std::size_t>> away;  // shed, and when they come back
    const auto again = [&](std::size_t who) {
        if (!connections_[who].shed) return send(who, Clock::now());
        away.emplace_back(Clock::now() + seconds(1), who);
    };
    const auto until = [&](Clock::time_point end) {
        while (Clock::now() < end) {
            for (; !away.empty() && away.front().first <= Clock::now(); away.pop_front())
                send(away.front().second, Clock::now());
            wait(away.empty() ? end : std::min(end, away.front().first), again);
        }
    };
    until(Clock::now() + seconds(warm_up_s));
    tally_.begin();
    until(Clock::now() + seconds(for_s));
    tally_.end();
}

void Drive::open(double rate, double for_s, int most, double grace_s) {
    raise_file_limit(static_cast<std::size_t>(most));
    connections_.reserve(static_cast<std::size_t>(most));
    std::vector<std::size_t> free;
    std::deque<Clock::time_point> waiting;
    const auto freed = [&](std::size_t who) {
        if (waiting.empty()) return free.push_back(who);
        send(who, waiting.front());
        waiting.pop_front();
    };
    tally_.begin();
    const auto begin = Clock::now();
    const auto all = static_cast<std::int64_t>(rate * for_s);
    const auto due_at = [&](std::int64_t i) { return begin + seconds(static_cast<double>(i) / rate); };
    for (std::int64_t i = 0; i < all;) {
        for (; i < all && due_at(i) <= Clock::now(); ++i) {
            if (free.empty() && connections_.size() < static_cast<std::size_t>(most)) {
                connections_.emplace_back();
                free.push_back(connections_.size() - 1);
            }
            if (free.empty()) {
                waiting.push_back(due_at(i));
                continue;
            }
            const auto who = free.back();
            free.pop_back();
            send(who, due_at(i));
        }
        wait(due_at(i), freed);
    }
    // Those under way are still answered, and count; so does the time it takes.
    const auto busy = [this] {
        return std::any_of(connections_.begin(), connections_.end(), [](const auto& c) { return c.busy; });
    };
    const auto end = Clock::now() + seconds(grace_s);
    const auto late = [&](std::size_t) {};
    while (Clock::now() < end && busy()) wait(end, late);
    tally_.end();
    tally_.lost(
        static_cast<std::int64_t>(waiting.size()) +
        std::count_if(connections_.begin(), connections_.end(), [](const auto& c) { return c.busy; }));
}

}  // namespace bench
