// Splits and decodes the request target; see target.hpp. Pure functions; any thread.
#include "target.hpp"

#include <algorithm>
#include <base/utf8.hpp>

namespace cloudretail::http {

namespace {

constexpr std::size_t max_parameters = 256;

constexpr int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

enum class Part { path, query };

/// Percent-decodes `in` into `out`; an empty text, or what is wrong.
std::string_view decode(std::string_view in, Part part, std::string& out) {
    out.reserve(in.size());
    bool high = false;
    for (std::size_t i = 0; i < in.size(); ++i) {
        char c = in[i];
        if (c == '%') {
            const int a = i + 1 < in.size() ? hex_value(in[i + 1]) : -1;
            const int b = i + 2 < in.size() ? hex_value(in[i + 2]) : -1;
            if (a < 0 || b < 0) return "The target has a percent escape that is none.";
            c = static_cast<char>(a * 16 + b);
            i += 2;
            if (c == '/' && part == Part::path) return "The path has an escaped slash.";
        } else if (c == '+' && part == Part::query) {
            c = ' ';
        }
        const auto u = static_cast<unsigned char>(c);
        // A line break or tab may stand in a search text, nothing else of the controls anywhere.
        if (u == 0x7F || (u < 0x20 && (part == Part::path || (c != '\t' && c != '\n' && c != '\r'))))
            return "The target has a control character.";
        high = high || u >= 0x80;
        out.push_back(c);
    }
    if (high && !is_utf8(out)) return "The target is not UTF-8.";
    return {};
}

bool has_parent_segment(std::string_view path) {
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        if (path.substr(at, end - at) == "..") return true;
        at = end + 1;
    }
    return false;
}

std::string_view parse_query(std::string_view text, Request& request) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) continue;
        if (request.query.size() == max_parameters) return "The query has too many parameters.";
        const std::size_t equals = std::min(pair.find('='), pair.size());
        auto& [name, value] = request.query.emplace_back();
        if (auto wrong = decode(pair.substr(0, equals), Part::query, name); !wrong.empty()) return wrong;
        if (equals == pair.size()) continue;
        if (auto wrong = decode(pair.substr(equals + 1), Part::query, value); !wrong.empty()) return wrong;
    }
    return {};
}

/// Takes scheme and authority off an absolute-form target; the authority becomes Host.
std::string_view strip_authority(std::string_view& target, Request& request) {
    const std::size_t scheme = target.find("://");
    if (scheme == std::string_view::npos ||
        !(same_name(target.substr(0, scheme), "http") || same_name(target.substr(0, scheme), "https")))
        return "The target is neither a path nor an http URL.";
    target.remove_prefix(scheme + 3);
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    const std::string_view authority = target.substr(0, end);
    if (!valid_host(authority)) return "The target's host is not valid.";
    request.headers.set("Host", std::string(authority));
    target.remove_prefix(end);
    return {};
}

}  // namespace

bool valid_host(std::string_view host) {
    auto allowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("-._~:[]%").find(c) != std::string_view::npos;
    };
    return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), allowed);
}

std::string_view parse_target(Request& request) {
    std::string_view target = request.target;
    if (target == "*") {
        if (request.method != Method::options) return "Only OPTIONS has the target *.";
        request.path = "*";
        return {};
    }
    if (target.find('#') != std::string_view::npos) return "The target has a fragment.";
    if (!target.starts_with('/'))
        if (auto wrong = strip_authority(target, request); !wrong.empty()) return wrong;
    const std::size_t mark = std::min(target.find('?'), target.size());
    if (mark == 0)
        request.path = "/";  // http://host?x=1
    else if (auto wrong = decode(target.substr(0, mark), Part::path, request.path); !wrong.empty())
        return wrong;
    if (has_parent_segment(request.path)) return "The path has a .. segment.";
    if (mark == target.size()) return {};
    return parse_query(target.substr(mark + 1), request);
}

}  // namespace cloudretail::http
