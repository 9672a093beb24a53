// Which URLs the client takes; see client.hpp. libcurl reads them, here and when it connects, so that what is
// checked is what is asked.
#include <http/client.hpp>

#include <curl/curl.h>
#include <algorithm>
#include <charconv>

namespace cloudretail::http {

namespace {

constexpr std::size_t longest = 2'000;

struct Parsed {
    Parsed() : handle(::curl_url()) {
        if (handle == nullptr) throw std::bad_alloc();
    }
    ~Parsed() { ::curl_url_cleanup(handle); }
    Parsed(const Parsed&) = delete;
    /// Empty where it has none.
    [[nodiscard]] std::string part(CURLUPart which) const {
        char* text = nullptr;
        if (::curl_url_get(handle, which, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
        std::string copy(text);
        ::curl_free(text);
        return copy;
    }
    CURLU* handle;
};

/// What parsers disagree about: spaces, control characters, backslashes, and letters that others fold into
/// digits, dots and slashes.
bool is_plain(std::string_view url) {
    return std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c <= '~' && c != '\\'; });
}

/// Names whose last label begins with a digit are taken for addresses by some resolvers.
bool ends_in_number(std::string_view host) {
    const std::size_t dot = host.rfind('.');
    const std::string_view label = dot == std::string_view::npos ? host : host.substr(dot + 1);
    return !label.empty() && label.front() >= '0' && label.front() <= '9';
}

bool is_inner_name(std::string_view host) {
    if (host.find('.') == std::string_view::npos) return true;
    return std::ranges::any_of(std::initializer_list<std::string_view>{".localhost", ".local", ".internal"},
                               [&](std::string_view end) { return host.ends_with(end); });
}

std::string host_problem(const ClientSettings& settings, std::string host) {
    if (host.empty() || host.find('%') != std::string::npos) return "must name a host";
    std::transform(host.begin(), host.end(), host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (host.front() == '[') host = host.substr(1, host.size() - 2);
    if (host.ends_with('.')) host.pop_back();
    const std::string outside = "must lead to the public internet";
    if (const auto address = parse_address(host)) return settings.guard.allows(*address) ? "" : outside;
    if (ends_in_number(host)) return "must name a host by its name or its whole address";
    return is_inner_name(host) && !settings.guard.open_inside() ? outside : "";
}

}  // namespace

std::string url_problem(const ClientSettings& settings, std::string_view url) {
    if (url.size() > longest) return "must have at most " + std::to_string(longest) + " characters";
    if (!is_plain(url)) return "must be an absolute URL in ASCII, without spaces and backslashes";
    Parsed parsed;
    constexpr unsigned how = CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER;
    switch (::curl_url_set(parsed.handle, CURLUPART_URL, std::string(url).c_str(), how)) {
        case CURLUE_OK:
            break;
        case CURLUE_USER_NOT_ALLOWED:
            return "must not hold a user or a password";
        default:
            return "must be an absolute URL";
    }
    const std::string scheme = parsed.part(CURLUPART_SCHEME);
    if (scheme != "https" && !(settings.plain && scheme == "http"))
        return settings.plain ? "must begin with https:// or http://" : "must begin with https://";
    if (url.find('#') != std::string_view::npos) return "must not have a fragment";
    if (!parsed.part(CURLUPART_ZONEID).empty()) return "must lead to the public internet";
    const std::string text = parsed.part(CURLUPART_PORT);
    int port = 0;
    std::from_chars(text.data(), text.data() + text.size(), port);
    if (!settings.ports.empty() && std::ranges::find(settings.ports, port) == settings.ports.end())
        return "must have a port that is allowed";
    return host_problem(settings, parsed.part(CURLUPART_HOST));
}

}  // namespace cloudretail::http
