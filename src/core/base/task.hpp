// The coroutine type of all services and routes. Only the declaration of awaitable is pulled in, to keep
// module files cheap to compile.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace cloudretail {
template <class T = void>
using Task = boost::asio::awaitable<T>;
}
