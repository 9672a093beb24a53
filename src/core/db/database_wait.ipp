// Body of Database::wait: blocks the calling thread for one outcome; see database.hpp.
#pragma once

#include <future>

namespace cloudretail::db {

template <class R, class Start>
R Database::wait(Start start) {
    auto promise = std::make_shared<std::promise<Outcome<R>>>();
    auto future = promise->get_future();
    start(Then<R>([promise](Outcome<R> o) { promise->set_value(std::move(o)); }));
    Outcome<R> outcome = future.get();
    return std::move(outcome.get());
}

}  // namespace cloudretail::db
