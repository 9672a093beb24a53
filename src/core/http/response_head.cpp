// Status line and header of a response; see response_head.hpp.
#include "response_head.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

namespace cloudretail::http {

namespace {

constexpr std::pair<int, std::string_view> reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

std::string_view reason(int status) {
    for (const auto& [code, text] : reasons)
        if (code == status) return text;
    return {};
}

bool owned_by_server(std::string_view name) {
    switch (name.size()) {
        case 4:
            return same_name(name, "Date");
        case 10:
            return same_name(name, "Connection");
        case 14:
            return same_name(name, "Content-Length");
        case 17:
            return same_name(name, "Transfer-Encoding");
        default:
            return false;
    }
}

void append_number(std::string& out, std::size_t value) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

void append_clean(std::string& out, std::string_view value) {
    const std::size_t start = out.size();
    out.append(value);
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
        [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }, ' ');
}

}  // namespace

std::string_view DateCache::at(std::time_t now) {
    if (now != second_) {
        static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        std::tm t{};
        gmtime_r(&now, &t);
        std::snprintf(text_.data(), text_.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT", days[t.tm_wday % 7],
                      t.tm_mday % 100, months[t.tm_mon % 12], (t.tm_year + 1900) % 10'000, t.tm_hour % 100,
                      t.tm_min % 100, t.tm_sec % 100);
        second_ = now;
    }
    return {text_.data(), 29};
}

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

std::string render_head(const Response& response, const HeadOptions& options) {
    std::string out;
    out.reserve(512);
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::size_t>(std::clamp(response.status, 100, 999)));
    out.append(" ").append(reason(response.status)).append("\r\nDate: ").append(options.date).append("\r\n");
    for (const auto& [name, value] : response.headers.list()) {
        if (owned_by_server(name)) continue;
        append_clean(out, name);
        out.append(": ");
        append_clean(out, value);
        out.append("\r\n");
    }
    if (options.chunked) {
        out.append("Transfer-Encoding: chunked\r\n");
    } else if (may_have_body(response.status) && !options.until_close) {
        out.append("Content-Length: ");
        append_number(out, response.content().size());
        out.append("\r\n");
    }
    if (options.close)
        out.append("Connection: close\r\n");
    else if (options.keep_alive)
        out.append("Connection: keep-alive\r\n");
    out.append("\r\n");
    return out;
}

}  // namespace cloudretail::http
