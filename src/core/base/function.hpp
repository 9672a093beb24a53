// A move-only callable and the completion types built on it. C++20 has no move_only_function.
#pragma once

#include <base/error.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace cloudretail {

template <class Signature>
class UniqueFunction;

/// Owns one callable; move-only; calling an empty one is a CR_ASSERT.
template <class R, class... Args>
class UniqueFunction<R(Args...)> {
    struct Base {
        virtual ~Base() = default;
        virtual R call(Args... args) = 0;
    };
    template <class F>
    struct Holder final : Base {
        F f;
        explicit Holder(F&& g) : f(std::move(g)) {}
        R call(Args... args) override { return f(std::forward<Args>(args)...); }
    };
    std::unique_ptr<Base> impl_;

  public:
    UniqueFunction() = default;
    template <class F>
        requires(!std::is_same_v<std::decay_t<F>, UniqueFunction> && std::is_invocable_r_v<R, F&, Args...>)
    UniqueFunction(F f) : impl_(std::make_unique<Holder<F>>(std::move(f))) {}
    explicit operator bool() const { return impl_ != nullptr; }
    R operator()(Args... args) {
        CR_ASSERT(impl_);
        return impl_->call(std::forward<Args>(args)...);
    }
};

/// How an asynchronous step ended: a value, or the exception of a broken machine.
template <class T>
class Outcome {
    std::variant<T, std::exception_ptr> state_;

  public:
    Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Outcome(std::exception_ptr e) : state_(std::in_place_index<1>, std::move(e)) {}
    [[nodiscard]] bool has_value() const { return state_.index() == 0; }
    /// The value; rethrows the exception.
    T& get() {
        if (state_.index() == 1) std::rethrow_exception(std::get<1>(state_));
        return std::get<0>(state_);
    }
    [[nodiscard]] std::exception_ptr exception() const {
        return state_.index() == 1 ? std::get<1>(state_) : nullptr;
    }
};

/// Completion of a step. Called exactly once, on the thread the callee documents (a database's writer thread
/// after the commit, for everything that writes): short, never blocking.
template <class T>
using Then = UniqueFunction<void(Outcome<T>)>;

/// What a job returns that has nothing to say (Outcome and Then need a value).
struct Unit {};

}  // namespace cloudretail
