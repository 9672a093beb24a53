// The one way RapidJSON comes into this program: its assertions throw instead of aborting or, with NDEBUG,
// reading garbage. Included by base/json*.cpp and core/gateway's validator only; never include <rapidjson/…>
// elsewhere.
#pragma once

#include <stdexcept>

#ifdef RAPIDJSON_ASSERT
#error "RapidJSON was included before <base/rapidjson.hpp>"
#endif
#define RAPIDJSON_ASSERT(x) \
    ((x) ? static_cast<void>(0) : throw std::logic_error("JSON value used as another type: " #x))
#ifndef RAPIDJSON_HAS_STDSTRING
#define RAPIDJSON_HAS_STDSTRING 1
#endif

// An empty rapidjson::internal::Stack adds to a null pointer before it allocates: harmless where it happens,
// but UBSan would stop there. Only this check is off, and only inside RapidJSON.
#include <cstring>
#include <iterator>
#include <limits>
#include <new>
#include <string>
#include <utility>
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#pragma clang attribute pop
