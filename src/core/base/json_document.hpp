// What a json::Document owns; shared by the reader (json_parse.cpp) and the views (json.cpp).
#pragma once

#include <algorithm>
#include <base/json.hpp>
#include <base/rapidjson.hpp>
#include <functional>
#include <string>
#include <vector>

namespace cloudretail::json {

struct Document::Impl {
    /// Small bodies are the rule, and RapidJSON's own chunk is 64 KiB.
    explicit Impl(std::size_t text_size)
        : pool(std::clamp<std::size_t>(text_size * 4, 1024, 65'536)), dom(&pool) {}

    rapidjson::MemoryPoolAllocator<> pool;
    rapidjson::Document dom;
    /// The texts of the numbers that the DOM holds as double, sorted by the address of their value.
    std::vector<std::pair<const void*, std::string>> decimals;

    [[nodiscard]] const std::string* decimal_text(const void* value) const {
        const auto before = [](const auto& entry, const void* v) { return std::less<>{}(entry.first, v); };
        const auto at = std::lower_bound(decimals.begin(), decimals.end(), value, before);
        return at != decimals.end() && at->first == value ? &at->second : nullptr;
    }
};

}  // namespace cloudretail::json
