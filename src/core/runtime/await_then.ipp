// Body of runtime::await_then; see runtime.hpp.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cloudretail::runtime {

template <class T>
Task<T> await_then(UniqueFunction<void(Then<T>)> start) {
    auto executor = co_await net::this_coro::executor;
    auto initiate = [executor](auto handler, UniqueFunction<void(Then<T>)> go) {
        // The work guard keeps the io thread's loop alive while the operation is elsewhere.
        auto work = net::make_work_guard(executor);
        Then<T> then([h = std::move(handler), work = std::move(work), executor](Outcome<T> outcome) mutable {
            net::post(executor, [h = std::move(h), work = std::move(work), o = std::move(outcome)]() mutable {
                std::move(h)(std::move(o));
            });
        });
        go(std::move(then));
    };
    Outcome<T> outcome = co_await net::async_initiate<decltype(net::use_awaitable), void(Outcome<T>)>(
        initiate, net::use_awaitable, std::move(start));
    co_return std::move(outcome.get());
}

}  // namespace cloudretail::runtime
