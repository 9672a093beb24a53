// Lets Catch show a Result: boost's own operator<< for it does not compile with a value that cannot be
// printed. Include it before any assertion on a Result.
#pragma once

#include <base/error.hpp>
#include <catch2/catch.hpp>
#include <string>

namespace Catch {

template <class T, class E>
struct StringMaker<boost::system::result<T, E>> {
    static std::string convert(const boost::system::result<T, E>& result) {
        if (result.has_value()) return "a value";
        if constexpr (std::is_same_v<E, cloudretail::Error>) {
            return std::string(result.error().type->slug) + ": " + result.error().detail;
        } else {
            return "error: " + ::Catch::Detail::stringify(result.error());
        }
    }
};

}  // namespace Catch
