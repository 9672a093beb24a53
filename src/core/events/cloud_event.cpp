// See cloud_event.hpp. Sources: CloudEvents 1.0.2 (attributes, JSON event format).
#include <events/cloud_event.hpp>

#include <algorithm>
#include <base/json.hpp>

namespace cloudretail::events {

namespace {

constexpr std::size_t most_patterns = 32;

bool is_name(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

/// "order.created" as it is, "order.*" as "order."; empty where it is neither.
std::string pattern_of(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || !is_name(text.substr(0, dot))) return {};
    const std::string_view rest = text.substr(dot + 1);
    if (rest == "*") return std::string(text.substr(0, dot + 1));
    return is_name(rest) ? std::string(text) : std::string();
}

}  // namespace

std::string to_cloud_event(std::string_view module, const Event& event, std::string_view data) {
    json::Writer w;
    w.begin_object().member("specversion", "1.0").member("id", event.id.to_string());
    w.member("source", "/cloudretail/" + std::string(module)).member("type", event.type);
    w.member("subject", event.subject).member("time", event.at);
    w.member("datacontenttype", "application/json");
    if (!event.traceparent.empty()) w.member("traceparent", event.traceparent);
    w.key("data").raw(data).end_object();
    return w.take();
}

std::optional<TypeFilter> TypeFilter::parse(std::string_view text) {
    TypeFilter filter;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        filter.patterns_.push_back(pattern_of(text.substr(0, comma)));
        if (filter.patterns_.back().empty() || filter.patterns_.size() > most_patterns) return std::nullopt;
        if (comma + 1 == text.size()) return std::nullopt;
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return filter;
}

bool TypeFilter::matches(std::string_view type) const {
    return patterns_.empty() || std::ranges::any_of(patterns_, [type](const std::string& pattern) {
               return pattern.ends_with('.') ? type.starts_with(pattern) : type == pattern;
           });
}

}  // namespace cloudretail::events
