// Many writes at once, and what became of each; a gate that holds a writer so that they become one batch.
#pragma once

#include <db/database.hpp>
#include <future>
#include <memory>
#include <vector>

namespace cloudretail::test {

/// Holds the writer in a job of its own until opened: what is submitted meanwhile is one batch.
class Gate {
  public:
    explicit Gate(db::Database& database) {
        std::promise<void> entered;
        auto inside = entered.get_future();
        auto hold = [entered = std::make_shared<std::promise<void>>(std::move(entered)), first = true,
                     open = open_.get_future().share()](db::Tx&) mutable {
            if (std::exchange(first, false)) entered->set_value();
            open.wait();
            return Unit{};
        };
        database.write_then(std::move(hold), Then<Unit>([](Outcome<Unit>) {}));
        inside.wait();
    }
    void open() {
        if (std::exchange(closed_, false)) open_.set_value();
    }
    ~Gate() { open(); }
    Gate(const Gate&) = delete;

  private:
    bool closed_ = true;
    std::promise<void> open_;
};

/// Futures of writes under way.
template <class R>
class Writes {
  public:
    template <class F>
    void add(db::Database& database, F f) {
        auto promise = std::make_shared<std::promise<Outcome<R>>>();
        futures_.push_back(promise->get_future());
        database.write_then(std::move(f),
                            Then<R>([promise](Outcome<R> o) { promise->set_value(std::move(o)); }));
    }
    /// Waits for all of them, in the order they were added.
    std::vector<Outcome<R>> wait() {
        std::vector<Outcome<R>> out;
        for (auto& future : futures_) out.push_back(future.get());
        futures_.clear();
        return out;
    }

  private:
    std::vector<std::future<Outcome<R>>> futures_;
};

}  // namespace cloudretail::test
