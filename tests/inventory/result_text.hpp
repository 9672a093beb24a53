// How a Result is shown where an assertion fails: its type cannot be printed.
#pragma once

#include <base/error.hpp>
#include <catch2/catch.hpp>

template <class T>
struct Catch::StringMaker<boost::system::result<T, cloudretail::Error>> {
    static std::string convert(const boost::system::result<T, cloudretail::Error>& result) {
        if (result.has_value()) return "a value";
        return std::string(result.error().type->slug) + ": " + result.error().detail;
    }
};
