// Puts load on a server over many connections from one thread: closed loop (each customer waits for the
// answer before the next request: finds the rate) and open loop (requests are due at fixed times whatever the
// server does: a request's latency counts from when it was due, so that a stall is seen by all who came
// during it).
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "measure.hpp"

namespace bench {

class Drive {
  public:
    /// The next request of connection number `who`.
    using Next = std::function<std::string(std::size_t who)>;
    /// Called with every answer that was counted, where there is one to call.
    using Heard = std::function<void(std::string_view answer, int status)>;

    Drive(int port, Next next, Tally& tally);
    ~Drive();
    Drive(const Drive&) = delete;

    void on_answer(Heard heard) { heard_ = std::move(heard); }
    /// `clients` connections for `warm_up_s` uncounted and `for_s` counted seconds. Who is shed comes back
    /// after a second, as Retry-After says.
    void closed(int clients, double warm_up_s, double for_s);
    /// `rate` requests a second, evenly spaced, over as many connections as it takes, `most` at most; what
    /// waits for a connection longer than the end plus `grace_s` is lost.
    void open(double rate, double for_s, int most, double grace_s);

  private:
    struct Connection {
        int fd = -1;
        std::string in;
        Clock::time_point due;
        bool busy = false, counted = false, shed = false;
    };
    void connect(std::size_t who);
    void send(std::size_t who, Clock::time_point due);
    /// Reads what there is; true when an answer became whole.
    bool readable(std::size_t who);
    /// Waits for answers until `until` at most; calls `then(who)` for each connection that is free again.
    void wait(Clock::time_point until, const std::function<void(std::size_t)>& then);

    int port_, epoll_;
    Next next_;
    Heard heard_;
    Tally& tally_;
    std::vector<Connection> connections_;
};

}  // namespace bench
