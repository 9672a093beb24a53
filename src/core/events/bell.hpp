// What a loop of the bus sleeps on: a timer that others can end early. Not thread-safe: everything happens on
// the background context's thread.
#pragma once

#include <base/task.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

namespace cloudretail::events {

class Bell {
  public:
    explicit Bell(boost::asio::io_context& context) : timer_(context) {}

    /// Ends the current or next wait().
    void ring() {
        rung_ = true;
        if (!pausing_) timer_.cancel();
    }
    /// Ends every wait and pause from now on.
    void close() {
        closed_ = true;
        timer_.cancel();
    }
    /// Until rung, closed, or the time is over; true if it was rung.
    Task<bool> wait(std::int64_t ms) {
        if (!rung_) co_await sleep(ms);
        co_return std::exchange(rung_, false);
    }
    /// Forgets a ring.
    void hush() { rung_ = false; }
    /// Until closed or the time is over: a ring waits for the next wait().
    Task<void> pause(std::int64_t ms) {
        pausing_ = true;
        co_await sleep(ms);
        pausing_ = false;
    }

  private:
    Task<void> sleep(std::int64_t ms) {
        if (closed_) co_return;
        timer_.expires_after(std::chrono::milliseconds(ms));
        boost::system::error_code ignored;
        co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }

    boost::asio::steady_timer timer_;
    bool rung_ = false, pausing_ = false, closed_ = false;
};

}  // namespace cloudretail::events
