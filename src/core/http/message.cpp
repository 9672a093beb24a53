// Plain request and response values. No I/O, no Beast; any thread.
#include <http/message.hpp>

#include <algorithm>

namespace cloudretail::http {

namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view to_text(Method method) {
    switch (method) {
        case Method::get:
            return "GET";
        case Method::head:
            return "HEAD";
        case Method::post:
            return "POST";
        case Method::put:
            return "PUT";
        case Method::patch:
            return "PATCH";
        case Method::del:
            return "DELETE";
        case Method::options:
            return "OPTIONS";
        case Method::other:
            break;
    }
    return "OTHER";
}

void Fields::set(std::string_view name, std::string value) {
    auto matches = [name](const auto& field) { return same_name(field.first, name); };
    auto first = std::find_if(list_.begin(), list_.end(), matches);
    if (first == list_.end()) {
        list_.emplace_back(name, std::move(value));
        return;
    }
    first->second = std::move(value);
    list_.erase(std::remove_if(first + 1, list_.end(), matches), list_.end());
}

std::string_view Fields::get(std::string_view name) const {
    for (const auto& [key, value] : list_)
        if (same_name(key, name)) return value;
    return {};
}

bool Fields::has(std::string_view name) const {
    return std::any_of(list_.begin(), list_.end(),
                       [name](const auto& field) { return same_name(field.first, name); });
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
    for (const auto& [key, value] : query)
        if (key == name) return value;
    return std::nullopt;
}

Response json_response(int status, std::string body) {
    Response response;
    response.status = status;
    response.headers.add("Content-Type", "application/json");
    response.body = std::move(body);
    return response;
}

}  // namespace cloudretail::http
